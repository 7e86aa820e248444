/*
 * The configuration file: any text gives a snapshot or an error that says something, and leaves
 * nothing behind.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/config/option.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read can be written, and means the same when it is read again. */
static void check_format(const struct config *c)
{
	struct buf text = buf_in(NULL, 1 << 24);
	const struct config *again = NULL;
	struct errinfo info;

	for (const struct option *o = option_first(); o; o = option_next(o)) {
		must(buf_printf(&text, "%s { %s = ", o->section, o->name) == ERR_OK);
		must(option_format(o, c, &text) == ERR_OK && buf_add_c(&text, " }\n") == ERR_OK);
	}
	must(buf_add_byte(&text, 0) == ERR_OK);
	must(config_parse("again", (const char *)text.p, &again, &info) == ERR_OK);
	must(c->limits.message_max_bytes == again->limits.message_max_bytes);
	must(c->imap.keepalive_ms == again->imap.keepalive_ms);
	must(strcmp(c->store.conninfo, again->store.conninfo) == 0);
	config_unref(&again);
	buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char good[] = "smtp { hops_max = 77 }";
	const struct config *c = NULL;
	struct errinfo info = { 0 };
	char *text = malloc(size + 1);

	must(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	if (config_parse("t", text, &c, &info) == ERR_OK)
		check_format(c);
	else
		must(!c && strncmp(info.text, "t:", 2) == 0);
	config_unref(&c);
	must(config_parse("good", good, &c, &info) == ERR_OK && c->smtp.hops_max == 77);
	config_unref(&c);
	free(text);
	return 0;
}
