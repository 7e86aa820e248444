#include "src/net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/net/tls_priv.h"

enum {
	PEM_MAX = 1 << 20
};

struct tls_context {
	SSL_CTX *ssl;
	atomic_int refs;
};

static const char ciphers_default[] =
	"ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:!aNULL:!eNULL:!SHA1:!MD5";

SSL_CTX *tls_context_ssl(struct tls_context *c)
{
	return c->ssl;
}

/* What OpenSSL says was wrong, or `otherwise`. */
static const char *reason(const char *otherwise)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : otherwise;
}

/* A key with a pass phrase would make OpenSSL ask the terminal. */
static int no_pass_phrase(char *p, int room, int is_write, void *user)
{
	(void)p;
	(void)room;
	(void)is_write;
	(void)user;
	return -1;
}

static BIO *memory_bio(struct str text)
{
	BIO *b;

	must(text.n <= PEM_MAX);
	b = BIO_new_mem_buf(text.p, (int)text.n);
	must(b && "out of memory");
	return b;
}

static enum err use_chain(SSL_CTX *ssl, const struct tls_pem *pem, struct errinfo *info)
{
	BIO *b = memory_bio(pem->text);
	X509 *one = PEM_read_bio_X509_AUX(b, NULL, no_pass_phrase, NULL);
	enum err e = ERR_OK;

	if (!one)
		e = err_set(info, ERR_INVALID,
		            "%s: no certificate is in it (%s); it must be a PEM file that begins "
		            "with the server's certificate",
		            pem->name, reason("nothing found"));
	else if (SSL_CTX_use_certificate(ssl, one) != 1)
		e = err_set(info, ERR_INVALID, "%s: the certificate cannot be used: %s", pem->name,
		            reason("refused"));
	X509_free(one);
	while (!e && (one = PEM_read_bio_X509(b, NULL, no_pass_phrase, NULL))) {
		if (SSL_CTX_add0_chain_cert(ssl, one) == 1)
			continue;
		X509_free(one);
		e = err_set(info, ERR_INVALID, "%s: a certificate of the chain cannot be used: %s",
		            pem->name, reason("refused"));
	}
	/* The end of the file is an error to PEM_read_bio; anything else is damage. */
	if (!e && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		e = err_set(info, ERR_INVALID, "%s: a certificate of the chain is damaged: %s",
		            pem->name, reason("unknown"));
	ERR_clear_error();
	BIO_free(b);
	return e;
}

static enum err use_key(SSL_CTX *ssl, const struct tls_pem *pem, const char *certificate,
                        struct errinfo *info)
{
	BIO *b = memory_bio(pem->text);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(b, NULL, no_pass_phrase, NULL);
	enum err e = ERR_OK;

	if (!key)
		e = err_set(info, ERR_INVALID,
		            "%s: no private key is in it (%s); it must be a PEM file without a "
		            "pass phrase",
		            pem->name, reason("nothing found"));
	else if (SSL_CTX_use_PrivateKey(ssl, key) != 1 || SSL_CTX_check_private_key(ssl) != 1)
		e = err_set(info, ERR_INVALID,
		            "%s: this key does not belong to the certificate in %s: %s", pem->name,
		            certificate, reason("they differ"));
	ERR_clear_error();
	EVP_PKEY_free(key);
	BIO_free(b);
	return e;
}

/*
 * RFC 7301: the names of mail protocols, or that of HTTP. Somebody who wants only others has come
 * to the wrong door, or was led there: an answer of one protocol must not be taken for one of
 * another.
 */
static int choose_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *n,
                       const unsigned char *offered, unsigned int offered_n, void *user)
{
	static const unsigned char mail[] = "\4imap\4pop3\4smtp\13managesieve";
	static const unsigned char http[] = "\10http/1.1";
	bool is_http = user != NULL;
	unsigned char *p;

	(void)ssl;
	if (SSL_select_next_proto(&p, n, is_http ? http : mail,
	                          is_http ? sizeof http - 1 : sizeof mail - 1, offered,
	                          offered_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*chosen = p;
	return SSL_TLSEXT_ERR_OK;
}

static enum err set_rules(SSL_CTX *ssl, const char *min_version, const char *ciphers,
                          struct errinfo *info)
{
	static const unsigned char id[] = "tayori";
	char groups[] = "X25519:P-256:P-384:P-521";
	int version = strcmp(min_version, "1.3") == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;

	SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
	                                 SSL_OP_CIPHER_SERVER_PREFERENCE |
	                                 SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* An idle session holds no record buffers; a record is read in one go; a write may be cut.
	 */
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ssl, 1);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ssl, 1);
	SSL_CTX_set_dh_auto(ssl, 1);
	SSL_CTX_set_alpn_select_cb(ssl, choose_alpn, NULL);
	if (SSL_CTX_set_min_proto_version(ssl, version) != 1 ||
	    SSL_CTX_set_session_id_context(ssl, id, sizeof id - 1) != 1 ||
	    SSL_CTX_set1_groups_list(ssl, groups) != 1)
		return err_set(info, ERR_TEMP, "OpenSSL refuses a setting: %s", reason("unknown"));
	if (SSL_CTX_set_cipher_list(ssl, ciphers && ciphers[0] ? ciphers : ciphers_default) != 1)
		return err_set(info, ERR_INVALID, "\"%.100s\" is no cipher list of OpenSSL: %s",
		               ciphers, reason("refused"));
	return ERR_OK;
}

