/*
 * TLS contexts: a certificate, its key and what is good enough.
 *
 * A context is immutable and counted by reference; a reload makes a new one and running sessions
 * keep theirs. TLS 1.2 and 1.3 only, no compression, no renegotiation, session tickets instead of a
 * cache.
 */
#ifndef TAYORI_NET_TLS_H
#define TAYORI_NET_TLS_H

#include "src/base/err.h"
#include "src/base/str.h"

struct tls_context;

/* Octets of the secret that session tickets are made with. */
enum {
	TLS_TICKET_KEY = 80
};

/*
 * From PEM files. `min_version` is "1.2" or "1.3", `ciphers` an OpenSSL list for TLS 1.2 or empty.
 * Returns owned: tls_context_unref. The text names the file and what is wrong. Fails with:
 * ERR_NOTFOUND, ERR_INVALID.
 */
enum err tls_context_new(const char *certificate, const char *key, const char *min_version,
                         const char *ciphers, struct tls_context **context_r,
                         struct errinfo *info) MUST_USE;

/* PEM text, and what to call it in messages. */
struct tls_pem {
	const char *name;
	struct str text;
};

/* The same from memory, for a process that may open no file. Fails with: ERR_INVALID. */
enum err tls_context_from_pem(const struct tls_pem *certificate, const struct tls_pem *key,
                              const char *min_version, const char *ciphers,
                              struct tls_context **context_r, struct errinfo *info) MUST_USE;

/* Processes that share this secret resume each other's sessions. Before first use only. */
void tls_context_set_ticket_key(struct tls_context *c, const unsigned char key[TLS_TICKET_KEY]);

/* In ALPN (RFC 7301) answer to the name of HTTP/1.1 instead of those of mail. Before first use
 * only. */
void tls_context_set_http(struct tls_context *c);

/* One more holder / one less; the last frees. Any thread. */
struct tls_context *tls_context_ref(struct tls_context *c);
void tls_context_unref(struct tls_context **c);

/* When the certificate ends, in seconds since 1970, for warnings in time. */
int64_t tls_context_expires(const struct tls_context *c);

/*
 * Make a self-signed certificate (ECDSA P-256, ten years) for a host name and `n` further names or
 * addresses, and write both as PEM; the key file can be read by its owner only. Fails with: ERR_IO,
 * ERR_INVALID.
 */
enum err tls_self_signed(const char *hostname, const char *const *names, size_t n,
                         const char *certificate_path, const char *key_path,
                         struct errinfo *info) MUST_USE;

#endif
