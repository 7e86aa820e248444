#include "src/store/zip.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "src/base/arena.h"
#include "src/base/must.h"

enum {
	WORTH_BYTES = 200
};

/* Making these costs more than using them, so a thread keeps its own until it ends. */
struct zip {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
	EVP_MD *sha256;
	EVP_MD_CTX *hash;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void free_zip(void *object)
{
	struct zip *zip = object;

	ZSTD_freeCCtx(zip->pack);
	ZSTD_freeDCtx(zip->unpack);
	EVP_MD_CTX_free(zip->hash);
	EVP_MD_free(zip->sha256);
	free(zip);
}

static void make_key(void)
{
	must(pthread_key_create(&key, free_zip) == 0);
}

static struct zip *this_thread(void)
{
	struct zip *zip;

	pthread_once(&once, make_key);
	zip = pthread_getspecific(key);
	if (zip)
		return zip;
	zip = calloc(1, sizeof(*zip));
	must(zip);
	zip->pack = ZSTD_createCCtx();
	zip->unpack = ZSTD_createDCtx();
	zip->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	zip->hash = EVP_MD_CTX_new();
	must(zip->pack && zip->unpack && zip->sha256 && zip->hash);
	must(pthread_setspecific(key, zip) == 0);
	return zip;
}

void zip_pack(struct arena *a, uint32_t level, struct str octets, uint32_t *enc_r,
              struct str *packed_r)
{
	size_t room = octets.n - octets.n / 3;
	unsigned char *p;
	size_t n;

	*enc_r = 0;
	*packed_r = octets;
	if (!level || octets.n < WORTH_BYTES)
		return;
	/* Less room than would be worth it makes zstd give up early on what does not compress. */
	p = arena_room(a, room);
	n = ZSTD_compressCCtx(this_thread()->pack, p, room, octets.p, octets.n, (int)level);
	if (ZSTD_isError(n))
		return;
	*enc_r = 1;
	*packed_r = str_make(p, n);
}

enum err zip_unpack(uint32_t enc, struct str packed, unsigned char *to, size_t size)
{
	size_t n;

	if (enc == 0) {
		if (packed.n != size)
			return ERR_CORRUPT;
		if (size)
			memcpy(to, packed.p, size);
		return ERR_OK;
	}
	if (enc != 1)
		return ERR_CORRUPT;
	n = ZSTD_decompressDCtx(this_thread()->unpack, to, size, packed.p, packed.n);
	return ZSTD_isError(n) || n != size ? ERR_CORRUPT : ERR_OK;
}

void zip_hash_begin(void)
{
	struct zip *zip = this_thread();

	must(EVP_DigestInit_ex2(zip->hash, zip->sha256, NULL) == 1);
}

void zip_hash_add(struct str octets)
{
	if (octets.n)
		must(EVP_DigestUpdate(this_thread()->hash, octets.p, octets.n) == 1);
}

void zip_hash_end(unsigned char hash_r[32])
{
	unsigned n;

	must(EVP_DigestFinal_ex(this_thread()->hash, hash_r, &n) == 1 && n == 32);
}
