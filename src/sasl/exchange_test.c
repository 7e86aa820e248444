/* Exchanges against a store of one user, which stands in this file. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/codec.h"
#include "src/base/unit.h"
#include "src/config/config.h"
#include "src/directory/scram.h"
#include "src/net/session.h"
#include "src/net/stream.h"
#include "src/sasl/exchange.h"
#include "src/sasl/mechanism.h"

#define USER "ann@example.org"
#define PASSWORD "pa&ss \"w\\ord \xc3\xa9\xff"

/* ---------------------------------------------------------------- the store */

static enum err store_err; /* what the store fails with, when it should */

static void fill_grant(struct store_grant *grant)
{
	*grant = (struct store_grant){ .account_id = 7, .seal = STR("seal") };
}

enum err store_login(struct store *st, struct arena *a, const struct store_login_req *q,
                     struct store_login_res *r)
{
	(void)st;
	(void)a;
	if (store_err)
		return store_err;
	if (!str_eq(q->user, STR(USER)) || !str_eq(q->password, STR(PASSWORD)))
		return ERR_AUTH;
	fill_grant(&r->grant);
	r->address = STR(USER);
	return ERR_OK;
}

/* Not a mechanism of SASL; sasl/login.c has it beside the others. */
enum err store_apop(struct store *st, struct arena *a, const struct store_apop_req *q,
                    struct store_apop_res *r)
{
	(void)st;
	(void)a;
	(void)q;
	(void)r;
	return ERR_AUTH;
}

static struct directory_scram_keys scram_keys(void)
{
	struct directory_scram_keys keys;

	assert_int_equal(directory_scram_derive_with(STR(PASSWORD), STR("salt"), 4096, &keys),
	                 ERR_OK);
	return keys;
}

/* The state is client-first, a line feed, server-first. */
enum err store_scram_begin(struct store *st, struct arena *a, const struct store_scram_begin_req *q,
                           struct store_scram_begin_res *r)
{
	struct directory_scram_keys keys = scram_keys();
	struct directory_scram_first first;

	(void)st;
	if (store_err)
		return store_err;
	assert_int_equal(directory_scram_first_parse(a, q->client_first, &first), ERR_OK);
	r->server_first = directory_scram_first_answer(a, &first, &keys);
	r->state = str_printf(a, "%.*s\n%.*s", STR_ARG(q->client_first), STR_ARG(r->server_first));
	return ERR_OK;
}

enum err store_scram_finish(struct store *st, struct arena *a,
                            const struct store_scram_finish_req *q,
                            struct store_scram_finish_res *r)
{
	struct directory_scram_keys keys = scram_keys();
	struct str server_first = q->state, client_first;
	struct directory_scram_first first;
	enum err err;

	(void)st;
	str_cut(&server_first, '\n', &client_first);
	assert_int_equal(directory_scram_first_parse(a, client_first, &first), ERR_OK);
	err = directory_scram_final_check(a, &first, server_first, q->client_final,
	                                  q->channel_binding, &keys, &r->server_final);
	fill_grant(&r->grant);
	r->address = STR(USER);
	return err;
}

/* ---------------------------------------------------------------- the session */

static bool is_full;
static unsigned failures;

static bool user_enter(void *context, uint64_t account_id)
{
	(void)context;
	assert_int_equal(account_id, 7);
	return !is_full;
}

static uint32_t login_failed(void *context, const struct session_peer *peer)
{
	(void)context;
	(void)peer;
	failures++;
	return 250;
}

static const struct session_host host = { .user_enter = user_enter, .login_failed = login_failed };

struct fixture {
	struct session s;
	struct config config;
	struct config_listener listener;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .config.auth.mechanisms = "PLAIN LOGIN SCRAM-SHA-256",
		              .config.server.default_domain = "",
		              .listener.allow_plaintext_login = true };
	f.s = (struct session){ .config = &f.config,
		                .listener = &f.listener,
		                .host = &host,
		                .arena = arena_new(NULL),
		                .scratch = arena_new(NULL),
		                .stream = stream_open_memory() };
	store_err = ERR_OK;
	is_full = false;
	failures = 0;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	stream_close(&f->s.stream);
	arena_free(&f->s.arena);
	arena_free(&f->s.scratch);
	return 0;
}

