#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/codec.h"
#include "src/base/unit.h"
#include "src/store/auth_cache_priv.h"
#include "src/store/auth_priv.h"
#include "src/store/testing.h"

#define ANN "ann@example.org"
#define PASSWORD "pa&ss \"w\\ord \xc3\xa9"

struct fixture {
	struct store_testing testing;
	struct store_engine *engine;
	struct store *admin, *session;
	struct arena *a;
};

static void add_account(struct fixture *f, const char *address, struct str password, bool is_hashed)
{
	struct store_account_add_req q = { .address = str_c(address),
		                           .password = password,
		                           .is_hashed = is_hashed };
	struct store_account_add_res r;

	assert_int_equal(store_account_add(f->admin, f->a, &q, &r), ERR_OK);
}

static int setup(void **state)
{
	static struct fixture f;
	struct store_domain_add_req q = { .name = STR("example.org") };
	struct store_domain_add_res r;
	struct errinfo info;

	f = (struct fixture){ .a = arena_new(NULL) };
	store_testing_init(&f.testing);
	assert_int_equal(store_engine_open(&f.testing.options, &f.engine, &info), ERR_OK);
	f.admin = store_open_local(f.engine, STORE_CALLER_ADMIN);
	f.session = store_open_local(f.engine, STORE_CALLER_SESSION);
	assert_int_equal(store_domain_add(f.admin, f.a, &q, &r), ERR_OK);
	add_account(&f, ANN, STR(PASSWORD), false);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	store_close(&f->session);
	store_close(&f->admin);
	store_engine_close(&f->engine);
	store_testing_clear(&f->testing);
	arena_free(&f->a);
	return 0;
}

static enum err log_in(struct fixture *f, const char *user, struct str password)
{
	struct store_login_req q = { .user = str_c(user),
		                     .password = password,
		                     .service = STR("test"),
		                     .peer = STR("127.0.0.1") };
	struct store_login_res r;
	enum err err = store_login(f->session, f->a, &q, &r);

	if (!err) {
		assert_str(r.address, ANN);
		assert_true(r.grant.account_id != 0 && r.grant.seal.n > 0);
	}
	return err;
}

static enum err set_password(struct fixture *f, struct str password, bool is_hashed)
{
	struct store_account_set_req q = { .address = STR(ANN),
		                           .password = password,
		                           .is_hashed = is_hashed,
		                           .set = STORE_ACCOUNT_PASSWORD };

	return store_account_set(f->admin, &q);
}

static enum err set_state(struct fixture *f, uint32_t account_state)
{
	struct store_account_set_req q = { .address = STR(ANN),
		                           .set = STORE_ACCOUNT_STATE,
		                           .state = account_state };

	return store_account_set(f->admin, &q);
}

static struct str scheme(struct fixture *f)
{
	struct store_account_list_req q = { .address = STR(ANN), .max = 1 };
	struct store_account_list_res r;

	assert_int_equal(store_account_list(f->admin, f->a, &q, &r), ERR_OK);
	assert_int_equal(r.n_accounts, 1);
	return r.accounts[0].scheme;
}

static void test_login_right_and_wrong(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(log_in(f, ANN, STR(PASSWORD)), ERR_OK);
	/* From the cache, and still not by anything else. */
	assert_int_equal(log_in(f, ANN, STR(PASSWORD)), ERR_OK);
	assert_int_equal(log_in(f, ANN, STR("wrong")), ERR_AUTH);
	assert_int_equal(log_in(f, ANN, STR("")), ERR_AUTH);
	assert_int_equal(log_in(f, "nobody@example.org", STR(PASSWORD)), ERR_AUTH);
	assert_int_equal(log_in(f, "ann@elsewhere.example", STR(PASSWORD)), ERR_AUTH);
	assert_int_equal(log_in(f, "ann@@", STR(PASSWORD)), ERR_AUTH);
	assert_int_equal(log_in(f, "", STR(PASSWORD)), ERR_AUTH);
}

