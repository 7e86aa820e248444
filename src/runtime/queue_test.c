#include <string.h>

#include "src/base/unit.h"
#include "src/config/config.h"
#include "src/runtime/pool_priv.h"

enum {
	THREADS = 32,
	NEWCOMERS = THREADS / 2
};

struct crowd {
	struct runtime_pool pool;
	struct config_listener imap, mx;
	struct conn conns[400];
	size_t n;
};

static struct crowd crowd;

static void begin(void)
{
	memset(&crowd, 0, sizeof crowd);
	crowd.pool.may_run = THREADS;
	crowd.pool.hash_key = (struct runtime_hash_key){ 1, 2 };
	crowd.imap.protocol = CONFIG_PROTOCOL_IMAP;
	crowd.mx.protocol = CONFIG_PROTOCOL_SMTP;
	queue_init(&crowd.pool);
}

static struct conn *come(const struct config_listener *l, bool is_user, uint8_t address)
{
	struct conn *c = &crowd.conns[crowd.n++];

	c->session.listener = l;
	c->session.is_user = is_user;
	c->session.peer.address[10] = c->session.peer.address[11] = 0xff;
	c->session.peer.address[15] = address;
	queue_add(&crowd.pool, c);
	return c;
}

static void test_first_come_first_served(void **state)
{
	struct conn *a, *b;

	(void)state;
	begin();
	assert_false(queue_has_work(&crowd.pool));
	assert_null(queue_take(&crowd.pool));
	a = come(&crowd.imap, true, 1);
	b = come(&crowd.mx, false, 1);
	assert_true(queue_has_work(&crowd.pool));
	assert_ptr_equal(queue_take(&crowd.pool), a);
	assert_ptr_equal(queue_take(&crowd.pool), b);
	assert_false(b->is_newcomer);
	assert_null(queue_take(&crowd.pool));
}

/* A message that is about to be accepted goes before the rest, but does not shut it out. */
static void test_urgent_ones_go_first(void **state)
{
	struct conn *user, *urgent;
	int before = 0;

	(void)state;
	begin();
	user = come(&crowd.imap, true, 1);
	for (int i = 0; i < 100; i++) {
		urgent = &crowd.conns[crowd.n];
		urgent->session.is_urgent = true;
		come(&crowd.mx, false, 2);
	}
	while (queue_take(&crowd.pool) != user)
		before++;
	assert_true(before > 0 && before < 20);
	for (; before < 100; before++)
		assert_non_null(queue_take(&crowd.pool));
	assert_int_equal(queue_since(&crowd.pool), 0);
	assert_null(queue_take(&crowd.pool));
}

/* However many come, the others find threads; and the next goes in when one is done. */
static void test_newcomers_have_a_quarter(void **state)
{
	struct conn *user;

	(void)state;
	begin();
	for (unsigned i = 0; i < 100; i++)
		come(&crowd.imap, false, (uint8_t)i);
	for (unsigned i = 0; i < NEWCOMERS; i++)
		assert_true(queue_take(&crowd.pool)->is_newcomer);
	assert_false(queue_has_work(&crowd.pool));
	assert_null(queue_take(&crowd.pool));
	user = come(&crowd.imap, true, 1);
	assert_ptr_equal(queue_take(&crowd.pool), user);
	queue_done(&crowd.pool);
	assert_true(queue_take(&crowd.pool)->is_newcomer);
	assert_null(queue_take(&crowd.pool));
}

/* Both kinds make progress while both wait. */
static void test_kinds_take_turns(void **state)
{
	unsigned n_new = 0;

	(void)state;
	begin();
	for (unsigned i = 0; i < 20; i++) {
		come(&crowd.imap, false, 1);
		come(&crowd.imap, true, 1);
	}
	for (unsigned i = 0; i < 10; i++)
		n_new += queue_take(&crowd.pool)->is_newcomer;
	assert_int_equal(n_new, 5);
}

/* Three hundred from one address are one turn. */
static void test_addresses_take_turns(void **state)
{
	struct conn *other, *c;
	unsigned n = 0;

	(void)state;
	begin();
	for (unsigned i = 0; i < 300; i++)
		come(&crowd.imap, false, 1);
	for (unsigned i = 0; i < NEWCOMERS; i++)
		queue_take(&crowd.pool);
	other = come(&crowd.imap, false, 2);
	do {
		queue_done(&crowd.pool);
		c = queue_take(&crowd.pool);
		n++;
	} while (c != other);
	assert_true(n <= 2);
	/* Nobody is forgotten. */
	for (; n < 300 - NEWCOMERS + 1; n++) {
		queue_done(&crowd.pool);
		assert_non_null(queue_take(&crowd.pool));
	}
	queue_done(&crowd.pool);
	assert_null(queue_take(&crowd.pool));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_come_first_served),
		cmocka_unit_test(test_urgent_ones_go_first),
		cmocka_unit_test(test_newcomers_have_a_quarter),
		cmocka_unit_test(test_kinds_take_turns),
		cmocka_unit_test(test_addresses_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
