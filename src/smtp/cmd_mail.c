#include "src/config/config.h"
#include "src/sasl/login.h"
#include "src/smtp/smtp_priv.h"

/* ---- parameters of MAIL: each reader returns NULL, or what is wrong */

static const struct smtp_reply bad_param = { 501, "5.5.4", "Malformed or repeated parameter" };
static const struct smtp_reply unknown_param = { 555, "5.5.4", "Unknown parameter" };

/* RFC 1870 */
static const struct smtp_reply *read_size(struct session *s, struct smtp_transaction *txn,
                                          struct str value)
{
	static const struct smtp_reply too_large = {
		552, "5.3.4", "Message size exceeds the limit of this server"
	};

	if (value.n > 20 || !str_to_u64(value, UINT64_MAX, &txn->size))
		return &bad_param;
	return txn->size > s->config->limits.message_max_bytes ? &too_large : NULL;
}

/* RFC 6152, RFC 3030 section 3 */
static const struct smtp_reply *read_body(struct session *s, struct smtp_transaction *txn,
                                          struct str value)
{
	static const char *const types[] = { "7BIT", "8BITMIME", "BINARYMIME" };

	(void)s;
	for (uint32_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_ieq(value, str_c(types[i]))) {
			txn->body_type = i;
			return NULL;
		}
	return &bad_param;
}

/* RFC 3461 section 4.3 */
static const struct smtp_reply *read_ret(struct session *s, struct smtp_transaction *txn,
                                         struct str value)
{
	(void)s;
	txn->ret = str_ieq(value, STR("FULL")) ? 1 : str_ieq(value, STR("HDRS")) ? 2 : 0;
	return txn->ret ? NULL : &bad_param;
}

/* RFC 3461 section 4.4; kept as given */
static const struct smtp_reply *read_envid(struct session *s, struct smtp_transaction *txn,
                                           struct str value)
{
	struct str text;

	if (value.n > SMTP_ENVID_MAX || smtp_param_xtext(s->scratch, value, SMTP_ENVID_MAX, &text))
		return &bad_param;
	txn->envid = str_dup(txn->arena, value);
	return NULL;
}

/* RFC 6531 section 3.4; read before the path, see below */
static const struct smtp_reply *read_utf8(struct session *s, struct smtp_transaction *txn,
                                          struct str value)
{
	(void)s;
	(void)txn;
	(void)value;
	return NULL;
}

/* RFC 4954 section 5: who submitted it elsewhere. We trust nobody's word about that: checked, not
 * used. */
static const struct smtp_reply *read_auth(struct session *s, struct smtp_transaction *txn,
                                          struct str value)
{
	struct mail_address address;
	struct str text;

	(void)txn;
	if (!smtp_auth_is_service(s))
		return &unknown_param;
	if (str_eq(value, STR("<>")))
		return NULL;
	if (smtp_param_xtext(s->scratch, value, SMTP_ORCPT_MAX, &text) ||
	    mail_address_parse(s->scratch, text, MAIL_ADDRESS_UTF8 | MAIL_ADDRESS_LONG, &address))
		return &bad_param;
	return NULL;
}

static const struct {
	const char *name;
	bool has_value;
	const struct smtp_reply *(*read)(struct session *s, struct smtp_transaction *txn,
	                                 struct str value);
} params[] = {
	{ "SIZE", true, read_size },      { "BODY", true, read_body },
	{ "SMTPUTF8", false, read_utf8 }, { "RET", true, read_ret },
	{ "ENVID", true, read_envid },    { "AUTH", true, read_auth },
};

enum {
	PARAMS = sizeof params / sizeof *params
};

static const struct smtp_reply *read_params(struct session *s, struct str rest)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	struct smtp_param param;
	unsigned seen = 0;
	enum err e;

	while (!(e = smtp_param_next(&rest, txn->is_utf8, &param))) {
		const struct smtp_reply *wrong;
		size_t i = 0;

		while (i < PARAMS && !str_ieq(param.name, str_c(params[i].name)))
			i++;
		/* Without EHLO there are no extensions (RFC 5321 section 4.1.1.1). */
		if (i == PARAMS || !smtp_state(s)->is_esmtp)
			return &unknown_param;
		if ((seen & 1U << i) || params[i].has_value != param.has_value)
			return &bad_param;
		seen |= 1U << i;
		wrong = params[i].read(s, txn, param.value);
		if (wrong)
			return wrong;
	}
	return e == ERR_NOTFOUND ? NULL : &bad_param;
}