static void test_login_names(void **state)
{
	struct fixture *f = *state;
	struct store_domain_add_req alias = { .name = STR("example.net"),
		                              .alias_of = STR("example.org") };
	struct store_domain_add_req other = { .name = STR("example.com") };
	struct store_alias_add_req all = { .address = STR("all@example.org"), .target = STR(ANN) };
	struct store_login_req q = { .user = STR("ann"),
		                     .password = STR(PASSWORD),
		                     .default_domain = STR("example.org") };
	struct store_domain_add_res r;
	struct store_login_res login;

	assert_int_equal(log_in(f, "ANN@Example.Org", STR(PASSWORD)), ERR_OK);
	assert_int_equal(log_in(f, "ann", STR(PASSWORD)), ERR_OK);
	assert_int_equal(store_domain_add(f->admin, f->a, &alias, &r), ERR_OK);
	assert_int_equal(log_in(f, "ann@example.net", STR(PASSWORD)), ERR_OK);
	assert_int_equal(log_in(f, "ann", STR(PASSWORD)), ERR_OK);
	assert_int_equal(store_alias_add(f->admin, &all), ERR_OK);
	assert_int_equal(log_in(f, "all@example.org", STR(PASSWORD)), ERR_AUTH);
	assert_int_equal(log_in(f, "ann+x@example.org", STR(PASSWORD)), ERR_AUTH);
	/* With two domains a bare name says nothing, unless there is a default. */
	assert_int_equal(store_domain_add(f->admin, f->a, &other, &r), ERR_OK);
	assert_int_equal(log_in(f, "ann", STR(PASSWORD)), ERR_AUTH);
	assert_int_equal(store_login(f->session, f->a, &q, &login), ERR_OK);
}

static void test_login_octets(void **state)
{
	struct fixture *f = *state;
	unsigned char octets[1025];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (unsigned char)(i * 7);
	for (size_t n = 1; n <= 1024; n = n < 4 ? n + 1 : n * 2) {
		assert_int_equal(set_password(f, str_make(octets, n), false), ERR_OK);
		assert_int_equal(log_in(f, ANN, str_make(octets, n)), ERR_OK);
		assert_int_equal(log_in(f, ANN, str_make(octets, n - 1)), ERR_AUTH);
	}
	assert_int_equal(set_password(f, str_make(octets, 1025), false), ERR_INVALID);
	assert_int_equal(log_in(f, ANN, str_make(octets, 1025)), ERR_AUTH);
}

/* A changed, removed or locked account is no longer served from the cache. */
static void test_login_follows_changes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(log_in(f, ANN, STR(PASSWORD)), ERR_OK);
	assert_int_equal(set_password(f, STR("new"), false), ERR_OK);
	assert_int_equal(log_in(f, ANN, STR(PASSWORD)), ERR_AUTH);
	assert_int_equal(log_in(f, ANN, STR("new")), ERR_OK);
	assert_int_equal(set_state(f, STORE_ACCOUNT_LOCKED), ERR_OK);
	assert_int_equal(log_in(f, ANN, STR("new")), ERR_DENIED);
	assert_int_equal(log_in(f, ANN, STR("old")), ERR_AUTH);
	assert_int_equal(set_state(f, STORE_ACCOUNT_MOVING), ERR_OK);
	assert_int_equal(log_in(f, ANN, STR("new")), ERR_BUSY);
	assert_int_equal(set_state(f, STORE_ACCOUNT_ACTIVE), ERR_OK);
	assert_int_equal(log_in(f, ANN, STR("new")), ERR_OK);
	assert_int_equal(set_password(f, STR(""), false), ERR_OK);
	assert_int_equal(log_in(f, ANN, STR("new")), ERR_AUTH);
}

