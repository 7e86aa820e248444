#include "src/runtime/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/config/config.h"
#include "src/net/tls.h"
#include "src/runtime/setup.h"

enum {
	BUNDLE_VERSION = 1,
	PEM_MAX_BYTES = 1 << 20,
	BUNDLE_MAX_BYTES = 64 << 20
};

/* --- fields: a length in eight octets, then the octets */

static enum err add_field(struct buf *b, struct str s)
{
	uint64_t n = s.n;
	enum err e = buf_add(b, str_make(&n, sizeof n));

	return e ? e : buf_add(b, s);
}

static bool take_field(struct str *rest, struct str *s_r)
{
	uint64_t n;

	if (rest->n < sizeof n)
		return false;
	memcpy(&n, rest->p, sizeof n);
	*rest = str_from(*rest, sizeof n);
	if (n > rest->n)
		return false;
	*s_r = str_first(*rest, (size_t)n);
	*rest = str_from(*rest, (size_t)n);
	return true;
}

/* --- certificates: for each listener, in order, certificate and key; both empty when it speaks no
 * TLS or has the same files as an earlier one */

static bool has_tls(const struct config_listener *l)
{
	return l->tls != CONFIG_TLS_NONE;
}

static const char *certificate_of(const struct config *c, const struct config_listener *l)
{
	return *l->tls_certificate ? l->tls_certificate : c->tls.certificate;
}

static const char *key_of(const struct config *c, const struct config_listener *l)
{
	return *l->tls_key ? l->tls_key : c->tls.key;
}

/* The first listener with the same certificate and key as number `i`; `i` itself when it is the
 * first. */
/* HTTP has a context of its own, because it has its own names in ALPN. */
static bool is_web(const struct config_listener *l)
{
	return l->protocol == CONFIG_PROTOCOL_HTTP;
}

static size_t first_like(const struct config *c, size_t i)
{
	const struct config_listener *l = &c->listeners[i];

	for (size_t j = 0; j < i; j++) {
		const struct config_listener *other = &c->listeners[j];

		if (has_tls(other) && is_web(other) == is_web(l) &&
		    strcmp(certificate_of(c, other), certificate_of(c, l)) == 0 &&
		    strcmp(key_of(c, other), key_of(c, l)) == 0)
			return j;
	}
	return i;
}

static enum err read_file(struct arena *a, const char *path, const char *listener,
                          struct str *text_r, struct errinfo *info)
{
	unsigned char *p = arena_alloc(a, PEM_MAX_BYTES);
	size_t n = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_set_errno(info, ERR_NOTFOUND, "listener \"%s\": cannot open %s",
		                     listener, path);
	do {
		got = read(fd, p + n, PEM_MAX_BYTES - n);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	close(fd);
	if (got < 0)
		return err_set_errno(info, ERR_NOTFOUND, "listener \"%s\": cannot read %s",
		                     listener, path);
	if (n == PEM_MAX_BYTES)
		return err_set(info, ERR_INVALID,
		               "listener \"%s\": %s is larger than 1M, that is no certificate",
		               listener, path);
	*text_r = str_make(p, n);
	return ERR_OK;
}

enum err runtime_bundle_read_certificates(struct arena *a, const struct config *config,
                                          struct str *text_r, struct errinfo *info)
{
	struct buf b = buf_in(a, BUNDLE_MAX_BYTES);
	enum err e = ERR_OK;

	for (size_t i = 0; i < config->n_listeners && !e; i++) {
		const struct config_listener *l = &config->listeners[i];
		struct str certificate = STR(""), key = STR("");

		if (has_tls(l) && !*certificate_of(config, l))
			return err_set(info, ERR_INVALID,
			               "listener \"%s\": TLS needs a certificate; set "
			               "tls.certificate and tls.key, or tls = \"none\"",
			               l->name);
		if (has_tls(l) && first_like(config, i) == i) {
			e = read_file(a, certificate_of(config, l), l->name, &certificate, info);
			if (!e)
				e = read_file(a, key_of(config, l), l->name, &key, info);
		}
		if (!e && (add_field(&b, certificate) || add_field(&b, key)))
			e = err_set(info, ERR_LIMIT, "the certificates are too large together");
	}
	if (!e)
		*text_r = buf_str(&b);
	return e;
}

/* --- the memfd */

static enum err format(const struct runtime_bundle *b, struct buf *out)
{
	uint64_t head[2] = { BUNDLE_VERSION, b->generation };
	const struct str fields[] = {
		str_make(head, sizeof head), b->config_name, b->config_text,  b->store_socket,
		b->data_directory,           b->ticket_key,  b->certificates,
	};
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof fields / sizeof *fields && !e; i++)
		e = add_field(out, fields[i]);
	return e;
}

static enum err write_sealed(struct str s, int fd, struct errinfo *info)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno != EINTR)
			return err_set_errno(info, ERR_IO, "cannot write a memfd");
		s = str_from(s, n > 0 ? (size_t)n : 0);
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
		return err_set_errno(info, ERR_IO, "cannot seal a memfd");
	return ERR_OK;
}