static struct str b64(struct session *s, struct str octets)
{
	return codec_base64_encode(s->scratch, octets);
}

/* Begin without an initial response and answer with `lines`; between them the exchange is saved and
 * restored. */
static struct sasl_result talk(struct session *s, const char *mechanism, const struct str *lines,
                               size_t n)
{
	struct sasl_exchange *x;
	struct sasl_result r;

	sasl_exchange_begin(s, "pop3", str_c(mechanism), false, STR(""), &x, &r);
	for (size_t i = 0; i < n && r.status == SASL_CHALLENGE; i++) {
		struct buf saved = buf_in(s->scratch, 65536);
		struct str rest;

		assert_non_null(x);
		assert_int_equal(sasl_exchange_save(x, &saved), ERR_OK);
		sasl_exchange_end(&x);
		rest = buf_str(&saved);
		assert_int_equal(sasl_exchange_restore(s, "pop3", &rest, &x), ERR_OK);
		assert_int_equal(rest.n, 0);
		sasl_exchange_step(s, &x, lines[i], &r);
	}
	if (r.status != SASL_CHALLENGE)
		assert_null(x);
	sasl_exchange_end(&x);
	return r;
}

static struct sasl_result plain(struct session *s, struct str message)
{
	struct str line = b64(s, message);

	return talk(s, "plain", &line, 1);
}

static void test_plain_takes_octets(void **state)
{
	struct session *s = &((struct fixture *)*state)->s;
	struct sasl_result r = plain(s, STR("\0" USER "\0" PASSWORD));

	assert_int_equal(r.status, SASL_DONE);
	assert_int_equal(r.grant.account_id, 7);
	assert_str(r.address, USER);
	assert_str(r.user, USER);
	assert_int_equal(plain(s, STR(USER "\0" USER "\0" PASSWORD)).status, SASL_DONE);
	assert_int_equal(failures, 0);
}

static void test_plain_refuses(void **state)
{
	struct session *s = &((struct fixture *)*state)->s;
	struct sasl_result r = plain(s, STR("\0" USER "\0wrong"));
	struct str line = STR("*");

	assert_int_equal(r.err, ERR_AUTH);
	assert_int_equal(r.delay_ms, 250);
	assert_str(r.user, USER);
	assert_int_equal(plain(s, STR("other\0" USER "\0" PASSWORD)).err, ERR_AUTH);
	assert_int_equal(plain(s, STR("\0" USER "\0")).err, ERR_AUTH);
	assert_int_equal(plain(s, STR("\0\0" PASSWORD)).err, ERR_AUTH);
	assert_int_equal(failures, 4);
	assert_int_equal(plain(s, STR("")).err, ERR_PROTO);
	assert_int_equal(plain(s, STR("a")).err, ERR_PROTO);
	assert_int_equal(plain(s, STR("a\0b\0c\0d")).err, ERR_PROTO);
	assert_int_equal(talk(s, "PLAIN", &line, 1).err, ERR_CANCELLED);
	line = STR("not base64");
	assert_int_equal(talk(s, "PLAIN", &line, 1).err, ERR_PROTO);
	assert_int_equal(failures, 4);
}

static void test_plain_initial_response(void **state)
{
	struct session *s = &((struct fixture *)*state)->s;
	struct sasl_exchange *x;
	struct sasl_result r;

	sasl_exchange_begin(s, "pop3", STR("PLAIN"), true, b64(s, STR("\0" USER "\0" PASSWORD)), &x,
	                    &r);
	assert_int_equal(r.status, SASL_DONE);
	sasl_exchange_begin(s, "pop3", STR("PLAIN"), true, STR("="), &x, &r);
	assert_int_equal(r.err, ERR_PROTO);
	sasl_exchange_begin(s, "pop3", STR("PLAIN"), true, STR("*"), &x, &r);
	assert_int_equal(r.err, ERR_PROTO);
}

