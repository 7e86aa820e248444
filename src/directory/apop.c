#include "src/directory/apop.h"

#include <openssl/evp.h>

#include "src/base/must.h"

enum {
	MD5_BYTES = DIRECTORY_APOP_DIGEST_CHARS / 2
};

void directory_apop_digest(struct str timestamp, struct str secret,
                           char digest_r[DIRECTORY_APOP_DIGEST_CHARS + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md5[MD5_BYTES];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;

	must(ctx);
	must(EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1);
	must(EVP_DigestUpdate(ctx, timestamp.p, timestamp.n) == 1);
	must(EVP_DigestUpdate(ctx, secret.p, secret.n) == 1);
	must(EVP_DigestFinal_ex(ctx, md5, &n) == 1 && n == MD5_BYTES);
	EVP_MD_CTX_free(ctx);
	for (size_t i = 0; i < MD5_BYTES; i++) {
		digest_r[2 * i] = digits[md5[i] >> 4];
		digest_r[2 * i + 1] = digits[md5[i] & 15];
	}
	digest_r[DIRECTORY_APOP_DIGEST_CHARS] = 0;
}
