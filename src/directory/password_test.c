#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/directory/password.h"

#define PASSWORD "pa&ss \"w\\ord \xc3\xa9"

enum {
	MEMORY = 256,
	PASSES = 1
};

struct vector {
	const char *password, *stored, *scheme;
};

/* Made with libxcrypt through Python, Python's hashlib, and the reference implementation of argon2.
 */
static const struct vector vectors[] = {
	{ PASSWORD, "ab3xFUdugKL1I", "des-crypt" },
	{ PASSWORD, "_J9..abcd5mZ20ua8XBg", "bsdi-des-crypt" },
	{ PASSWORD, "{CRYPT}ab3xFUdugKL1I", "des-crypt" },
	{ PASSWORD, "{DES-CRYPT}ab3xFUdugKL1I", "des-crypt" },
	{ PASSWORD, "$1$abcdefgh$PYi7dkBS854MHEBU74Bh9/", "md5-crypt" },
	{ PASSWORD, "{MD5-CRYPT}$1$abcdefgh$PYi7dkBS854MHEBU74Bh9/", "md5-crypt" },
	{ PASSWORD, "{MD5}$1$abcdefgh$PYi7dkBS854MHEBU74Bh9/", "md5-crypt" },
	{ PASSWORD, "{SHA256-CRYPT}$5$abcdefgh$DhH7njB.ukxXOL45mHs/QQcp5TU5fNmQViydQ/mENq1",
	  "sha256-crypt" },
	{ PASSWORD,
	  "{SHA512-CRYPT}$6$abcdefgh$dGviy6UnDQbysd4RxIvg2ENXW6ohK2oFAs9cnbOBMsz/"
	  "HlilYttSqr6amcGAdIr7fIWEtqfSZjUWHu0RZV5XE1",
	  "sha512-crypt" },
	{ PASSWORD, "{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuuGXdgJPw75lVsMSWCy4968RxNnU4dfQS",
	  "bcrypt" },
	{ PASSWORD, "$2b$05$abcdefghijklmnopqrstuuGXdgJPw75lVsMSWCy4968RxNnU4dfQS", "bcrypt" },
	{ PASSWORD, "$y$j9T$abcdefghijklmnop$9O43kmpdfiS6Lc.7Y3lIg6lw4PrQivz0RikjrLVBVM9",
	  "yescrypt" },
	{ PASSWORD, "$gy$j9T$abcdefghijklmnop$1JWAM0TB7a8yTfg7AUhsNTV1JfHRT8jA1836yi9J8H6",
	  "gost-yescrypt" },
	{ PASSWORD, "$7$CU..../....abcdefgh$qq3ugyvbIrWXokRhKO1t3FIBOUP3igS7hTvMJH7.pfC",
	  "scrypt" },
	{ PASSWORD, "$sha1$480$abcd$wBAn4obDqijkPUpF02eh9yEEAXTB", "sha1-crypt" },
	{ PASSWORD, "$md5,rounds=100$abcdefgh$$P/0lumi59gwVOYSu3ciOJ1", "sun-md5" },
	{ PASSWORD, "$3$$4be946a93a474f7820729d52d61f98b6", "nt" },
	{ PASSWORD, "{SHA}mK7bs1INFTuS1IKBqB3Q4OAA3/w=", "sha1" },
	{ PASSWORD, "{SHA1}98aedbb3520d153b92d48281a81dd0e0e000dffc", "sha1" },
	{ PASSWORD, "{SHA.HEX}98aedbb3520d153b92d48281a81dd0e0e000dffc", "sha1" },
	{ PASSWORD, "{sha.b64}mK7bs1INFTuS1IKBqB3Q4OAA3/w=", "sha1" },
	{ PASSWORD, "{SSHA}Piz3hgy5TlUbSHj2i20+rFMFJdkBAgME", "salted-sha1" },
	{ PASSWORD, "{SHA256}ksxYz2HOW+sVh+Mz7cslp5zir1V7vcsDv3MlssWeiyc=", "sha256" },
	{ PASSWORD, "{SSHA256}n+v8eCaqtRN3SMYq7v9FqRYWSbjvlW5pkkJRHw3CZ1MBAgME", "salted-sha256" },
	{ PASSWORD,
	  "{SHA512}fzx+OeriL+2Oxi5MFz1RcSmwNGFdQqW9KlbUUUF+35u95yPsHFx/"
	  "pAMrXi40SLtnGWPWLPjm7HL1P5RXjgfwdQ==",
	  "sha512" },
	{ PASSWORD,
	  "{SSHA512}ZOAXusyZxGgqv/Zmz8q3o5Y+p7SVDlfm8VpU/4eqlOw/PrYOh/"
	  "5EUQNOEB4IeMoH37toD+6PLFJOoz6N0CjTrAECAwQ=",
	  "salted-sha512" },
	{ PASSWORD, "{MD5}pmKuIrxk66XlIlCI9YxlQw==", "md5" },
	{ PASSWORD, "{PLAIN-MD5}a662ae22bc64eba5e5225088f58c6543", "md5" },
	{ PASSWORD, "{LDAP-MD5}pmKuIrxk66XlIlCI9YxlQw==", "md5" },
	{ PASSWORD, "{SMD5}0/QH3BBUBlIPCSf8sVdrFgECAwQ=", "salted-md5" },
	{ PASSWORD, "{PLAIN}" PASSWORD, "plain" },
	{ PASSWORD, "{CLEARTEXT}" PASSWORD, "plain" },
	{ PASSWORD, "{PLAIN.b64}cGEmc3MgIndcb3JkIMOp", "plain" },
	{ PASSWORD, "{PBKDF2}$1$saltysalt$500$82bed0116f86acb4d1c3fed4fdeee833409519e2", "pbkdf2" },
	{ PASSWORD,
	  "{SCRAM-SHA-256}4096,MDEyMzQ1Njc4OWFiY2RlZg==,hpDYRVM/uip/"
	  "tmu5rJ9wWzFoqG6bhm75IjuKs7iMgB4=,OAgCfxZaqmNrcwckg82uW4Vd9V2S4s+jfWcOvpZVENE=",
	  "scram-sha-256" },
	{ PASSWORD,
	  "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$hpDYRVM/uip/"
	  "tmu5rJ9wWzFoqG6bhm75IjuKs7iMgB4=:OAgCfxZaqmNrcwckg82uW4Vd9V2S4s+jfWcOvpZVENE=",
	  "scram-sha-256" },
	{ "password",
	  "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
	  "argon2id" },
	{ "password",
	  "{ARGON2ID}$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
	  "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	  "argon2id" },
	{ "password",
	  "{ARGON2I}$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+"
	  "YFY4NeBbtA",
	  "argon2i" },
	{ "password",
	  "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
	  "argon2i" },
};

static void test_verify_known_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const struct vector *v = &vectors[i];
		struct str stored = str_c(v->stored);
		bool rehash = false;

		if (!directory_password_is_known(stored) ||
		    directory_password_verify(str_c(v->password), stored, MEMORY, PASSES, &rehash))
			fail_msg("%s", v->stored);
		assert_str(str_c(directory_password_scheme(stored)), v->scheme);
		assert_int_equal(rehash, !str_eq(str_c(v->scheme), STR("argon2id")));
		assert_int_equal(
			directory_password_verify(STR("wrong"), stored, MEMORY, PASSES, &rehash),
			ERR_AUTH);
		assert_int_equal(
			directory_password_verify(STR(""), stored, MEMORY, PASSES, &rehash),
			ERR_AUTH);
	}
}

