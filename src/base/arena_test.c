#include <string.h>

#include "src/base/arena.h"
#include "src/base/unit.h"

static char order[8];

static void note(void *object)
{
	strncat(order, object, 1);
}

static void test_arena_runs_cleanups_newest_first_children_before(void **state)
{
	struct arena *a = arena_new(NULL);
	struct arena *child = arena_new(a);
	char one[] = "1", two[] = "2", three[] = "3";

	(void)state;
	order[0] = 0;
	arena_defer(a, note, one);
	arena_defer(a, note, two);
	arena_defer(child, note, three);
	arena_reset(a);
	assert_string_equal(order, "321");
	arena_free(&a);
	assert_null(a);
	arena_free(&a);
	assert_string_equal(order, "321");
}

static void test_arena_child_freed_alone_leaves_siblings(void **state)
{
	struct arena *a = arena_new(NULL);
	struct arena *first = arena_new(a), *second = arena_new(a), *third = arena_new(a);
	char *text = arena_alloc(first, 4);

	(void)state;
	memcpy(text, "abc", 4);
	arena_free(&second);
	arena_free(&third);
	assert_string_equal(text, "abc");
	arena_free(&a);
}

static void test_arena_memory_is_zeroed_and_grows_in_place(void **state)
{
	struct arena *a = arena_new(NULL);
	unsigned char *p = arena_alloc(a, 10), *q;

	(void)state;
	memset(p, 0xff, 10);
	q = arena_grow(a, p, 10, 100);
	assert_ptr_equal(p, q);
	assert_int_equal(q[9], 0xff);
	assert_int_equal(q[10], 0);
	assert_int_equal(q[99], 0);
	arena_alloc(a, 1);
	q = arena_grow(a, p, 100, 200000);
	assert_ptr_not_equal(p, q);
	assert_int_equal(q[9], 0xff);
	assert_int_equal(q[199999], 0);
	assert_true(arena_bytes(a) > 200000);
	arena_reset(a);
	assert_true(arena_bytes(a) < 1000);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_runs_cleanups_newest_first_children_before),
		cmocka_unit_test(test_arena_child_freed_alone_leaves_siblings),
		cmocka_unit_test(test_arena_memory_is_zeroed_and_grows_in_place),
	};

	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
