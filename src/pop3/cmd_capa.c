/* CAPA: RFC 2449. */
#include "src/config/config.h"
#include "src/net/stream.h"
#include "src/pop3/session_priv.h"
#include "src/sasl/login.h"
#include "src/sasl/mechanism.h"

static void list_login(struct pop3_session *p)
{
	struct stream *out = p->s->stream;
	struct str mechanisms = sasl_mechanism_list(p->s, p->s->scratch, " ");

	if (sasl_login_allows_plaintext(p->s))
		stream_write_c(out, "USER\r\n");
	if (mechanisms.n)
		stream_printf(out, "SASL%.*s\r\n", STR_ARG(mechanisms));
	if (p->s->tls && p->s->listener->tls == CONFIG_TLS_STARTTLS && !stream_tls_info(out).is_tls)
		stream_write_c(out, "STLS\r\n");
}

/*
 * EXPIRE NEVER: nothing is removed but by its owner. LOGIN-DELAY is in seconds, rounded up.
 * UTF8 USER: names and passwords may be UTF-8 (they are octets).
 */
void pop3_cmd_capa(struct pop3_session *p, struct str arg)
{
	uint64_t delay_ms = p->s->config->pop3.login_delay_ms;
	struct stream *out = p->s->stream;

	(void)arg;
	pop3_reply_ok(p, POP3_SAY_CAPABILITIES);
	stream_write_c(out, "TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n"
	                    "EXPIRE NEVER\r\nUTF8 USER\r\nLANG\r\n");
	if (delay_ms)
		stream_printf(out, "LOGIN-DELAY %llu\r\n",
		              (unsigned long long)(delay_ms + 999) / 1000);
	if (p->state == POP3_AUTHORIZATION)
		list_login(p);
	stream_write_c(out, "IMPLEMENTATION Tayori\r\n.\r\n");
}
