#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/net/stream.h"
#include "src/net/stream_priv.h"
#include "src/net/tls.h"
#include "src/net/tls_priv.h"

/* ---------------------------------------------------------------- the socket as OpenSSL sees it */

/* Not BIO_s_socket, whose write raises SIGPIPE and whose read asks the kernel once too often. */
static int bio_write(BIO *b, const char *p, size_t n, size_t *n_r)
{
	struct stream *s = BIO_get_data(b);
	enum transport t = stream_socket_write(s, (const unsigned char *)p, n, n_r);

	BIO_clear_retry_flags(b);
	if (t == TRANSPORT_WAIT_WRITE)
		BIO_set_retry_write(b);
	return t == TRANSPORT_DONE;
}

static size_t take_raw(struct stream *s, char *p, size_t room)
{
	struct stream_space *raw = &s->raw;
	size_t n = raw->n < room ? raw->n : room;

	memcpy(p, raw->p + raw->at, n);
	raw->at += n;
	raw->n -= n;
	if (raw->n == 0) {
		free(raw->p);
		*raw = (struct stream_space){ 0 };
	}
	return n;
}

static int bio_read(BIO *b, char *p, size_t room, size_t *n_r)
{
	struct stream *s = BIO_get_data(b);
	enum transport t;

	BIO_clear_retry_flags(b);
	if (s->raw.n) {
		*n_r = take_raw(s, p, room);
		return 1;
	}
	t = stream_socket_read(s, (unsigned char *)p, room, n_r);
	if (t == TRANSPORT_WAIT_READ)
		BIO_set_retry_read(b);
	if (t == TRANSPORT_END)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	return t == TRANSPORT_DONE;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *p)
{
	(void)num;
	(void)p;
	if (cmd == BIO_CTRL_EOF)
		return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

static BIO_METHOD *method;

/* At the end of the program. */
__attribute__((destructor)) static void free_method(void)
{
	BIO_meth_free(method);
	method = NULL;
}

static void make_method(void)
{
	int type = BIO_get_new_index();

	must(type > 0);
	method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "tayori stream");
	must(method && "out of memory");
	BIO_meth_set_write_ex(method, bio_write);
	BIO_meth_set_read_ex(method, bio_read);
	BIO_meth_set_ctrl(method, bio_ctrl);
}

static BIO *bio_new(struct stream *s)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	BIO *b;

	must(CRYPTO_THREAD_run_once(&once, make_method));
	b = BIO_new(method);
	must(b && "out of memory");
	BIO_set_data(b, s);
	BIO_set_init(b, 1);
	return b;
}

/* ---------------------------------------------------------------- moving octets */

static enum transport judge(struct stream *s, int result)
{
	const char *reason;

	switch (SSL_get_error(s->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return TRANSPORT_WAIT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TRANSPORT_WAIT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TRANSPORT_END;
	case SSL_ERROR_SYSCALL:
		/* Either the socket has failed, which is noted, or the peer went without a word. */
		return s->error ? TRANSPORT_FAILED : TRANSPORT_END;
	default:
		reason = ERR_reason_error_string(ERR_peek_last_error());
		stream_fail(s, ERR_IO, reason ? reason : "TLS has failed");
		return TRANSPORT_FAILED;
	}
}

enum transport stream_tls_handshake(struct stream *s)
{
	int result;

	if (s->is_tls_up)
		return TRANSPORT_DONE;
	ERR_clear_error();
	result = SSL_do_handshake(s->ssl);
	if (result == 1) {
		s->is_tls_up = true;
		return TRANSPORT_DONE;
	}
	return judge(s, result);
}

enum transport stream_tls_read(struct stream *s, unsigned char *p, size_t room, size_t *n_r)
{
	enum transport t = stream_tls_handshake(s);
	int result;

	if (t != TRANSPORT_DONE)
		return t;
	ERR_clear_error();
	result = SSL_read_ex(s->ssl, p, room, n_r);
	return result == 1 ? TRANSPORT_DONE : judge(s, result);
}

enum transport stream_tls_write(struct stream *s, const unsigned char *p, size_t n, size_t *n_r)
{
	enum transport t = stream_tls_handshake(s);
	int result;

	if (t != TRANSPORT_DONE)
		return t;
	ERR_clear_error();
	result = SSL_write_ex(s->ssl, p, n, n_r);
	return result == 1 ? TRANSPORT_DONE : judge(s, result);
}

bool stream_tls_has_pending(const struct stream *s)
{
	return SSL_has_pending(s->ssl);
}

/* ---------------------------------------------------------------- life */

static void begin(struct stream *s, struct tls_context *context)
{
	BIO *b;

	must(!s->ssl);
	s->ssl = SSL_new(tls_context_ssl(context));
	must(s->ssl && "out of memory");
	s->tls = tls_context_ref(context);
	b = bio_new(s);
	SSL_set_bio(s->ssl, b, b);
	SSL_set_accept_state(s->ssl);
	s->is_short = s->is_drained = false;
}

enum err stream_start_tls(struct stream *s, struct tls_context *context)
{
	enum err e = stream_flush(s);