static void test_verify_refuses_malformed(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"password",
		"{",
		"{}",
		"{NOPE}x",
		"{SSHA.rot13}x",
		"{SSHA}",
		"{SSHA}AAAA",
		"{SHA}!!!!",
		"{SHA256}AAAA",
		"{PBKDF2}$1$salt$0$00",
		"{PBKDF2}$2$salt$500$82be",
		"{CRYPT}",
		"{CRYPT}$9$abc$def",
		"$argon2id$",
		"$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$nf65",
		"{ARGON2ID}$argon2x$v=19$m=1,t=1,p=1$a$b",
		"{SCRAM-SHA-256}4096,AAAA,BBBB,CCCC",
		"{SCRAM-SHA-256}",
		"{PLAIN}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		bool rehash;

		if (directory_password_is_known(str_c(bad[i])))
			fail_msg("%s is known", bad[i]);
		assert_int_equal(
			directory_password_verify(STR("x"), str_c(bad[i]), MEMORY, PASSES, &rehash),
			ERR_INVALID);
	}
	assert_str(str_c(directory_password_scheme(STR(""))), "none");
	assert_str(str_c(directory_password_scheme(STR("{NOPE}x"))), "unknown");
}

/* Every octet, and every length from 1 to 1024, is a password. */
static void test_hash_takes_octets(void **state)
{
	unsigned char octets[DIRECTORY_PASSWORD_MAX_BYTES + 1];
	struct arena *a = arena_new(NULL);
	struct str stored;

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (unsigned char)(i % 256);
	assert_int_equal(directory_password_hash(a, STR(""), MEMORY, PASSES, &stored), ERR_INVALID);
	assert_int_equal(directory_password_hash(a, str_make(octets, sizeof(octets)), MEMORY,
	                                         PASSES, &stored),
	                 ERR_INVALID);
	for (size_t n = 1; n <= DIRECTORY_PASSWORD_MAX_BYTES; n += n < 300 ? 13 : 181) {
		struct str password = str_make(octets, n);
		bool rehash = true;

		assert_int_equal(directory_password_hash(a, password, MEMORY, PASSES, &stored),
		                 ERR_OK);
		assert_int_equal(
			directory_password_verify(password, stored, MEMORY, PASSES, &rehash),
			ERR_OK);
		assert_false(rehash);
		assert_int_equal(directory_password_verify(str_first(password, n - 1), stored,
		                                           MEMORY, PASSES, &rehash),
		                 ERR_AUTH);
	}
	arena_free(&a);
}