static void test_login_asks_twice(void **state)
{
	struct session *s = &((struct fixture *)*state)->s;
	const struct str lines[] = { b64(s, STR(USER)), b64(s, STR(PASSWORD)) };
	struct sasl_exchange *x;
	struct sasl_result r;

	sasl_exchange_begin(s, "pop3", STR("LOGIN"), false, STR(""), &x, &r);
	assert_str(r.challenge, "VXNlcm5hbWU6");
	sasl_exchange_step(s, &x, lines[0], &r);
	assert_str(r.challenge, "UGFzc3dvcmQ6");
	sasl_exchange_step(s, &x, lines[1], &r);
	assert_int_equal(r.status, SASL_DONE);
	assert_null(x);
	assert_int_equal(talk(s, "login", lines, 2).status, SASL_DONE);
}

/* The client's side of SCRAM (RFC 5802 section 3). */
static struct str client_final(struct session *s, const char *bare, struct str server_first,
                               const char *password, const char *gs2)
{
	unsigned char salted[32], client_key[32], stored[32], signature[32];
	struct str nonce = str_from(server_first, 2), without_proof, auth;
	unsigned n = 32;

	nonce = str_first(nonce, (size_t)str_find(nonce, ','));
	PKCS5_PBKDF2_HMAC(password, -1, (const unsigned char *)"salt", 4, 4096, EVP_sha256(), 32,
	                  salted);
	HMAC(EVP_sha256(), salted, 32, (const unsigned char *)"Client Key", 10, client_key, &n);
	SHA256(client_key, 32, stored);
	without_proof = str_printf(s->scratch, "c=%.*s,r=%.*s", STR_ARG(b64(s, str_c(gs2))),
	                           STR_ARG(nonce));
	auth = str_printf(s->scratch, "%s,%.*s,%.*s", bare, STR_ARG(server_first),
	                  STR_ARG(without_proof));
	HMAC(EVP_sha256(), stored, 32, auth.p, auth.n, signature, &n);
	for (int i = 0; i < 32; i++)
		client_key[i] ^= signature[i];
	return str_printf(s->scratch, "%.*s,p=%.*s", STR_ARG(without_proof),
	                  STR_ARG(b64(s, str_make(client_key, 32))));
}

static struct sasl_result scram(struct session *s, const char *password, bool is_polite)
{
	static const char bare[] = "n=" USER ",r=abcdef";
	struct str server_first;
	struct sasl_exchange *x;
	struct sasl_result r;

	sasl_exchange_begin(s, "pop3", STR("SCRAM-SHA-256"), true,
	                    b64(s, str_printf(s->scratch, "n,,%s", bare)), &x, &r);
	assert_int_equal(r.status, SASL_CHALLENGE);
	assert_int_equal(codec_base64_decode(s->scratch, r.challenge, &server_first), ERR_OK);
	sasl_exchange_step(s, &x, b64(s, client_final(s, bare, server_first, password, "n,,")), &r);
	if (r.status != SASL_CHALLENGE)
		return r;
	sasl_exchange_step(s, &x, is_polite ? STR("") : STR("YWJj"), &r);
	assert_null(x);
	return r;
}

static void test_scram_whole_exchange(void **state)
{
	struct session *s = &((struct fixture *)*state)->s;
	struct sasl_result r = scram(s, PASSWORD, true);

	assert_int_equal(r.status, SASL_DONE);
	assert_str(r.address, USER);
	assert_str(r.user, USER);
	assert_int_equal(r.grant.account_id, 7);
	r = scram(s, "wrong", true);
	assert_int_equal(r.err, ERR_AUTH);
	assert_str(r.user, USER);
	assert_int_equal(failures, 1);
	assert_int_equal(scram(s, PASSWORD, false).err, ERR_PROTO);
}