enum err runtime_bundle_write(const struct runtime_bundle *b, int *fd_r, struct errinfo *info)
{
	struct buf out = buf_in(NULL, BUNDLE_MAX_BYTES);
	enum err e = format(b, &out);
	int fd = -1;

	if (e)
		e = err_set(info, ERR_LIMIT, "configuration and certificates are too large");
	if (!e) {
		fd = memfd_create("tayori-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		e = fd < 0 ? err_set_errno(info, ERR_IO, "cannot make a memfd") : ERR_OK;
	}
	if (!e)
		e = write_sealed(buf_str(&out), fd, info);
	if (out.p)
		explicit_bzero(out.p, out.n); /* keys */
	buf_clear(&out);
	if (!e)
		*fd_r = fd;
	else if (fd >= 0)
		close(fd);
	return e;
}

static bool parse(struct arena *a, struct str rest, struct runtime_bundle *b)
{
	struct str head, text;
	uint64_t numbers[2];

	if (!take_field(&rest, &head) || head.n != sizeof numbers ||
	    !take_field(&rest, &b->config_name) || !take_field(&rest, &text) ||
	    !take_field(&rest, &b->store_socket) || !take_field(&rest, &b->data_directory) ||
	    !take_field(&rest, &b->ticket_key) || !take_field(&rest, &b->certificates) || rest.n)
		return false;
	memcpy(numbers, head.p, sizeof numbers);
	b->generation = numbers[1];
	b->config_text = str_dup(a, text);
	return numbers[0] == BUNDLE_VERSION;
}

enum err runtime_bundle_read(struct arena *a, int fd, struct runtime_bundle *b_r,
                             struct errinfo *info)
{
	struct runtime_bundle b = { 0 };
	struct stat st;
	unsigned char *p;
	size_t n = 0;

	if (fstat(fd, &st) != 0 || st.st_size > BUNDLE_MAX_BYTES)
		return err_set(info, ERR_CORRUPT, "the supervisor's message has a wrong size");
	p = arena_alloc(a, (size_t)st.st_size);
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(fd, p + n, (size_t)st.st_size - n, (off_t)n);

		if (got <= 0 && errno != EINTR)
			return err_set_errno(info, ERR_IO, "cannot read the supervisor's message");
		n += got > 0 ? (size_t)got : 0;
	}
	if (!parse(a, str_make(p, n), &b))
		return err_set(info, ERR_CORRUPT, "the supervisor's message is malformed");
	*b_r = b;
	return ERR_OK;
}

/* --- from bundle to setup */

static enum err make_context(const struct runtime_bundle *b, const struct config *c, size_t i,
                             struct str certificate, struct str key, struct tls_context **context_r,
                             struct errinfo *info)
{
	const struct config_listener *l = &c->listeners[i];
	struct tls_pem pems[2] = { { certificate_of(c, l), certificate }, { key_of(c, l), key } };
	struct tls_context *context;
	enum err e = tls_context_from_pem(&pems[0], &pems[1], c->tls.min_version, c->tls.ciphers,
	                                  &context, info);

	if (e)
		return e;
	if (b->ticket_key.n == TLS_TICKET_KEY)
		tls_context_set_ticket_key(context, b->ticket_key.p);
	if (is_web(l))
		tls_context_set_http(context);
	*context_r = context;
	return ERR_OK;
}

static enum err make_contexts(const struct runtime_bundle *b, struct runtime_setup *s,
                              struct errinfo *info)
{
	const struct config *c = s->config;
	struct str rest = b->certificates, certificate, key;
	enum err e = ERR_OK;

	for (size_t i = 0; i < c->n_listeners && !e; i++) {
		size_t first = first_like(c, i);

		if (!take_field(&rest, &certificate) || !take_field(&rest, &key))
			return err_set(info, ERR_CORRUPT,
			               "the supervisor's message lacks a certificate");
		if (!has_tls(&c->listeners[i]))
			continue;
		if (first < i)
			s->tls[i] = tls_context_ref(s->tls[first]);
		else
			e = make_context(b, c, i, certificate, key, &s->tls[i], info);
	}
	return e;
}

enum err runtime_bundle_setup(const struct runtime_bundle *b, struct runtime_setup **setup_r,
                              struct errinfo *info)
{
	struct arena *a = arena_new(NULL);
	const struct config *config;
	struct runtime_setup *s = NULL;
	enum err e = config_parse(str_dup_c(a, b->config_name), str_dup_c(a, b->config_text),
	                          &config, info);

	if (!e) {
		s = runtime_setup_new(config);
		config_unref(&config);
		e = b->certificates.n ? make_contexts(b, s, info) : ERR_OK;
	}
	arena_free(&a);
	if (e)
		runtime_setup_unref(&s);
	else
		*setup_r = s;
	return e;
}
