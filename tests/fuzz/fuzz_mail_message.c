/*
 * Any octets are a message: parsed under the usual limits and under narrow ones, and checked.
 */
#include "src/base/arena.h"
#include "src/mail/invariants_test.h"
#include "src/mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(struct str bytes, const struct mail_limits *limits)
{
	struct arena *a = arena_new(NULL);
	struct mail_message m;

	mail_message_parse(a, bytes, limits, &m);
	invariants_check(bytes, &m);
	arena_free(&a);
}

/* The octets taken for an index: nothing found may lie beyond what an index can name. */
static void find_in_damaged(struct str parts)
{
	static const uint32_t path[] = { 1, 2, 1 };
	struct mail_part_range r;

	for (size_t depth = 0; depth <= 3; depth++)
		for (int what = MAIL_PART_BODY; what <= MAIL_PART_TEXT; what++)
			if (mail_part_find(parts, path, depth, (enum mail_part_what)what, &r) ==
			    ERR_OK)
				must(r.offset + r.size < (uint64_t)1 << 36);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mail_limits narrow = {
		.max_parts = 5, .max_depth = 2, .max_header_bytes = 100, .max_addresses = 3
	};
	struct str bytes = str_make(data, size);

	parse(bytes, NULL);
	parse(bytes, &narrow);
	find_in_damaged(bytes);
	return 0;
}
