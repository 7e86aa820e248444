#include "src/base/buf.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/imap/session_priv.h"

/* RFC 2971 section 3.3: field names of 30, values of 1024 octets, 30 pairs. */
enum {
	FIELD_MAX = 30,
	VALUE_MAX = 1024,
	PAIRS_MAX = 30,
	LOG_MAX = 2000
};

static bool parse_pairs(struct imap_parser *p, struct buf *log)
{
	for (int i = 0; i < PAIRS_MAX; i++) {
		struct str field, value;
		bool is_nil;

		if (!imap_parser_string(p, &field) || !imap_parser_space(p) ||
		    !imap_parser_nstring(p, &value, &is_nil))
			return false;
		if (field.n > FIELD_MAX || value.n > VALUE_MAX)
			return imap_parser_fail(p,
			                        "fields of 30 and values of 1024 octets at most");
		/* What does not fit into the log line is not worth one. */
		if (!is_nil && buf_printf(log, "%s%.*s=%.*s", log->n ? " " : "", STR_ARG(field),
		                          STR_ARG(value)))
			log->max = log->n;
		if (!imap_parser_try(p, ' '))
			return imap_parser_byte(p, ')', "the end of the list");
	}
	return imap_parser_fail(p, "30 fields at most");
}

/* ID (RFC 2971): who the client is goes to the log, which is where it helps. */
enum imap_next imap_cmd_id(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct buf log = buf_in(c->a, LOG_MAX);

	if (!imap_parser_space(p))
		return imap_reply_bad(c);
	if (!imap_parser_try_word(p, "NIL")) {
		if (!imap_parser_byte(p, '(', "NIL or a list in parentheses"))
			return imap_reply_bad(c);
		if (!imap_parser_try(p, ')') && !parse_pairs(p, &log))
			return imap_reply_bad(c);
	}
	if (!imap_parser_end(p))
		return imap_reply_bad(c);
	if (log.n > 0)
		log_event(LOG_LEVEL_INFO, "imap.id", LOG_U("sid", c->session->id),
		          LOG_S("user", c->state->user), LOG_S("client", buf_str(&log)));
	imap_out_c(&c->out, c->config->imap.id_version
	                            ? "* ID (\"name\" \"Tayori\" \"version\" \"" TAYORI_VERSION
	                              "\")\r\n"
	                            : "* ID (\"name\" \"Tayori\")\r\n");
	return imap_reply_ok(c, NULL, "ID done.");
}
