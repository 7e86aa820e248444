#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/imap/order_priv.h"

#define PRIME ((UINT64_C(1) << 61) - 1)

uint64_t imap_words_key(void)
{
	return random_u64() % (PRIME - 1) + 1;
}

/* a * b + c modulo 2^61 - 1, for numbers below 2^61. */
static uint64_t multiply_add(uint64_t a, uint64_t b, uint64_t c)
{
	unsigned __int128 product = (unsigned __int128)a * b + c;
	uint64_t sum = (uint64_t)(product & PRIME) + (uint64_t)(product >> 61);

	return sum >= PRIME ? sum - PRIME : sum;
}

uint64_t imap_words_hash(uint64_t key, struct str text)
{
	uint64_t hash = text.n;

	/* Seven octets are one coefficient. */
	while (text.n > 0) {
		uint64_t part = 0;
		size_t n = text.n < 7 ? text.n : 7;

		memcpy(&part, text.p, n);
		hash = multiply_add(hash, key, part);
		text = str_from(text, n);
	}
	return multiply_add(hash, key, 1);
}

struct imap_words imap_words_in(struct arena *a)
{
	struct imap_words words = { .a = a, .key = imap_words_key() };

	words.room = 256;
	words.texts = arena_array(a, words.room, sizeof *words.texts);
	words.slots = 1024;
	words.table = arena_array(a, words.slots, sizeof *words.table);
	imap_words_add(&words, STR(""));
	return words;
}

/* Where a text stands, or would stand. */
static uint32_t *find_slot(const struct imap_words *words, struct str text)
{
	size_t i = imap_words_hash(words->key, text) & (words->slots - 1);

	while (words->table[i] && !str_eq(words->texts[words->table[i] - 1], text))
		i = (i + 1) & (words->slots - 1);
	return &words->table[i];
}

static void make_room(struct imap_words *words)
{
	if (words->n == words->room) {
		size_t room = words->room * 2;

		words->texts = arena_grow(words->a, words->texts,
		                          words->room * sizeof *words->texts,
		                          room * sizeof *words->texts);
		words->room = room;
	}
	if (2 * words->n < words->slots)
		return;
	words->slots *= 4;
	words->table = arena_array(words->a, words->slots, sizeof *words->table);
	for (size_t i = 0; i < words->n; i++)
		*find_slot(words, words->texts[i]) = (uint32_t)i + 1;
}

uint32_t imap_words_add(struct imap_words *words, struct str text)
{
	uint32_t *slot;

	text = str_first(text,
	                 words->bytes < IMAP_WORDS_MAX_BYTES ? IMAP_WORD_MAX : IMAP_WORD_SHORT);
	slot = find_slot(words, text);
	if (*slot)
		return *slot - 1;
	make_room(words);
	words->texts[words->n] = str_dup(words->a, text);
	words->bytes += text.n;
	*find_slot(words, text) = (uint32_t)++words->n;
	return (uint32_t)words->n - 1;
}

static int compare(const void *a, const void *b, void *texts)
{
	return str_cmp(((const struct str *)texts)[*(const uint32_t *)a],
	               ((const struct str *)texts)[*(const uint32_t *)b]);
}

void imap_words_rank(struct imap_words *words)
{
	uint32_t *order = arena_array(words->a, words->n, sizeof *order);

	words->ranks = arena_array(words->a, words->n, sizeof *words->ranks);
	for (size_t i = 0; i < words->n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, words->n, sizeof *order, compare, words->texts);
	for (size_t i = 0; i < words->n; i++)
		words->ranks[order[i]] = (uint32_t)i;
}
