/* LANG: RFC 6856 section 3. */
#include "src/net/stream.h"
#include "src/pop3/session_priv.h"

static void list_languages(struct pop3_session *p)
{
	pop3_reply_ok(p, POP3_SAY_LANGUAGES);
	for (enum pop3_language l = 0; l < POP3_LANGUAGE_COUNT; l++)
		stream_printf(p->s->stream, "%s %s\r\n", pop3_say_tag(l), pop3_say_name(l));
	stream_write_c(p->s->stream, ".\r\n");
}

/* LANG [language-range] */
void pop3_cmd_lang(struct pop3_session *p, struct str arg)
{
	enum pop3_language language;

	if (!str_trim(arg).n) {
		list_languages(p);
	} else if (!pop3_say_find(str_trim(arg), &language)) {
		pop3_reply_no(p, NULL, POP3_SAY_NO_LANGUAGE);
	} else {
		p->language = language;
		stream_printf(p->s->stream, "+OK %s %s\r\n", pop3_say_tag(language),
		              pop3_say_text(POP3_SAY_LANGUAGE_CHOSEN, language));
	}
}
