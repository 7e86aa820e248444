#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/imap/session_priv.h"

struct fixture {
	struct imap_cmd cmd;
	struct imap_state state;
};

static struct imap_cmd *command(struct fixture *f, struct arena *a, uint64_t exists)
{
	f->state.mailbox.exists = exists;
	f->cmd.state = &f->state;
	f->cmd.a = a;
	f->cmd.in.arena = a;
	return &f->cmd;
}

static bool resolve(struct imap_cmd *c, const char *text, bool is_uid, struct store_set *set_r)
{
	struct imap_set set;

	c->in.rest = str_c(text);
	c->in.expected = NULL;
	assert_true(imap_parser_set(&c->in, &set));
	return imap_set_resolve(c, &set, is_uid, set_r);
}

static void assert_set(const struct store_set *set, const char *want)
{
	struct imap_out out = { .stream = NULL };

	imap_out_ranges(&out, set->ranges, set->n_ranges);
	assert_str(str_make(out.p, out.n), want);
}

static void test_numbers_are_checked(void **state)
{
	struct arena *a = arena_new(NULL);
	struct fixture *f = ARENA_NEW(a, struct fixture);
	struct imap_cmd *c = command(f, a, 10);
	struct store_set set;

	(void)state;
	assert_true(resolve(c, "9,1:3,2:5,6,*", false, &set));
	assert_set(&set, "1:6,9:10");
	assert_int_equal(imap_set_count(&set), 8);
	assert_true(resolve(c, "3:*", false, &set));
	assert_set(&set, "3:10");
	assert_false(resolve(c, "11", false, &set));
	assert_false(resolve(c, "5:12", false, &set));
	assert_true(resolve(c, "5000000,7", true, &set));
	assert_set(&set, "7,5000000");
	c = command(f, a, 0);
	assert_false(resolve(c, "1:*", false, &set));
	assert_false(resolve(c, "*", false, &set));
	assert_true(resolve(c, "1:*", true, &set));
	arena_free(&a);
}

static void test_slices(void **state)
{
	struct arena *a = arena_new(NULL);
	struct fixture *f = ARENA_NEW(a, struct fixture);
	struct imap_cmd *c = command(f, a, 100);
	static const char *const want[] = { "1:4", "5:8", "9:10,20:21", "22,30,32,34", "36" };
	struct imap_set_slices slices;
	struct store_set set, part;

	(void)state;
	assert_true(resolve(c, "1:10,20:22,30,32,34,36", false, &set));
	assert_int_equal(imap_set_slices_init(c, &set, &slices), ERR_OK);
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		assert_true(imap_set_slices_next(&slices, a, 4, &part));
		assert_set(&part, want[i]);
	}
	assert_false(imap_set_slices_next(&slices, a, 4, &part));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_checked),
		cmocka_unit_test(test_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
