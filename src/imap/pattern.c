#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/imap/pattern_priv.h"

enum {
	BITS = 64,
	WORDS_MAX = IMAP_PATTERN_MAX / BITS + 1
};

/*
 * Bit i of a state: the first i octets that are no wildcards have been matched. A wildcard before
 * octet i (or at the end) lets the state stay where it is.
 */
struct imap_pattern {
	size_t n; /* octets without wildcards */
	size_t words;
	uint64_t *star, *percent; /* which wildcard stands before octet i */
	uint64_t *octet;          /* for each of 256 octets, `words` words: octet i is this one */
};

static void set_bit(uint64_t *words, size_t i)
{
	words[i / BITS] |= UINT64_C(1) << i % BITS;
}

struct imap_pattern *imap_pattern_new(struct arena *a, struct str text)
{
	struct imap_pattern *p = ARENA_NEW(a, struct imap_pattern);

	must(text.n <= IMAP_PATTERN_MAX);
	p->words = text.n / BITS + 1;
	p->star = arena_array(a, p->words, sizeof *p->star);
	p->percent = arena_array(a, p->words, sizeof *p->percent);
	p->octet = arena_array(a, 256 * p->words, sizeof *p->octet);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '*')
			set_bit(p->star, p->n);
		else if (text.p[i] == '%')
			set_bit(p->percent, p->n);
		else
			set_bit(&p->octet[text.p[i] * p->words], p->n++);
	}
	return p;
}

static unsigned char other_case(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

/* One octet of the name; false when nothing can match any more. */
static bool step(const struct imap_pattern *p, uint64_t *state, unsigned char c, bool is_folded)
{
	const uint64_t *same = &p->octet[c * p->words];
	const uint64_t *folded = &p->octet[(is_folded ? other_case(c) : c) * p->words];
	uint64_t carry = 0, any = 0;

	for (size_t i = 0; i < p->words; i++) {
		uint64_t on = state[i] & (same[i] | folded[i]);
		uint64_t stay = state[i] & (p->star[i] | (c == '/' ? 0 : p->percent[i]));

		state[i] = on << 1 | carry | stay;
		carry = on >> (BITS - 1);
		any |= state[i];
	}
	return any != 0;
}

bool imap_pattern_match(const struct imap_pattern *p, struct str name)
{
	/* In the store INBOX is in capitals, also as the first level. */
	bool is_inbox = str_starts(name, STR("INBOX")) && (name.n == 5 || name.p[5] == '/');
	uint64_t state[WORDS_MAX];

	memset(state, 0, p->words * sizeof *state);
	state[0] = 1;
	for (size_t i = 0; i < name.n; i++) {
		if (!step(p, state, name.p[i], is_inbox && i < 5))
			return false;
	}
	return state[p->n / BITS] >> p->n % BITS & 1;
}