/* Imported hashes become argon2id at the first log-in. */
static void test_login_rehashes(void **state)
{
	static const char *const stored[] = {
		"{SHA256}IpMtVaY4Pz5Jz3vV1tTwZ+9KZJUvo4fNAWP9qZ/Zt5g=",
		"{PLAIN}x",
	};
	struct fixture *f = *state;

	assert_int_equal(set_password(f, STR("{PLAIN}secret word"), true), ERR_OK);
	assert_str(scheme(f), "plain");
	assert_int_equal(log_in(f, ANN, STR("wrong")), ERR_AUTH);
	assert_str(scheme(f), "plain");
	assert_int_equal(log_in(f, ANN, STR("secret word")), ERR_OK);
	assert_str(scheme(f), "argon2id");
	assert_int_equal(log_in(f, ANN, STR("secret word")), ERR_OK);
	assert_int_equal(set_password(f, STR("$1$abcdefgh$PYi7dkBS854MHEBU74Bh9/"), true), ERR_OK);
	assert_str(scheme(f), "md5-crypt");
	assert_int_equal(log_in(f, ANN, STR(PASSWORD)), ERR_OK);
	assert_str(scheme(f), "argon2id");
	assert_int_equal(set_password(f, STR("{NOPE}x"), true), ERR_INVALID);
	assert_int_equal(set_password(f, STR("{PLAIN}x\n{SCRAM-SHA-256}y"), true), ERR_INVALID);
	for (size_t i = 0; i < sizeof(stored) / sizeof(*stored); i++)
		assert_int_equal(set_password(f, str_c(stored[i]), true), ERR_OK);
}

/* ---------------------------------------------------------------- SCRAM */

static struct str b64(struct fixture *f, struct str s)
{
	return codec_base64_encode(f->a, s);
}

/* The client's side (RFC 5802 section 3). */
static struct str client_final(struct fixture *f, const char *bare, struct str server_first,
                               struct str password)
{
	unsigned char salted[32], key[32], stored[32], signature[32];
	struct str rest = server_first, nonce, salt, without_proof, auth;
	uint64_t count;
	unsigned n = 32;

	str_cut(&rest, ',', &nonce);
	str_cut(&rest, ',', &salt);
	assert_true(str_to_u64(str_from(rest, 2), 1000000, &count));
	assert_int_equal(codec_base64_decode(f->a, str_from(salt, 2), &salt), ERR_OK);
	PKCS5_PBKDF2_HMAC((const char *)password.p, (int)password.n, salt.p, (int)salt.n,
	                  (int)count, EVP_sha256(), 32, salted);
	HMAC(EVP_sha256(), salted, 32, (const unsigned char *)"Client Key", 10, key, &n);
	SHA256(key, 32, stored);
	without_proof = str_printf(f->a, "c=biws,%.*s", STR_ARG(nonce));
	auth = str_printf(f->a, "%s,%.*s,%.*s", bare, STR_ARG(server_first),
	                  STR_ARG(without_proof));
	HMAC(EVP_sha256(), stored, 32, auth.p, auth.n, signature, &n);
	for (int i = 0; i < 32; i++)
		key[i] ^= signature[i];
	return str_printf(f->a, "%.*s,p=%.*s", STR_ARG(without_proof),
	                  STR_ARG(b64(f, str_make(key, 32))));
}

static enum err scram_begin(struct fixture *f, const char *user, struct store_scram_begin_res *r)
{
	struct store_scram_begin_req q = { .client_first = str_printf(f->a, "n,,n=%s,r=abc",
		                                                      user) };

	return store_scram_begin(f->session, f->a, &q, r);
}

static enum err scram(struct fixture *f, const char *user, struct str password)
{
	struct store_scram_begin_res begin;
	struct store_scram_finish_req q = { 0 };
	struct store_scram_finish_res r;
	enum err err = scram_begin(f, user, &begin);

	if (err)
		return err;
	q.state = begin.state;
	q.client_final = client_final(f, (const char *)str_printf(f->a, "n=%s,r=abc", user).p,
	                              begin.server_first, password);
	err = store_scram_finish(f->session, f->a, &q, &r);
	if (!err) {
		assert_str(r.address, ANN);
		assert_true(str_starts(r.server_final, STR("v=")));
	}
	return err;
}

static void test_scram_right_and_wrong(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(scram(f, ANN, STR(PASSWORD)), ERR_OK);
	assert_int_equal(scram(f, "ann", STR(PASSWORD)), ERR_OK);
	assert_int_equal(scram(f, ANN, STR("wrong")), ERR_AUTH);
	assert_int_equal(scram(f, "nobody@example.org", STR(PASSWORD)), ERR_AUTH);
	assert_int_equal(set_state(f, STORE_ACCOUNT_LOCKED), ERR_OK);
	assert_int_equal(scram(f, ANN, STR(PASSWORD)), ERR_DENIED);
	assert_int_equal(scram(f, ANN, STR("wrong")), ERR_AUTH);
}