	if (e)
		return e;
	if (s->in.n || s->is_eof || (s->memory && s->memory->in.n > s->memory->at)) {
		stream_fail(s, ERR_PROTO, "plain text after STARTTLS");
		return ERR_PROTO;
	}
	if (s->memory) {
		s->memory->is_tls = true;
		return ERR_OK;
	}
	begin(s, context);
	return ERR_OK;
}

enum err stream_start_implicit_tls(struct stream *s, struct tls_context *context)
{
	enum err e = stream_flush(s);

	if (e || s->memory)
		return e ? e : stream_start_tls(s, context);
	s->raw = s->in;
	s->in = (struct stream_space){ 0 };
	s->scanned = 0;
	begin(s, context);
	return ERR_OK;
}

void stream_tls_free(struct stream *s)
{
	if (s->is_tls_up && !s->error) {
		ERR_clear_error();
		(void)SSL_shutdown(s->ssl);
	}
	SSL_free(s->ssl);
	ERR_clear_error();
	s->ssl = NULL;
	tls_context_unref(&s->tls);
}

/* ---------------------------------------------------------------- what is known */

struct stream_tls_info stream_tls_info(const struct stream *s)
{
	struct stream_tls_info info = { .version = "", .cipher = "" };

	if (s->memory && s->memory->is_tls)
		return (struct stream_tls_info){ true, "TLSv1.3", "TLS_AES_256_GCM_SHA384", 256 };
	if (!s->ssl || !s->is_tls_up)
		return info;
	info.is_tls = true;
	info.version = SSL_get_version(s->ssl);
	info.cipher = SSL_get_cipher_name(s->ssl);
	info.bits = SSL_get_cipher_bits(s->ssl, NULL);
	return info;
}

/* RFC 9266: the exporter. With TLS 1.2 it binds only with the extended master secret (section 4.2).
 */
static enum err bind_exporter(const struct stream *s, struct arena *a, struct str *data_r)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	unsigned char data[32];

	if (SSL_version(s->ssl) < TLS1_3_VERSION && SSL_get_extms_support(s->ssl) != 1)
		return ERR_NOTFOUND;
	if (SSL_export_keying_material(s->ssl, data, sizeof data, label, sizeof label - 1, NULL, 0,
	                               1) != 1)
		return ERR_NOTFOUND;
	*data_r = str_dup(a, str_make(data, sizeof data));
	return ERR_OK;
}

/*
 * RFC 5929 section 3: the first Finished message. TLS 1.3 has none that would do; with TLS 1.2 it
 * binds only with the extended master secret (RFC 7627).
 */
static enum err bind_unique(const struct stream *s, struct arena *a, struct str *data_r)
{
	unsigned char data[EVP_MAX_MD_SIZE];
	size_t n;

	if (SSL_version(s->ssl) >= TLS1_3_VERSION || SSL_get_extms_support(s->ssl) != 1)
		return ERR_NOTFOUND;
	n = SSL_session_reused(s->ssl) ? SSL_get_finished(s->ssl, data, sizeof data)
	                               : SSL_get_peer_finished(s->ssl, data, sizeof data);
	if (n == 0 || n > sizeof data)
		return ERR_NOTFOUND;
	*data_r = str_dup(a, str_make(data, n));
	return ERR_OK;
}

/* RFC 5929 section 4.1: our certificate, hashed as its signature is, with SHA-256 for MD5 and
 * SHA-1. */
static enum err bind_end_point(const struct stream *s, struct arena *a, struct str *data_r)
{
	X509 *certificate = SSL_get_certificate(s->ssl);
	unsigned char data[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	const EVP_MD *md;
	int nid = NID_undef;

	if (!certificate || !X509_get_signature_info(certificate, &nid, NULL, NULL, NULL) ||
	    nid == NID_undef)
		return ERR_NOTFOUND;
	if (nid == NID_md5 || nid == NID_sha1)
		nid = NID_sha256;
	md = EVP_get_digestbynid(nid);
	if (!md || X509_digest(certificate, md, data, &n) != 1)
		return ERR_NOTFOUND;
	*data_r = str_dup(a, str_make(data, n));
	return ERR_OK;
}

enum err stream_channel_binding(const struct stream *s, struct arena *a, const char *type,
                                struct str *data_r)
{
	if (!s->ssl || !s->is_tls_up)
		return ERR_NOTFOUND;
	if (strcmp(type, "tls-exporter") == 0)
		return bind_exporter(s, a, data_r);
	if (strcmp(type, "tls-unique") == 0)
		return bind_unique(s, a, data_r);
	if (strcmp(type, "tls-server-end-point") == 0)
		return bind_end_point(s, a, data_r);
	return ERR_NOTFOUND;
}
