#include <string.h>

#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/store/map.h"
#include "src/store/ranges.h"

static struct arena *a;

static int set_up(void **state)
{
	(void)state;
	a = arena_new(NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

static struct ranges parsed(const char *text)
{
	struct ranges r = ranges_in(a);

	assert_int_equal(ranges_parse(&r, str_c(text)), ERR_OK);
	ranges_sort(&r);
	return r;
}

static struct map *map_of(const char *text, uint64_t modseq)
{
	struct ranges r = parsed(text);

	return map_new(7, modseq, r.v, r.n);
}

static struct str text_of(const struct map *map)
{
	struct ranges r = ranges_in(a);

	for (size_t i = 0; i < map->n; i++)
		ranges_add(&r, map->v[i].first, map->v[i].last);
	return ranges_text(&r, a);
}

/* ---------------------------------------------------------------- ranges */

static void test_ranges_join_and_sort(void **state)
{
	struct ranges r = parsed("9,1:3,5,4,20:30,25:27,31");

	(void)state;
	assert_str(ranges_text(&r, a), "1:5,9,20:31");
	assert_int_equal(ranges_count(&r), 18);
	r = parsed("");
	assert_str(ranges_text(&r, a), "");
}

static void test_ranges_refuse_garbage(void **state)
{
	static const char *const bad[] = { "1:", ":2", "a", "3:1", "1;2", "1,,2", " 1", "-1" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ranges r = ranges_in(a);

		assert_int_equal(ranges_parse(&r, str_c(bad[i])), ERR_CORRUPT);
	}
}

static void test_ranges_have_things_in_common(void **state)
{
	struct ranges x = parsed("1:10,20:30,40");
	struct ranges y = parsed("5:25,28,40:50");
	struct ranges both = ranges_in(a);

	(void)state;
	ranges_and(&both, &x, &y);
	assert_str(ranges_text(&both, a), "5:10,20:25,28,40");
}

/* ---------------------------------------------------------------- maps */

static void test_map_translates(void **state)
{
	struct map *map = map_of("3:5,9,12:20", 1);
	uint64_t n = 0;

	(void)state;
	assert_int_equal(map->total, 13);
	for (uint64_t uid = 0; uid < 30; uid++) {
		assert_int_equal(map_count_below(map, uid), n);
		if (map_has(map, uid)) {
			assert_int_equal(map_uid_at(map, n), uid);
			n++;
		}
	}
	assert_int_equal(n, 13);
	map_unref(map);
}

static void test_map_within_spans(void **state)
{
	struct map *map = map_of("3:5,9,12:20", 1);
	struct ranges spans = parsed("1:4,8:13,19:99");
	struct ranges got = ranges_in(a);
	struct store_range *seqs, *uids;
	size_t n;

	(void)state;
	uids = map_within(map, a, spans.v, spans.n, &n, &seqs);
	got.v = uids;
	got.n = n;
	assert_str(ranges_text(&got, a), "3:4,9,12:13,19:20");
	got.v = seqs;
	assert_str(ranges_text(&got, a), "1:2,4,5:6,12:13");
	map_unref(map);
}

static void test_map_changes(void **state)
{
	static const struct {
		const char *old, *without, *with, *made;
	} cases[] = {
		{ "", "", "1:3", "1:3" },
		{ "1:3", "", "4:5", "1:5" },
		{ "1:9", "1,4:5,9", "", "2:3,6:8" },
		{ "1:9", "1:9", "12", "12" },
		{ "5:6,9", "", "1:2,7:8,20", "1:2,5:9,20" },
		{ "2:4,8:9", "3,8:9,50", "10:11", "2,4,10:11" },
		{ "1:3,7:9", "2:8", "", "1,9" },
		{ "3,5,7", "", "1,2,4,6,8", "1:8" },
		{ "10:20", "15", "1,12,30", "1,10:14,16:20,30" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct map *old = map_of(cases[i].old, 1);
		struct ranges without = parsed(cases[i].without);
		struct ranges with = parsed(cases[i].with);
		struct map *made = map_change(old, 2, without.v, without.n, with.v, with.n);

		assert_str(text_of(made), cases[i].made);
		assert_int_equal(made->modseq, 2);
		assert_int_equal(made->total, map_count_below(made, UINT64_MAX));
		map_unref(made);
		map_unref(old);
	}
}

/* Against a plain array of booleans. */
static void test_map_changes_at_random(void **state)
{
	uint64_t random = 88172645463325252u;

	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		bool has[64] = { false };
		struct ranges old = ranges_in(a), without = ranges_in(a), with = ranges_in(a);
		struct map *map, *made;

		for (uint64_t uid = 1; uid < 64; uid++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			if (random >> 20 & 1) {
				ranges_add(&old, uid, uid);
				has[uid] = !(random >> 21 & 1);
				if (!has[uid])
					ranges_add(&without, uid, uid);
			} else if (random >> 22 & 1) {
				ranges_add(&with, uid, uid);
				has[uid] = true;
			} else if (random >> 23 & 1) {
				ranges_add(&without, uid, uid);
			}
		}
		map = map_new(1, 1, old.v, old.n);
		made = map_change(map, 2, without.v, without.n, with.v, with.n);
		for (uint64_t uid = 1; uid < 64; uid++)
			assert_int_equal(map_has(made, uid), has[uid]);
		map_unref(map);
		map_unref(made);
	}
}

/* ---------------------------------------------------------------- the cache */

static struct map *cached(struct map_cache *cache, uint64_t epoch, uint64_t mailbox_id,
                          uint64_t modseq)
{
	struct map *map = map_cache_get(cache, epoch, mailbox_id, modseq);

	map_unref(map);
	return map;
}

static void test_cache_keeps_the_newest(void **state)
{
	struct map_cache *cache = map_cache_new(1 << 20);
	struct map *maps[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		maps[i] = map_of("1:5", 10 * (i + 1));
		map_cache_put(cache, 1, maps[i]);
	}
	assert_null(cached(cache, 1, 8, 100));
	assert_ptr_equal(cached(cache, 1, 7, 100), maps[3]);
	assert_ptr_equal(cached(cache, 1, 7, 39), maps[2]);
	assert_null(cached(cache, 1, 7, 29));
	/* An older one does not push out what is newer. */
	map_cache_put(cache, 1, maps[0]);
	assert_ptr_equal(cached(cache, 1, 7, 100), maps[3]);
	/* In another epoch the same MODSEQ may mean something else. */
	assert_null(cached(cache, 2, 7, 100));
	map_cache_put(cache, 1, maps[3]);
	assert_null(cached(cache, 1, 7, 100));
	for (unsigned i = 0; i < 4; i++)
		map_unref(maps[i]);
	map_cache_free(&cache);
	assert_null(cache);
}

static void test_cache_is_bounded(void **state)
{
	struct map_cache *cache = map_cache_new(10000);
	unsigned left = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct store_range range = { 1, i + 1 };
		struct map *map = map_new(i, 5, &range, 1);

		map_cache_put(cache, 1, map);
		map_unref(map);
		assert_non_null(cached(cache, 1, i, 5));
	}
	for (unsigned i = 0; i < 1000; i++)
		left += cached(cache, 1, i, 5) != NULL;
	assert_true(left > 10 && left < 200);
	map_cache_free(&cache);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ranges_join_and_sort),
		TEST(ranges_refuse_garbage),
		TEST(ranges_have_things_in_common),
		TEST(map_translates),
		TEST(map_within_spans),
		TEST(map_changes),
		TEST(map_changes_at_random),
		TEST(cache_keeps_the_newest),
		TEST(cache_is_bounded),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