static void test_scram_binding_rules(void **state)
{
	struct session *s = &((struct fixture *)*state)->s;
	struct sasl_exchange *x;
	struct sasl_result r;

	/* -PLUS without TLS is not there; channel binding without -PLUS is against the rules. */
	sasl_exchange_begin(s, "pop3", STR("SCRAM-SHA-256-PLUS"), false, STR(""), &x, &r);
	assert_int_equal(r.err, ERR_NOTFOUND);
	sasl_exchange_begin(s, "pop3", STR("SCRAM-SHA-256"), true,
	                    b64(s, STR("p=tls-exporter,,n=u,r=x")), &x, &r);
	assert_int_equal(r.err, ERR_PROTO);
	sasl_exchange_begin(s, "pop3", STR("SCRAM-SHA-256"), true, b64(s, STR("n,a=other,n=u,r=x")),
	                    &x, &r);
	assert_int_equal(r.err, ERR_AUTH);
	sasl_exchange_begin(s, "pop3", STR("SCRAM-SHA-256"), true, b64(s, STR("y,,n=u,r=x")), &x,
	                    &r);
	assert_int_equal(r.status, SASL_CHALLENGE);
	sasl_exchange_end(&x);
}

static void test_mechanisms_follow_tls(void **state)
{
	struct fixture *f = *state;
	struct sasl_result r;

	assert_str(sasl_mechanism_list(&f->s, f->s.scratch, " "), " SCRAM-SHA-256 PLAIN LOGIN");
	f->listener.allow_plaintext_login = false;
	assert_str(sasl_mechanism_list(&f->s, f->s.scratch, " AUTH="), " AUTH=SCRAM-SHA-256");
	assert_int_equal(plain(&f->s, STR("\0" USER "\0" PASSWORD)).err, ERR_PERM);
	sasl_login_check(&f->s, "pop3", STR(USER), STR(PASSWORD), &r);
	assert_int_equal(r.err, ERR_PERM);
	stream_memory_set_tls(f->s.stream, true);
	assert_int_equal(plain(&f->s, STR("\0" USER "\0" PASSWORD)).status, SASL_DONE);
	f->config.auth.mechanisms = "LOGIN";
	assert_str(sasl_mechanism_list(&f->s, f->s.scratch, " "), " LOGIN");
	assert_int_equal(plain(&f->s, STR("\0" USER "\0" PASSWORD)).err, ERR_NOTFOUND);
	assert_int_equal(talk(&f->s, "CRAM-MD5", NULL, 0).err, ERR_NOTFOUND);
}

/* Our own trouble is never a wrong password, and what the store may say is narrowed to the list. */
static void test_trouble_is_not_a_wrong_password(void **state)
{
	static const struct {
		enum err store, want;
	} cases[] = {
		{ ERR_IO, ERR_TEMP },    { ERR_TIMEOUT, ERR_TEMP }, { ERR_CORRUPT, ERR_TEMP },
		{ ERR_LIMIT, ERR_TEMP }, { ERR_INVALID, ERR_TEMP }, { ERR_DENIED, ERR_DENIED },
		{ ERR_BUSY, ERR_BUSY },  { ERR_TEMP, ERR_TEMP },    { ERR_AUTH, ERR_AUTH },
	};
	struct session *s = &((struct fixture *)*state)->s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		store_err = cases[i].store;
		assert_int_equal(plain(s, STR("\0" USER "\0" PASSWORD)).err, cases[i].want);
	}
	assert_int_equal(failures, 1);
	store_err = ERR_OK;
	is_full = true;
	assert_int_equal(plain(s, STR("\0" USER "\0" PASSWORD)).err, ERR_LIMIT);
}

static void test_restore_refuses_damage(void **state)
{
	struct session *s = &((struct fixture *)*state)->s;
	struct buf saved = buf_in(s->scratch, 65536);
	struct sasl_exchange *x, *back = NULL;
	struct sasl_result r;

	sasl_exchange_begin(s, "pop3", STR("LOGIN"), true, b64(s, STR(USER)), &x, &r);
	assert_int_equal(sasl_exchange_save(x, &saved), ERR_OK);
	sasl_exchange_end(&x);
	for (size_t cut = 0; cut < saved.n; cut++) {
		struct str rest = str_first(buf_str(&saved), cut);

		assert_int_equal(sasl_exchange_restore(s, "pop3", &rest, &back), ERR_CORRUPT);
		assert_null(back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain_takes_octets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plain_refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plain_initial_response, setup, teardown),
		cmocka_unit_test_setup_teardown(test_login_asks_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scram_whole_exchange, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scram_binding_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mechanisms_follow_tls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trouble_is_not_a_wrong_password, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_restore_refuses_damage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
