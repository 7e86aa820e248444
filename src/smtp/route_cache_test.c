#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/unit.h"
#include "src/smtp/route_cache.h"
#include "src/store/store.h"

static struct store_route route = { .kind = STORE_ROUTE_LOCAL, .account_id = 7 };

static struct store_resolve_res answer(void)
{
	route = (struct store_route){
		.kind = STORE_ROUTE_LOCAL,
		.account_id = 7,
		.address = STR("ann@example.org"),
		.detail = STR("work"),
	};
	return (struct store_resolve_res){
		.status = STORE_RESOLVE_OK,
		.routes = &route,
		.n_routes = 1,
	};
}

static void test_route_cache_gives_back_what_was_kept_until_it_is_old(void **state)
{
	struct arena *a = arena_new(NULL);
	struct store_resolve_res kept = answer(), got = { 0 };

	(void)state;
	clock_test_set(1000, 1000);
	smtp_route_cache_put(STR("ann+work@example.org"), 100, &kept);
	assert_true(smtp_route_cache_get(a, STR("ann+work@example.org"), 100, 5000, &got));
	assert_int_equal(got.n_routes, 1);
	assert_int_equal(got.routes[0].account_id, 7);
	assert_str(got.routes[0].address, "ann@example.org");
	assert_str(got.routes[0].detail, "work");
	assert_false(smtp_route_cache_get(a, STR("ann+work@example.org"), 101, 5000, &got));
	assert_false(smtp_route_cache_get(a, STR("ann@example.org"), 0, 5000, &got));
	assert_false(smtp_route_cache_get(a, STR("ann+work@example.org"), 0, 0, &got));
	clock_test_advance(5000);
	assert_false(smtp_route_cache_get(a, STR("ann+work@example.org"), 0, 5000, &got));
	clock_test_clear();
	smtp_route_cache_clear();
	arena_free(&a);
}

static void test_route_cache_keeps_good_news_only(void **state)
{
	struct arena *a = arena_new(NULL);
	struct store_resolve_res kept, got;

	(void)state;
	kept = answer();
	kept.status = STORE_RESOLVE_NO_USER;
	smtp_route_cache_put(STR("x@example.org"), 0, &kept);
	kept = answer();
	route.is_over_quota = true;
	smtp_route_cache_put(STR("x@example.org"), 0, &kept);
	kept = answer();
	route.is_unavailable = true;
	smtp_route_cache_put(STR("x@example.org"), 0, &kept);
	kept = answer();
	route.kind = STORE_ROUTE_REMOTE;
	smtp_route_cache_put(STR("x@example.org"), 0, &kept);
	assert_false(smtp_route_cache_get(a, STR("x@example.org"), 0, 5000, &got));
	smtp_route_cache_clear();
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_cache_gives_back_what_was_kept_until_it_is_old),
		cmocka_unit_test(test_route_cache_keeps_good_news_only),
	};

	return cmocka_run_group_tests_name("smtp/route_cache", tests, NULL, NULL);
}