static void test_verify_wants_rehash_when_cheap(void **state)
{
	struct arena *a = arena_new(NULL);
	struct str stored;
	bool rehash = false;

	(void)state;
	assert_int_equal(directory_password_hash(a, STR("x"), MEMORY, PASSES, &stored), ERR_OK);
	assert_int_equal(directory_password_verify(STR("x"), stored, 2 * MEMORY, PASSES, &rehash),
	                 ERR_OK);
	assert_true(rehash);
	assert_int_equal(directory_password_verify(STR("x"), stored, MEMORY, PASSES + 1, &rehash),
	                 ERR_OK);
	assert_true(rehash);
	assert_int_equal(directory_password_verify(STR("x"), stored, MEMORY / 2, PASSES, &rehash),
	                 ERR_OK);
	assert_false(rehash);
	arena_free(&a);
}

/* crypt(3) cannot hold a NUL nor 512 octets: such a password is wrong, not an error. */
static void test_crypt_refuses_nul_and_length(void **state)
{
	unsigned char octets[DIRECTORY_PASSWORD_MAX_BYTES] = { 'x' };
	bool rehash;

	(void)state;
	assert_int_equal(directory_password_verify(str_make("pa\0ss", 5), STR("ab3xFUdugKL1I"),
	                                           MEMORY, PASSES, &rehash),
	                 ERR_AUTH);
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = 'x';
	assert_int_equal(directory_password_verify(str_make(octets, sizeof(octets)),
	                                           STR("ab3xFUdugKL1I"), MEMORY, PASSES, &rehash),
	                 ERR_AUTH);
}

static void test_waste_takes_anything(void **state)
{
	(void)state;
	directory_password_waste(STR(""), MEMORY, PASSES);
	directory_password_waste(str_make("a\0b", 3), MEMORY, PASSES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verify_known_vectors),
		cmocka_unit_test(test_verify_refuses_malformed),
		cmocka_unit_test(test_hash_takes_octets),
		cmocka_unit_test(test_verify_wants_rehash_when_cheap),
		cmocka_unit_test(test_crypt_refuses_nul_and_length),
		cmocka_unit_test(test_waste_takes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
