#include "src/runtime/hash.h"

#include <string.h>

#include "src/base/random.h"

struct state {
	uint64_t v0, v1, v2, v3;
};

struct runtime_hash_key runtime_hash_key_new(void)
{
	return (struct runtime_hash_key){ .k0 = random_u64(), .k1 = random_u64() };
}

static uint64_t rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void mix(struct state *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static void add_word(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	mix(s);
	mix(s);
	s->v0 ^= word;
}

uint64_t runtime_hash(const struct runtime_hash_key *key, struct str in)
{
	struct state s = {
		.v0 = key->k0 ^ 0x736f6d6570736575u,
		.v1 = key->k1 ^ 0x646f72616e646f6du,
		.v2 = key->k0 ^ 0x6c7967656e657261u,
		.v3 = key->k1 ^ 0x7465646279746573u,
	};
	uint64_t word, last = (uint64_t)in.n << 56;
	size_t i = 0;

	for (; i + 8 <= in.n; i += 8) {
		memcpy(&word, in.p + i, 8);
		add_word(&s, word);
	}
	for (unsigned shift = 0; i < in.n; i++, shift += 8)
		last |= (uint64_t)in.p[i] << shift;
	add_word(&s, last);
	s.v2 ^= 0xff;
	for (int i_round = 0; i_round < 4; i_round++)
		mix(&s);
	word = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	return word ? word : 1;
}