/* Whether SMTPUTF8 stands among the words behind the path decides how the path is read. */
static bool wants_utf8(const struct session *s, struct str args)
{
	struct str word;

	if (!smtp_state(s)->is_esmtp)
		return false;
	str_cut(&args, ' ', &word);
	while (args.n) {
		str_cut(&args, ' ', &word);
		if (str_ieq(word, STR("SMTPUTF8")))
			return true;
	}
	return false;
}

/* ---- who may send */

static const struct smtp_reply *check_client(struct session *s)
{
	static const struct smtp_reply needs_tls = { 530, "5.7.0", "Issue STARTTLS first" };
	static const struct smtp_reply needs_login = { 530, "5.7.0", "Authentication required" };

	if (!smtp_auth_is_service(s) || smtp_state(s)->is_logged_in)
		return NULL;
	return sasl_login_allows_plaintext(s) ? &needs_login : &needs_tls;
}

/* One address must not take more than its share; a queue at the other side tries again. */
static const struct smtp_reply *check_rate(struct session *s)
{
	static const struct smtp_reply too_fast = {
		450, "4.7.1", "Too many messages from your address, slow down"
	};
	uint32_t rate = s->config->smtp.messages_rate_per_address;

	if (s->listener->protocol != CONFIG_PROTOCOL_SMTP || !rate)
		return NULL;
	return s->host->rate_take(s->host->context, "smtp.messages", str_c(s->peer.text), 1, rate)
	               ? NULL
	               : &too_fast;
}

/* On submission a sender address must belong to the account (RFC 6409 section 6.1); <> carries no
 * name. */
static const struct smtp_reply *check_owner(struct session *s)
{
	static const struct smtp_reply not_owned = { 553, "5.7.1",
		                                     "You may not send as this address" };
	struct smtp_state *st = smtp_state(s);
	struct store_owns_req q = { .grant = st->grant, .address = st->txn->sender };
	struct store_owns_res r;
	enum err e;

	if (!st->is_logged_in || !s->config->smtp.submission_owned_senders_only || !q.address.n)
		return NULL;
	e = store_owns(s->store, s->scratch, &q, &r);
	if (e)
		return smtp_reply_trouble(s, "mail", e);
	return r.is_owner ? NULL : &not_owned;
}

static const struct smtp_bad_path bad_path = {
	.syntax = { 501, "5.5.4", "Syntax: MAIL FROM:<address>" },
	.address = { 501, "5.1.7", "Malformed sender address" },
	.too_long = { 501, "5.1.7", "Sender address too long" },
};

enum session_next smtp_cmd_mail(struct session *s, struct str args)
{
	struct smtp_state *st = smtp_state(s);
	const struct smtp_reply *wrong = check_client(s);
	struct smtp_transaction *txn;
	struct mail_address sender;
	struct str rest;
	enum err e;

	if (wrong)
		return smtp_reply_error(s, wrong->code, wrong->enhanced, wrong->text);
	if (st->txn)
		return smtp_reply_error(s, 503, "5.5.1", "There is a sender already");
	if (st->messages >= s->config->smtp.messages_max)
		return smtp_reply_goodbye(s, "4.7.0",
		                          "Enough messages for one connection, connect again",
		                          "messages_max");
	txn = smtp_transaction_begin(s);
	txn->is_utf8 = wants_utf8(s, args);
	e = smtp_param_path(txn->arena, args, STR("FROM:"),
	                    MAIL_ADDRESS_NULL | MAIL_ADDRESS_LONG |
	                            (txn->is_utf8 ? MAIL_ADDRESS_UTF8 : 0),
	                    &sender, &rest);
	wrong = e ? smtp_bad_path_reply(&bad_path, e, args) : read_params(s, rest);
	if (wrong) {
		smtp_transaction_end(s);
		return smtp_reply_error(s, wrong->code, wrong->enhanced, wrong->text);
	}
	txn->sender = str_dup(txn->arena, mail_address_format(s->scratch, &sender));
	wrong = check_rate(s);
	if (!wrong)
		wrong = check_owner(s);
	if (wrong) {
		smtp_reply_reject(s, "mail", str_c(""), wrong);
		smtp_transaction_end(s);
		return SESSION_AGAIN;
	}
	smtp_reply_send(s, &(struct smtp_reply){ 250, "2.1.0", "Ok" });
	return SESSION_AGAIN;
}