/* Imported hashes know no SCRAM keys; the first log-in with the password makes them. */
static void test_scram_after_rehash(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(set_password(f, STR("{PLAIN}old"), true), ERR_OK);
	assert_int_equal(scram(f, ANN, STR(PASSWORD)), ERR_AUTH);
	assert_int_equal(scram(f, ANN, STR("old")), ERR_AUTH);
	assert_int_equal(log_in(f, ANN, STR("old")), ERR_OK);
	assert_int_equal(scram(f, ANN, STR("old")), ERR_OK);
}

static void test_scram_hides_unknown_users(void **state)
{
	struct fixture *f = *state;
	struct store_scram_begin_res one, two, other;
	struct str salt_one, salt_two, salt_other;

	assert_int_equal(scram_begin(f, "nobody@example.org", &one), ERR_OK);
	assert_int_equal(scram_begin(f, "NOBODY", &two), ERR_OK);
	assert_int_equal(scram_begin(f, "other@example.org", &other), ERR_OK);
	salt_one = str_from(one.server_first, (size_t)str_find(one.server_first, ','));
	salt_two = str_from(two.server_first, (size_t)str_find(two.server_first, ','));
	salt_other = str_from(other.server_first, (size_t)str_find(other.server_first, ','));
	assert_true(str_eq(salt_one, salt_two));
	assert_false(str_eq(salt_one, salt_other));
}

static void test_scram_state_is_bound(void **state)
{
	struct fixture *f = *state;
	struct store_scram_begin_res begin;
	struct store_scram_finish_req q = { .client_final = STR("c=biws,r=abc,p=AAAA") };
	struct store_scram_finish_res r;

	assert_int_equal(scram_begin(f, ANN, &begin), ERR_OK);
	q.state = STR("not a state");
	assert_int_equal(store_scram_finish(f->session, f->a, &q, &r), ERR_AUTH);
	q.state = begin.state;
	assert_int_equal(store_scram_finish(f->session, f->a, &q, &r), ERR_PROTO);
	assert_int_equal(
		store_scram_begin(f->session, f->a, &(struct store_scram_begin_req){ 0 }, &begin),
		ERR_PROTO);
}

/* ---------------------------------------------------------------- the cache alone */

static void test_cache_forgets(void **state)
{
	struct auth_cache *cache = auth_cache_new();

	(void)state;
	clock_test_set(1000, 1000);
	auth_cache_add(cache, 1, STR("secret"), STR("password"));
	assert_true(auth_cache_has(cache, 1, STR("secret"), STR("password")));
	assert_false(auth_cache_has(cache, 1, STR("secret"), STR("Password")));
	assert_false(auth_cache_has(cache, 1, STR("other"), STR("password")));
	assert_false(auth_cache_has(cache, 2, STR("secret"), STR("password")));
	assert_false(auth_cache_has(cache, 1, STR("secre"), STR("tpassword")));
	assert_false(auth_cache_has(cache, 1, STR("secret"), STR("")));
	clock_test_advance(9 * 60 * 1000);
	assert_true(auth_cache_has(cache, 1, STR("secret"), STR("password")));
	clock_test_advance(2 * 60 * 1000);
	assert_false(auth_cache_has(cache, 1, STR("secret"), STR("password")));
	/* Far more accounts than it holds. */
	for (uint64_t id = 1; id < 200000; id++)
		auth_cache_add(cache, id, STR("secret"), STR("password"));
	assert_true(auth_cache_has(cache, 199999, STR("secret"), STR("password")));
	clock_test_clear();
	auth_cache_free(&cache);
	assert_null(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_login_right_and_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_login_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_login_octets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_login_follows_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_login_rehashes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scram_right_and_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scram_after_rehash, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scram_hides_unknown_users, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scram_state_is_bound, setup, teardown),
		cmocka_unit_test(test_cache_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
