#include <stdio.h>

#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/unit.h"
#include "src/config/config.h"
#include "src/smtp/smtp.h"
#include "src/smtp/smtp_priv.h"

static struct session make_session(const struct config *config)
{
	static const struct config_listener listener = { .protocol = CONFIG_PROTOCOL_SUBMISSION };
	static const struct session_host host = { 0 };

	return (struct session){ .class = &smtp_session_class,
		                 .config = config,
		                 .host = &host,
		                 .listener = &listener,
		                 .arena = arena_new(NULL) };
}

static void add_rcpt(struct smtp_transaction *txn, struct str address, size_t n_routes)
{
	struct smtp_rcpt *rcpt = smtp_transaction_add_rcpt(txn);

	rcpt->given = address;
	rcpt->orcpt = STR("rfc822;x");
	rcpt->notify = 6;
	rcpt->n_routes = n_routes;
	rcpt->routes = arena_array(txn->arena, n_routes, sizeof *rcpt->routes);
	for (size_t i = 0; i < n_routes; i++)
		rcpt->routes[i] = (struct store_route){ .account_id = i + 70, .address = address };
	txn->n_routes += n_routes;
}

/* A session in the middle of everything that can be saved. */
static void fill_session(struct session *s)
{
	struct smtp_state *st = ARENA_NEW(s->arena, struct smtp_state);
	struct smtp_transaction *txn;

	s->state = st;
	st->has_helo = st->is_esmtp = st->is_logged_in = true;
	snprintf(st->helo, sizeof st->helo, "client.example");
	st->errors = 3;
	st->messages = 1000;
	st->deadline_ms = clock_mono_ms() + 5000;
	st->grant = (struct store_grant){ 9, 77, STR("seal\0with NUL") };
	st->user = STR("ann@example.org");
	txn = smtp_transaction_begin(s);
	txn->sender = STR("ann@example.org");
	txn->envid = STR("QQ");
	txn->ret = 2;
	txn->size = 12345;
	add_rcpt(txn, STR("bob@example.net"), 1);
	add_rcpt(txn, STR("all@example.org"), 3);
}

static void check_session(const struct session *s)
{
	const struct smtp_state *st = smtp_state(s);

	assert_str(str_c(st->helo), "client.example");
	assert_int_equal(st->errors, 3);
	assert_int_equal(st->messages, 1000);
	assert_int_equal(st->deadline_ms, clock_mono_ms() + 5000);
	assert_int_equal(st->login_deadline_ms, 0);
	assert_int_equal(st->grant.account_id, 9);
	assert_int_equal(st->grant.seal.n, 13);
	assert_str(st->user, "ann@example.org");
	assert_non_null(st->txn);
	assert_str(st->txn->sender, "ann@example.org");
	assert_int_equal(st->txn->size, 12345);
	assert_int_equal(st->txn->n_rcpts, 2);
	assert_int_equal(st->txn->n_routes, 4);
	assert_str(st->txn->rcpts[1].given, "all@example.org");
	assert_int_equal(st->txn->rcpts[1].notify, 6);
	assert_int_equal(st->txn->rcpts[1].routes[2].account_id, 72);
}

static void test_save_comes_back(void **state)
{
	const struct config *config = config_defaults();
	struct session s = make_session(config), t = make_session(config);
	struct buf saved = buf_in(NULL, 65536), again = buf_in(NULL, 65536);

	(void)state;
	clock_test_set(1795403045000, 1000000);
	fill_session(&s);
	assert_int_equal(smtp_save(&s, &saved), ERR_OK);
	arena_free(&s.arena);
	/* Another machine's clock: what was left is what is left. */
	clock_test_set(1795403045000, 77000000);
	assert_int_equal(smtp_restore(&t, buf_str(&saved)), ERR_OK);
	check_session(&t);
	assert_int_equal(smtp_save(&t, &again), ERR_OK);
	assert_true(str_eq(buf_str(&saved), buf_str(&again)));
	buf_clear(&saved);
	buf_clear(&again);
	arena_free(&t.arena);
	clock_test_clear();
	config_unref(&config);
}

/* Whatever is cut off or damaged is noticed or harmless. */
static void test_save_survives_damage(void **state)
{
	const struct config *config = config_defaults();
	struct session s = make_session(config);
	struct buf saved = buf_in(NULL, 65536);

	(void)state;
	fill_session(&s);
	assert_int_equal(smtp_save(&s, &saved), ERR_OK);
	for (size_t n = 0; n < saved.n; n++) {
		struct session t = make_session(config);

		assert_int_equal(smtp_restore(&t, str_make(saved.p, n)), ERR_CORRUPT);
		arena_free(&t.arena);
	}
	for (size_t n = 0; n < saved.n; n++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct session t = make_session(config);

			saved.p[n] ^= (unsigned char)(1U << bit);
			(void)!smtp_restore(&t, buf_str(&saved));
			saved.p[n] ^= (unsigned char)(1U << bit);
			arena_free(&t.arena);
		}
	buf_clear(&saved);
	saved = buf_in(NULL, 20);
	assert_int_equal(smtp_save(&s, &saved), ERR_LIMIT);
	buf_clear(&saved);
	arena_free(&s.arena);
	config_unref(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_save_comes_back),
		cmocka_unit_test(test_save_survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
