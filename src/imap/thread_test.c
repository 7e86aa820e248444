/* Threads as deep and as wide as a mailbox is large; what they look like is told by the stories. */
#include <stdio.h>

#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/imap/order_priv.h"

enum {
	MANY = 200000
};

struct seen {
	size_t messages, open, close, depth, deepest;
	bool is_wrong;
};

static void put(void *context, enum imap_thread_token token, size_t message)
{
	struct seen *s = context;

	s->messages += token == IMAP_THREAD_MESSAGE;
	s->open += token == IMAP_THREAD_OPEN;
	s->close += token == IMAP_THREAD_CLOSE;
	s->is_wrong |= message >= MANY || s->close > s->open;
	s->depth = s->open - s->close;
	if (s->depth > s->deepest)
		s->deepest = s->depth;
}

/* Messages whose reference is `refer(i)`, an id or empty. */
static struct seen run(int (*refer)(int i), size_t n)
{
	struct arena *a = arena_new(NULL);
	struct imap_thread *t = imap_thread_new(a, n);
	struct seen s = { 0 };
	char own[32], other[16];

	for (size_t i = 0; i < n; i++) {
		struct str reference;
		int to = refer((int)i);

		snprintf(own, sizeof own, "%zu@x", i);
		snprintf(other, sizeof other, "%d@x", to);
		reference = str_c(other);
		imap_thread_add(t, i, str_c(own), &reference, to >= 0);
		imap_thread_set(t, i, (int64_t)i, 0, false);
	}
	imap_thread_by_references(t);
	imap_thread_write(t, put, &s);
	/* A few dozen octets a message. */
	assert_true(arena_bytes(a) < n * 400 + 65536);
	arena_free(&a);
	assert_false(s.is_wrong);
	assert_int_equal(s.open, s.close);
	return s;
}

static int previous(int i)
{
	return i - 1;
}

static int next(int i)
{
	return i + 1;
}

static int first(int i)
{
	return i ? 0 : -1;
}

static int itself(int i)
{
	return i;
}

static void test_thread_of_any_shape_is_written_once(void **state)
{
	struct seen s;

	(void)state;
	s = run(previous, MANY);
	assert_int_equal(s.messages, MANY);
	assert_int_equal(s.deepest, 1);
	s = run(first, MANY);
	assert_int_equal(s.messages, MANY);
	assert_int_equal(s.deepest, 2);
	s = run(itself, MANY);
	assert_int_equal(s.messages, MANY);
	assert_int_equal(s.open, MANY);
	s = run(next, 20000);
	assert_int_equal(s.messages, 20000);
}

static void test_words_have_ranks(void **state)
{
	struct arena *a = arena_new(NULL);
	struct imap_words words = imap_words_in(a);
	char text[32];

	(void)state;
	for (int i = 5000; i > 0; i--) {
		snprintf(text, sizeof text, "%05d", i % 2500);
		imap_words_add(&words, str_c(text));
	}
	assert_int_equal(words.n, 2501);
	assert_int_equal(imap_words_add(&words, STR("")), 0);
	assert_int_equal(imap_words_add(&words, STR("00007")),
	                 imap_words_add(&words, STR("00007")));
	imap_words_rank(&words);
	assert_int_equal(words.ranks[0], 0);
	for (int i = 0; i < 2500; i++) {
		snprintf(text, sizeof text, "%05d", i);
		assert_int_equal(words.ranks[imap_words_add(&words, str_c(text))], i + 1);
	}
	arena_free(&a);
}

static void test_hash_depends_on_key_and_length(void **state)
{
	(void)state;
	assert_true(imap_words_hash(12345, STR("abcdefgh")) !=
	            imap_words_hash(12345, STR("abcdefg")));
	assert_true(imap_words_hash(12345, STR("a\0")) != imap_words_hash(12345, STR("a")));
	assert_true(imap_words_hash(12345, STR("abc")) != imap_words_hash(54321, STR("abc")));
	assert_true(imap_words_hash(12345, STR("abc")) == imap_words_hash(12345, STR("abc")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thread_of_any_shape_is_written_once),
		cmocka_unit_test(test_words_have_ranks),
		cmocka_unit_test(test_hash_depends_on_key_and_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
