/*
 * Inside of a TLS context, for the stream.
 */
#ifndef TAYORI_NET_TLS_PRIV_H
#define TAYORI_NET_TLS_PRIV_H

#include <openssl/ssl.h>

struct tls_context;

/* The OpenSSL context (borrows). */
SSL_CTX *tls_context_ssl(struct tls_context *c);

#endif
