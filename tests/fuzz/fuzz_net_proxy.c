/*
 * PROXY headers: an answer never changes when more octets come, and a header is no longer than its
 * cap.
 */
#include <string.h>

#include "src/base/must.h"
#include "src/net/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_make(data, size);
	struct proxy_header whole = { 0 }, part;
	enum proxy_got got = proxy_header_parse(s, &whole), part_got;
	size_t end = size < PROXY_HEADER_MAX + 1 ? size : PROXY_HEADER_MAX + 1;

	must(got != PROXY_GOT || (whole.size <= size && whole.size <= PROXY_HEADER_MAX));
	must(got != PROXY_MORE || size < PROXY_HEADER_MAX);
	must(size == 0 || got == PROXY_BAD || proxy_header_looks(s));
	for (size_t n = 0; n <= end; n++) {
		memset(&part, 0, sizeof part);
		part_got = proxy_header_parse(str_first(s, n), &part);
		if (part_got == PROXY_MORE)
			continue;
		must(part_got == got);
		must(got != PROXY_GOT || memcmp(&part, &whole, sizeof part) == 0);
	}
	return 0;
}
