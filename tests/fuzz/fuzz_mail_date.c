/*
 * Dates: what is understood can be written, and means the same when it is read again.
 */
#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/mail/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(NULL);
	struct str text = str_make(data, size);
	int zone, zone_back;
	int64_t ms, back;

	if (mail_date_parse(text, &ms, &zone) == ERR_OK && zone > -6000 && zone < 6000) {
		must(mail_date_parse(mail_date_format(a, ms, zone), &back, &zone_back) == ERR_OK);
		/* The first and last days of the calendar are cut by the zone. */
		if (ms > -INT64_C(62167000000000) && ms < INT64_C(253402000000000))
			must(back == ms && zone_back == zone);
	}
	if (mail_date_parse_imap(text, &ms, &zone) == ERR_OK && ms > -INT64_C(62167000000000) &&
	    ms < INT64_C(253402000000000)) {
		must(mail_date_parse_imap(mail_date_format_imap(a, ms, zone), &back, NULL) ==
		     ERR_OK);
		must(back == ms);
	}
	arena_free(&a);
	return 0;
}
