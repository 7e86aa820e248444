#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/net/address.h"
#include "src/net/tls.h"

enum {
	VALID_DAYS = 3650,
	NAMES_MAX = 4096
};

static enum err add_extension(X509 *x, int nid, const char *value, struct errinfo *info)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!ext)
		return err_set(info, ERR_INVALID, "\"%.200s\" cannot stand in a certificate",
		               value);
	ok = X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	must(ok == 1);
	return ERR_OK;
}

/* "DNS:mail.example.org,IP:127.0.0.1" */
static enum err add_name(struct buf *b, const char *name, struct errinfo *info)
{
	uint8_t address[16];
	bool is_address = net_address_parse(str_c(name), address);

	if (name[0] == 0 || strpbrk(name, ", \t\r\n=\"\\"))
		return err_set(info, ERR_INVALID, "\"%.100s\" is no host name", name);
	if (buf_printf(b, "%s%s:%s", b->n ? "," : "", is_address ? "IP" : "DNS", name))
		return err_set(info, ERR_INVALID, "there are too many names for one certificate");
	return ERR_OK;
}

static enum err fill_certificate(X509 *x, EVP_PKEY *key, const char *hostname,
                                 const char *alt_names, struct errinfo *info)
{
	/* A common name has at most 64 octets (RFC 5280 appendix A.1). */
	struct str common = str_first(str_c(hostname), 64);
	X509_NAME *name = X509_get_subject_name(x);
	uint64_t serial = random_u64() >> 1 | 1;

	must(X509_set_version(x, X509_VERSION_3) == 1);
	must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial) == 1);
	/* An hour ago, for clients whose clock is late. */
	must(X509_gmtime_adj(X509_getm_notBefore(x), -3600));
	must(X509_gmtime_adj(X509_getm_notAfter(x), VALID_DAYS * 86400L));
	must(X509_set_pubkey(x, key) == 1);
	if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common.p, (int)common.n, -1, 0) !=
	    1)
		return err_set(info, ERR_INVALID, "\"%.100s\" is no host name", hostname);
	must(X509_set_issuer_name(x, name) == 1);
	if (add_extension(x, NID_subject_alt_name, alt_names, info) ||
	    add_extension(x, NID_basic_constraints, "critical,CA:FALSE", info) ||
	    add_extension(x, NID_key_usage, "critical,digitalSignature", info) ||
	    add_extension(x, NID_ext_key_usage, "serverAuth", info) ||
	    add_extension(x, NID_subject_key_identifier, "hash", info))
		return ERR_INVALID;
	must(X509_sign(x, key, EVP_sha256()) > 0);
	return ERR_OK;
}

/* A new file with exactly this mode; an old one is replaced as a whole. */
static enum err write_file(const char *path, struct str text, mode_t mode, struct errinfo *info)
{
	struct arena *a = arena_new(NULL);
	const char *draft = (const char *)str_printf(a, "%s.new", path).p;
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	enum err e = ERR_OK;

	if (fd < 0) {
		e = err_set_errno(info, ERR_IO, "%s: cannot be written", draft);
	} else {
		if (fchmod(fd, mode) != 0 || write(fd, text.p, text.n) != (ssize_t)text.n ||
		    fsync(fd) != 0)
			e = err_set_errno(info, ERR_IO, "%s: cannot be written", draft);
		close(fd);
		if (!e && rename(draft, path) != 0)
			e = err_set_errno(info, ERR_IO, "%s: cannot be written", path);
		if (e)
			unlink(draft);
	}
	arena_free(&a);
	return e;
}

static enum err write_pem(X509 *x, EVP_PKEY *key, const char *certificate_path,
                          const char *key_path, struct errinfo *info)
{
	BIO *cert_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_secmem());
	char *p;
	long n;
	enum err e;

	must(cert_text && key_text && PEM_write_bio_X509(cert_text, x) == 1);
	must(PEM_write_bio_PKCS8PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1);
	n = BIO_get_mem_data(key_text, &p);
	e = write_file(key_path, str_make(p, (size_t)n), 0600, info);
	if (!e) {
		n = BIO_get_mem_data(cert_text, &p);
		e = write_file(certificate_path, str_make(p, (size_t)n), 0644, info);
	}
	BIO_free(cert_text);
	BIO_free(key_text);
	return e;
}

enum err tls_self_signed(const char *hostname, const char *const *names, size_t n,
                         const char *certificate_path, const char *key_path, struct errinfo *info)
{
	struct arena *a = arena_new(NULL);
	struct buf alt = buf_in(a, NAMES_MAX);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	enum err e = add_name(&alt, hostname, info);

	must(key && x && "out of memory");
	for (size_t i = 0; i < n && !e; i++)
		e = add_name(&alt, names[i], info);
	if (!e && buf_add_byte(&alt, 0))
		e = err_set(info, ERR_INVALID, "there are too many names for one certificate");
	if (!e)
		e = fill_certificate(x, key, hostname, (const char *)alt.p, info);
	if (!e)
		e = write_pem(x, key, certificate_path, key_path, info);
	X509_free(x);
	EVP_PKEY_free(key);
	ERR_clear_error();
	arena_free(&a);
	return e;
}
