/* The page for people, in English and Japanese: what to type into a mail program. */
#include "src/base/arena.h"
#include "src/config/config.h"
#include "src/net/session.h"
#include "src/web/call_priv.h"

struct words {
	const char *language, *title, *intro, *name, *server, *port, *security;
	const char *imap, *pop3, *submission, *implicit, *starttls;
	const char *user, *apple, *address, *download, *other;
};

static const struct words english = {
	.language = "en",
	.title = "Mail",
	.intro = "Most mail programs find these settings by themselves: choose “add account” and "
		 "type "
		 "your e-mail address and password.",
	.name = "For",
	.server = "Server",
	.port = "Port",
	.security = "Security",
	.imap = "Reading mail (IMAP)",
	.pop3 = "Fetching mail (POP3)",
	.submission = "Sending mail (SMTP)",
	.implicit = "SSL/TLS",
	.starttls = "STARTTLS",
	.user = "The user name is your whole e-mail address.",
	.apple = "iPhone, iPad and Mac: download a profile that sets up the account.",
	.address = "E-mail address",
	.download = "Download",
	.other = "<a href=\"/ja\" lang=\"ja\">日本語</a>",
};

static const struct words japanese = {
	.language = "ja",
	.title = "メール",
	.intro = "多くのメールソフトは設定を自動で見つけます。「アカウントを追加」を選び、メールア"
		 "ドレスと"
		 "パスワードを入力してください。",
	.name = "用途",
	.server = "サーバー",
	.port = "ポート",
	.security = "接続の保護",
	.imap = "受信 (IMAP)",
	.pop3 = "受信 (POP3)",
	.submission = "送信 (SMTP)",
	.implicit = "SSL/TLS",
	.starttls = "STARTTLS",
	.user = "ユーザー名はメールアドレス全体です。",
	.apple = "iPhone、iPad、Mac では、アカウントを設定するプロファイルをダウンロードできます。",
	.address = "メールアドレス",
	.download = "ダウンロード",
	.other = "<a href=\"/en\" lang=\"en\">English</a>",
};

static const char style[] =
	"body{font:16px/1.6 system-ui,sans-serif;max-width:42em;margin:2em auto;padding:0 1em;"
	"color:#222;background:#fff}\n"
	"table{border-collapse:collapse;margin:1em 0}\n"
	"th,td{text-align:left;padding:.3em 1.2em .3em 0;border-bottom:1px solid #ddd}\n"
	"input,button{font:inherit;padding:.3em .6em}\n"
	"@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}a{color:#9cf}"
	"th,td{border-color:#444}}\n";

static enum err add_service(struct buf *b, const struct words *w, const struct config *config,
                            const struct config_service *s)
{
	const char *name = s->protocol == CONFIG_PROTOCOL_IMAP   ? w->imap
	                   : s->protocol == CONFIG_PROTOCOL_POP3 ? w->pop3
	                                                         : w->submission;

	if (buf_printf(b, "<tr><td>%s</td><td>", name) ||
	    web_reply_add_text(b, str_c(config_service_host(config))))
		return ERR_LIMIT;
	return buf_printf(b, "</td><td>%u</td><td>%s</td></tr>\n", s->port,
	                  s->tls == CONFIG_TLS_IMPLICIT ? w->implicit : w->starttls);
}

static enum err add_services(struct buf *b, const struct words *w, const struct config *config)
{
	struct config_service services[CONFIG_SERVICES_MAX];
	size_t n = config_services(config, services);

	if (buf_printf(b, "<table>\n<tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr>\n",
	               w->name, w->server, w->port, w->security))
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++)
		if (add_service(b, w, config, &services[i]))
			return ERR_LIMIT;
	return buf_add_c(b, "</table>\n");
}

static enum err add_page(struct web_call *c, const struct words *w)
{
	struct str whose = c->domain.n ? c->domain : c->q->host;
	struct buf *b = &c->out;

	if (buf_printf(b,
	               "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	               "<meta name=\"viewport\" content=\"width=device-width\">\n"
	               "<link rel=\"stylesheet\" href=\"/style.css\">\n<title>%s: ",
	               w->language, w->title) ||
	    web_reply_add_text(b, whose) ||
	    buf_printf(b, "</title>\n</head>\n<body>\n<h1>%s: ", w->title) ||
	    web_reply_add_text(b, whose) || buf_printf(b, "</h1>\n<p>%s</p>\n", w->intro) ||
	    add_services(b, w, c->s->config) ||
	    buf_printf(
		    b,
		    "<p>%s</p>\n<form action=\"/email.mobileconfig\" method=\"get\">\n"
		    "<p><label for=\"a\">%s</label></p>\n"
		    "<p><input id=\"a\" type=\"email\" name=\"emailaddress\" required "
		    "autocomplete=\"email\" placeholder=\"%s\"> <button>%s</button></p>\n</form>\n"
		    "<p>%s</p>\n",
		    w->user, w->apple, w->address, w->download, w->other))
		return ERR_LIMIT;
	return buf_add_c(b, "</body>\n</html>\n");
}

static void show(struct web_call *c, const struct words *w)
{
	c->r->type = "text/html; charset=utf-8";
	c->r->is_page = true;
	if (add_page(c, w))
		web_reply_fail(c->r, 503, "The answer is too long.\n");
}

void web_page_landing(struct web_call *c)
{
	c->r->varies = true;
	show(c, web_request_wants_japanese(c->q->accept_language) ? &japanese : &english);
}

void web_page_landing_en(struct web_call *c)
{
	show(c, &english);
}

void web_page_landing_ja(struct web_call *c)
{
	show(c, &japanese);
}

void web_page_style(struct web_call *c)
{
	c->r->type = "text/css; charset=utf-8";
	if (buf_add_c(&c->out, style))
		web_reply_fail(c->r, 503, "The answer is too long.\n");
}
