/*
 * Flag blocks: what can be read keeps within the block and is the same when it is written again.
 */
#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/store/flag_block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(NULL);
	struct flag_runs runs = { .arena = a }, back = { .arena = a };
	uint64_t first = 5 * FLAG_BLOCK_UIDS;

	if (flag_block_parse(&runs, first, str_make(data, size)) == ERR_OK) {
		for (size_t i = 0; i < runs.n; i++) {
			must(runs.v[i].first == (i ? runs.v[i - 1].last + 1 : first));
			must(runs.v[i].last >= runs.v[i].first &&
			     runs.v[i].last <= flag_block_last(first));
		}
		must(flag_block_parse(&back, first, flag_block_text(&runs, first)) == ERR_OK);
		must(back.n == runs.n);
		for (size_t i = 0; i < runs.n; i++)
			must(back.v[i].last == runs.v[i].last &&
			     back.v[i].modseq == runs.v[i].modseq &&
			     back.v[i].flags == runs.v[i].flags &&
			     str_eq(back.v[i].kw, runs.v[i].kw));
	}
	arena_free(&a);
	return 0;
}