void tls_context_set_http(struct tls_context *c)
{
	SSL_CTX_set_alpn_select_cb(c->ssl, choose_alpn, c);
}

enum err tls_context_from_pem(const struct tls_pem *certificate, const struct tls_pem *key,
                              const char *min_version, const char *ciphers,
                              struct tls_context **context_r, struct errinfo *info)
{
	SSL_CTX *ssl;
	struct tls_context *c;
	enum err e;

	if (certificate->text.n > PEM_MAX || key->text.n > PEM_MAX)
		return err_set(info, ERR_INVALID, "%s: the file is larger than 1M",
		               certificate->name);
	ERR_clear_error();
	ssl = SSL_CTX_new(TLS_server_method());
	must(ssl && "out of memory");
	e = set_rules(ssl, min_version, ciphers, info);
	if (!e)
		e = use_chain(ssl, certificate, info);
	if (!e)
		e = use_key(ssl, key, certificate->name, info);
	ERR_clear_error();
	if (e) {
		SSL_CTX_free(ssl);
		return e;
	}
	c = calloc(1, sizeof *c);
	must(c && "out of memory");
	c->ssl = ssl;
	atomic_init(&c->refs, 1);
	*context_r = c;
	return ERR_OK;
}

static enum err read_pem(struct arena *a, const char *path, struct tls_pem *pem_r,
                         struct errinfo *info)
{
	FILE *f = fopen(path, "re");
	unsigned char *text;
	size_t n;
	enum err e = ERR_OK;

	if (!f)
		return err_set_errno(info, errno == ENOENT ? ERR_NOTFOUND : ERR_INVALID,
		                     "%s: cannot be opened", path);
	text = arena_alloc(a, PEM_MAX + 1);
	n = fread(text, 1, PEM_MAX + 1, f);
	if (ferror(f))
		e = err_set_errno(info, ERR_INVALID, "%s: cannot be read", path);
	fclose(f);
	*pem_r = (struct tls_pem){ .name = path, .text = str_make(text, n) };
	return e;
}

enum err tls_context_new(const char *certificate, const char *key, const char *min_version,
                         const char *ciphers, struct tls_context **context_r, struct errinfo *info)
{
	struct arena *a = arena_new(NULL);
	struct tls_pem pem[2] = { 0 };
	enum err e = read_pem(a, certificate, &pem[0], info);

	if (!e)
		e = read_pem(a, key, &pem[1], info);
	if (!e)
		e = tls_context_from_pem(&pem[0], &pem[1], min_version, ciphers, context_r, info);
	if (pem[1].name)
		OPENSSL_cleanse((void *)(uintptr_t)pem[1].text.p, pem[1].text.n);
	arena_free(&a);
	return e;
}

void tls_context_set_ticket_key(struct tls_context *c, const unsigned char key[TLS_TICKET_KEY])
{
	unsigned char copy[TLS_TICKET_KEY];

	memcpy(copy, key, sizeof copy);
	must(SSL_CTX_set_tlsext_ticket_keys(c->ssl, copy, sizeof copy) == 1);
	OPENSSL_cleanse(copy, sizeof copy);
}

struct tls_context *tls_context_ref(struct tls_context *c)
{
	int before = atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);

	must(before > 0);
	return c;
}

void tls_context_unref(struct tls_context **context)
{
	struct tls_context *c = *context;
	int before;

	if (!c)
		return;
	*context = NULL;
	before = atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel);
	must(before > 0);
	if (before > 1)
		return;
	SSL_CTX_free(c->ssl);
	free(c);
}

int64_t tls_context_expires(const struct tls_context *c)
{
	const X509 *certificate = SSL_CTX_get0_certificate(c->ssl);
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;

	must(epoch && "out of memory");
	if (certificate)
		(void)ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate));
	ASN1_TIME_free(epoch);
	return (int64_t)days * 86400 + seconds;
}
