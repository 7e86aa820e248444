#include "src/base/arena.h"
#include "src/base/codec.h"
#include "src/directory/password.h"
#include "src/mail/address.h"
#include "src/store/auth_priv.h"
#include "src/store/op_mail_priv.h"

enum {
	CREDENTIAL_PASSWORD = 0,
	CREDENTIAL_SCRAM = 4,
	CREDENTIAL_APOP = 5,
	APOP_SECRET_MAX_BYTES = 255
};

/* ---------------------------------------------------------------- rows */

#define ACCOUNT_COLUMNS                                                                   \
	"SELECT id, state, modseq, epoch, used_bytes, used_msgs, quota_bytes, inbox_id, " \
	"uidvalidity, quota_msgs FROM account WHERE id = ?1 "

enum err op_account_load(struct op *op, uint64_t id, enum op_lock lock,
                         struct op_account *account_r)
{
	static const char plain[] = ACCOUNT_COLUMNS;
	static const char locked[] = ACCOUNT_COLUMNS "@LOCK@";
	static const char skipping[] = ACCOUNT_COLUMNS "@SKIP@";
	struct db_stmt *s = db_prepare(op->db, lock == OP_LOCK_NONE   ? plain
	                                       : lock == OP_LOCK_WAIT ? locked
	                                                              : skipping);

	op_bind_u64(s, 1, id);
	OP_TRY(op_row(op, s));
	*account_r = (struct op_account){
		.id = db_col_u64(s, 0),
		.state = (uint32_t)db_col_u64(s, 1),
		.modseq = db_col_u64(s, 2),
		.epoch = db_col_u64(s, 3),
		.used_bytes = db_col_u64(s, 4),
		.used_msgs = db_col_u64(s, 5),
		.quota = db_col_i64(s, 6),
		.inbox_id = db_col_u64(s, 7),
		.uidvalidity = db_col_u64(s, 8),
		.quota_msgs = db_col_i64(s, 9),
	};
	db_done(s);
	return account_r->state == STORE_ACCOUNT_DELETED ? ERR_NOTFOUND : ERR_OK;
}

enum err op_account_enter(struct op *op, const struct store_grant *grant, enum op_lock lock,
                          struct op_account *account_r)
{
	struct op_account account;
	uint64_t id;
	enum err err;

	OP_TRY(op_check_grant(op, grant, &id));
	err = op_account_load(op, id, lock, &account);
	if (err == ERR_NOTFOUND)
		return err_set(op->info, ERR_DENIED, "account %llu is gone",
		               (unsigned long long)id);
	if (err)
		return err;
	if (account.state == STORE_ACCOUNT_LOCKED)
		return err_set(op->info, ERR_DENIED, "account %llu is locked",
		               (unsigned long long)id);
	if (lock != OP_LOCK_NONE && account.state != STORE_ACCOUNT_ACTIVE)
		return err_set(op->info, ERR_TEMP, "account %llu is being moved",
		               (unsigned long long)id);
	*account_r = account;
	return ERR_OK;
}

uint64_t op_account_modseq(struct op *op, struct op_account *account)
{
	account->modseq += account->epoch < op->epoch ? OP_EPOCH_GAP_MODSEQS : 1;
	if (account->epoch < op->epoch)
		account->epoch = op->epoch;
	return account->modseq;
}

enum err op_account_save(struct op *op, const struct op_account *account)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"UPDATE account SET modseq = ?2, epoch = ?3, used_bytes = ?4, used_msgs = ?5, "
		"uidvalidity = ?6 WHERE id = ?1");

	op_bind_u64(s, 1, account->id);
	op_bind_u64(s, 2, account->modseq);
	op_bind_u64(s, 3, account->epoch);
	op_bind_u64(s, 4, account->used_bytes);
	op_bind_u64(s, 5, account->used_msgs);
	op_bind_u64(s, 6, account->uidvalidity);
	OP_TRY(op_run(op, s));
	op_note_change(op, account->id, account->modseq);
	return ERR_OK;
}

/* A quota as stored: 0 default, -1 none. */
static uint64_t limit_of(int64_t stored, uint64_t by_default)
{
	if (stored < 0)
		return UINT64_MAX;
	if (stored > 0)
		return (uint64_t)stored;
	return by_default ? by_default : UINT64_MAX;
}

uint64_t op_account_limit(const struct op *op, const struct op_account *account)
{
	return limit_of(account->quota, op->options ? op->options->quota_default_bytes : 0);
}

uint64_t op_account_limit_msgs(const struct op *op, const struct op_account *account)
{
	return limit_of(account->quota_msgs, op->options ? op->options->quota_default_msgs : 0);
}

static bool exceeds(uint64_t used, uint64_t more, uint64_t limit)
{
	return more > limit || used > limit - more;
}

bool op_account_is_full(const struct op *op, const struct op_account *account, uint64_t msgs,
                        uint64_t size)
{
	return exceeds(account->used_bytes, size, op_account_limit(op, account)) ||
	       exceeds(account->used_msgs, msgs, op_account_limit_msgs(op, account));
}

uint64_t op_account_uidvalidity(struct op *op, struct op_account *account)
{
	uint64_t now_s = op->now_ms > 0 ? (uint64_t)op->now_ms / 1000 : 1;

	account->uidvalidity = now_s > account->uidvalidity ? now_s : account->uidvalidity + 1;
	return account->uidvalidity;
}

/* ---------------------------------------------------------------- addresses */

enum err op_address_parse(struct op *op, struct str text, struct op_address *address_r)
{
	struct mail_address parsed;
	struct str normal, local, domain;

	if (!op_is_text(text, OP_TEXT_MAX_BYTES) ||
	    mail_address_parse(op->scratch, text, MAIL_ADDRESS_UTF8 | MAIL_ADDRESS_LONG, &parsed) ||
	    !parsed.local.n || !parsed.domain.n ||
	    mail_address_normal(op->scratch, &parsed, &normal))
		return err_set(op->info, ERR_INVALID, "\"%.*s\" is no address", STR_ARG(text));
	/* Normalised and split again, because NFC may have changed the local part. */
	if (!mail_address_split(normal, &local, &domain))
		return err_set(op->info, ERR_INVALID, "\"%.*s\" is no address", STR_ARG(text));
	if (local.n && local.p[0] == '"')
		local = parsed.local;
	*address_r = (struct op_address){ .local = str_lower(op->scratch, local),
		                          .domain = domain };
	return ERR_OK;
}

struct str op_address_text(struct arena *a, struct str local, struct str domain)
{
	struct mail_address address = { .local = local, .domain = domain };

	return str_dup(a, mail_address_format(a, &address));
}

/* The row of an address that an administrator names. */
static enum err find_account(struct op *op, struct str text, enum op_lock lock,
                             struct op_account *account_r, struct op_domain *domain_r)
{
	struct op_address address = { 0 };
	struct db_stmt *s;
	uint64_t id;
	enum err err;

	OP_TRY(op_address_parse(op, text, &address));
	err = op_domain_find(op, address.domain, domain_r);
	if (!err) {
		s = db_prepare(op->db,
		               "SELECT id FROM account WHERE domain_id = ?1 AND localpart = ?2");
		op_bind_u64(s, 1, domain_r->id);
		db_bind_text(s, 2, address.local);
		OP_TRY(op_number(op, s, &id));
		err = id ? op_account_load(op, id, lock, account_r) : ERR_NOTFOUND;
	}
	if (err == ERR_NOTFOUND)
		return err_set(op->info, ERR_NOTFOUND, "there is no account %.*s", STR_ARG(text));
	return err;
}

/* ---------------------------------------------------------------- passwords */

static enum err set_credential(struct op *op, uint64_t account_id, int64_t kind, struct str secret)
{
	struct db_stmt *s = db_prepare(
		op->db, "DELETE FROM credential WHERE account_id = ?1 AND kind = ?2");

	op_bind_u64(s, 1, account_id);
	db_bind_i64(s, 2, kind);
	OP_TRY(op_run(op, s));
	if (!secret.n)
		return ERR_OK;
	s = db_prepare(op->db, "INSERT INTO credential (account_id, kind, secret, created) "
	                       "VALUES (?1, ?2, ?3, ?4)");
	op_bind_u64(s, 1, account_id);
	db_bind_i64(s, 2, kind);
	db_bind_text(s, 3, secret);
	db_bind_i64(s, 4, op->now_ms);
	return op_run(op, s);
}

/* Hashed before it came here: the stored form, and the SCRAM keys behind a line end if there are
 * any. */
static enum err set_password(struct op *op, uint64_t account_id, struct str password,
                             bool is_hashed)
{
	struct str scram = password;
	struct str stored;

	if (password.n && !is_hashed)
		return err_set(op->info, ERR_INVALID, "a password must be hashed before the lane");
	str_cut(&scram, '\n', &stored);
	if (!op_is_text(password, OP_TEXT_MAX_BYTES) || (password.n && !stored.n))
		return err_set(op->info, ERR_INVALID, "a stored password is malformed");
	OP_TRY(set_credential(op, account_id, CREDENTIAL_PASSWORD, stored));
	return set_credential(op, account_id, CREDENTIAL_SCRAM, scram);
}

/*
 * The secret of APOP, which the store must be able to read. It is sealed for its account, so that
 * neither a glance at the table nor a row moved to another account shows it.
 */
static enum err set_apop(struct op *op, uint64_t account_id, struct str secret)
{
	struct str label = str_printf(op->scratch, AUTH_APOP_LABEL, (unsigned long long)account_id);

	for (size_t i = 0; i < secret.n; i++) {
		if (secret.p[i] < 0x20 || secret.p[i] == 0x7f)
			return err_set(op->info, ERR_INVALID, "an APOP secret has no controls");
	}
	if (secret.n > APOP_SECRET_MAX_BYTES)
		return err_set(op->info, ERR_INVALID, "an APOP secret has at most %d octets",
		               APOP_SECRET_MAX_BYTES);
	if (secret.n)
		secret = codec_hex_encode(op->scratch,
		                          engine_seal(op->engine, op->scratch, label, secret));
	return set_credential(op, account_id, CREDENTIAL_APOP, secret);
}

/* ---------------------------------------------------------------- making */

struct folder {
	struct str en, ja;
	uint32_t special;
};

static enum err make_folders(struct op *op, struct op_account *account, bool is_japanese)
{
	const struct folder folders[] = {
		{ STR("Drafts"), STR("下書き"), STORE_SPECIAL_DRAFTS },
		{ STR("Sent"), STR("送信済み"), STORE_SPECIAL_SENT },
		{ STR("Junk"), STR("迷惑メール"), STORE_SPECIAL_JUNK },
		{ STR("Trash"), STR("ゴミ箱"), STORE_SPECIAL_TRASH },
		{ STR("Archive"), STR("アーカイブ"), STORE_SPECIAL_ARCHIVE },
	};

	OP_TRY(op_mailbox_insert(op, account, account->inbox_id, STR("INBOX"), 0, false,
	                         account->modseq));
	OP_TRY(op_subscription_add(op, account->id, STR("INBOX")));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct str name = is_japanese ? folders[i].ja : folders[i].en;

		OP_TRY(op_mailbox_insert(op, account, op_new_id(op), name, folders[i].special,
		                         false, account->modseq));
		OP_TRY(op_subscription_add(op, account->id, name));
	}
	return ERR_OK;
}

/* The quota of a request as the column has it. */
static enum err quota_of(struct op *op, uint64_t bytes, int64_t *quota_r)
{
	if (bytes != STORE_QUOTA_NONE && bytes > INT64_MAX)
		return err_set(op->info, ERR_INVALID, "a quota of more than 2^63");
	*quota_r = bytes == STORE_QUOTA_NONE ? -1 : (int64_t)bytes;
	return ERR_OK;
}

static enum err insert_account(struct op *op, const struct store_account_add_req *q,
                               const struct op_domain *domain, struct str local,
                               struct op_account *account)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"INSERT INTO account (id, domain_id, localpart, epoch, quota_bytes, inbox_id, "
		"uidvalidity, created, name, language) "
		"SELECT ?1, d.id, ?3, ?4, ?5, ?6, d.uidvalidity, ?7, ?8, ?9 FROM domain d "
		"WHERE d.id = ?2 ON CONFLICT DO NOTHING");
	uint64_t changed;

	op_bind_u64(s, 1, account->id);
	op_bind_u64(s, 2, domain->id);
	db_bind_text(s, 3, local);
	op_bind_u64(s, 4, account->epoch);
	db_bind_i64(s, 5, account->quota);
	op_bind_u64(s, 6, account->inbox_id);
	db_bind_i64(s, 7, op->now_ms);
	db_bind_text(s, 8, q->name);
	db_bind_text(s, 9, q->language.n ? q->language : STR("en"));
	OP_TRY(op_run_count(op, s, &changed));
	if (!changed)
		return err_set(op->info, ERR_EXISTS, "account %.*s is there already",
		               STR_ARG(q->address));
	return op_account_load(op, account->id, OP_LOCK_NONE, account);
}

enum err op_account_add(struct op *op, const struct store_account_add_req *q,
                        struct store_account_add_res *r)
{
	bool is_japanese = str_ieq(q->language, STR("ja"));
	struct op_account account = { .id = op_new_id(op),
		                      .inbox_id = op_new_id(op),
		                      .epoch = op->epoch };
	struct op_address address = { 0 };
	struct op_domain domain;

	OP_TRY(op_address_parse(op, q->address, &address));
	if (!op_is_text(q->name, OP_TEXT_MAX_BYTES))
		return err_set(op->info, ERR_INVALID, "the name is no text");
	if (q->language.n && !is_japanese && !str_ieq(q->language, STR("en")))
		return err_set(op->info, ERR_INVALID, "language is \"en\" or \"ja\"");
	OP_TRY(quota_of(op, q->quota_bytes, &account.quota));
	OP_TRY(op_domain_find(op, address.domain, &domain));
	OP_TRY(insert_account(op, q, &domain, address.local, &account));
	OP_TRY(set_password(op, account.id, q->password, q->is_hashed));
	OP_TRY(make_folders(op, &account, is_japanese));
	OP_TRY(op_account_save(op, &account));
	r->account_id = account.id;
	return ERR_OK;
}

/* ---------------------------------------------------------------- changing */

static enum err set_number(struct op *op, struct db_stmt *s, uint64_t id, int64_t value)
{
	op_bind_u64(s, 1, id);
	db_bind_i64(s, 2, value);
	return op_run(op, s);
}

enum err op_account_set(struct op *op, const struct store_account_set_req *q)
{
	struct op_account account = { 0 };
	struct op_domain domain;
	int64_t quota = 0;

	OP_TRY(find_account(op, q->address, OP_LOCK_WAIT, &account, &domain));
	if (q->set & STORE_ACCOUNT_PASSWORD)
		OP_TRY(set_password(op, account.id, q->password, q->is_hashed));
	if (q->set & STORE_ACCOUNT_QUOTA) {
		OP_TRY(quota_of(op, q->quota_bytes, &quota));
		OP_TRY(set_number(
			op, db_prepare(op->db, "UPDATE account SET quota_bytes = ?2 WHERE id = ?1"),
			account.id, quota));
	}
	if (q->set & STORE_ACCOUNT_QUOTA_MSGS) {
		OP_TRY(quota_of(op, q->quota_msgs, &quota));
		OP_TRY(set_number(
			op, db_prepare(op->db, "UPDATE account SET quota_msgs = ?2 WHERE id = ?1"),
			account.id, quota));
	}
	if (q->set & STORE_ACCOUNT_APOP)
		OP_TRY(set_apop(op, account.id, q->apop_secret));
	if (q->set & STORE_ACCOUNT_STATE) {
		if (q->state >= STORE_ACCOUNT_DELETED)
			return err_set(op->info, ERR_INVALID, "no such state of an account");
		OP_TRY(set_number(op,
		                  db_prepare(op->db, "UPDATE account SET state = ?2 WHERE id = ?1"),
		                  account.id, q->state));
	}
	if (q->set & STORE_ACCOUNT_NAME) {
		struct db_stmt *s = db_prepare(op->db,
		                               "UPDATE account SET name = ?2 WHERE id = ?1");

		if (!op_is_text(q->name, OP_TEXT_MAX_BYTES))
			return err_set(op->info, ERR_INVALID, "the name is no text");
		op_bind_u64(s, 1, account.id);
		db_bind_text(s, 2, q->name);
		OP_TRY(op_run(op, s));
	}
	return ERR_OK;
}

/* Unreachable from now on; the address is free. Upkeep removes what it holds (op_upkeep.c). */
enum err op_account_del(struct op *op, const struct store_account_del_req *q)
{
	struct op_account account = { 0 };
	struct op_domain domain = { 0 };
	struct db_stmt *s;

	OP_TRY(find_account(op, q->address, OP_LOCK_WAIT, &account, &domain));
	s = db_prepare(op->db, "UPDATE domain SET uidvalidity = ?2 "
	                       "WHERE id = ?1 AND uidvalidity < ?2");
	OP_TRY(set_number(op, s, domain.id, (int64_t)account.uidvalidity));
	s = db_prepare(op->db, "DELETE FROM credential WHERE account_id = ?1");
	op_bind_u64(s, 1, account.id);
	OP_TRY(op_run(op, s));
	s = db_prepare(op->db, "UPDATE account SET state = ?2, domain_id = NULL WHERE id = ?1");
	OP_TRY(set_number(op, s, account.id, STORE_ACCOUNT_DELETED));
	op_note_change(op, account.id, account.modseq);
	return ERR_OK;
}

/* ---------------------------------------------------------------- listing */

static struct store_account read_account(struct op *op, struct db_stmt *s)
{
	struct str secret = db_col_str(s, 11);
	int64_t quota = db_col_i64(s, 5);
	struct op_account account = { .quota = quota, .quota_msgs = db_col_i64(s, 12) };

	return (struct store_account){
		.id = db_col_u64(s, 0),
		.address = op_address_text(op->a, db_col_str(s, 1), db_col_str(s, 2)),
		.name = op_col_dup(op->a, s, 3),
		.scheme = secret.n ? str_c(directory_password_scheme(secret)) : STR(""),
		.state = (uint32_t)db_col_u64(s, 4),
		.quota_bytes = op_account_limit(op, &account),
		.quota_msgs = op_account_limit_msgs(op, &account),
		.has_apop = db_col_i64(s, 13) != 0,
		.used_bytes = db_col_u64(s, 6),
		.used_msgs = db_col_u64(s, 7),
		.created_ms = db_col_i64(s, 8),
		.last_login_ms = db_col_i64(s, 9),
		.mailboxes = db_col_u64(s, 10),
	};
}

#define HAS_APOP                                                                                   \
	"(CASE WHEN EXISTS (SELECT 1 FROM credential c WHERE c.account_id = a.id AND c.kind = 5) " \
	"THEN 1 ELSE 0 END) "

#define ACCOUNT_LIST                                                                             \
	"SELECT a.id, a.localpart, d.name, a.name, a.state, a.quota_bytes, a.used_bytes, "       \
	"a.used_msgs, a.created, a.last_login, "                                                 \
	"(SELECT COUNT(*) FROM mailbox m WHERE m.account_id = a.id AND m.state = 0), "           \
	"(SELECT c.secret FROM credential c WHERE c.account_id = a.id AND c.kind = 0 LIMIT 1), " \
	"a.quota_msgs, " HAS_APOP "FROM account a JOIN domain d ON d.id = a.domain_id "

/* Ordered by domain and local part; `after` is the address of the last one. */
static enum err list_statement(struct op *op, const struct store_account_list_req *q, uint32_t max,
                               struct db_stmt **s_r)
{
	struct op_address after = { .local = STR(""), .domain = STR("") };
	struct str domain = STR("");
	struct db_stmt *s;

	if (q->after.n)
		OP_TRY(op_address_parse(op, q->after, &after));
	if (q->domain.n) {
		OP_TRY(op_domain_normal(op, q->domain, &domain));
		s = db_prepare(op->db, ACCOUNT_LIST
		               "WHERE d.name = ?1 AND (d.name, a.localpart) > (?2, ?3) "
		               "AND (?5 = 0 OR " HAS_APOP "= 1) ORDER BY a.localpart LIMIT ?4");
	} else {
		s = db_prepare(op->db,
		               ACCOUNT_LIST "WHERE ?1 = '' AND (d.name, a.localpart) > (?2, ?3) "
		                            "AND (?5 = 0 OR " HAS_APOP "= 1) "
		                            "ORDER BY d.name, a.localpart LIMIT ?4");
	}
	db_bind_text(s, 1, domain);
	db_bind_text(s, 2, after.domain);
	db_bind_text(s, 3, after.local);
	db_bind_i64(s, 4, (int64_t)max + 1);
	db_bind_i64(s, 5, q->is_apop_only);
	*s_r = s;
	return ERR_OK;
}

enum err op_account_list(struct op *op, const struct store_account_list_req *q,
                         struct store_account_list_res *r)
{
	uint32_t max = q->max && q->max < OP_LIST_MAX ? q->max : OP_LIST_MAX;
	struct store_account *list = arena_array(op->a, max, sizeof(*list));
	struct db_stmt *s;
	bool has_row = false;
	size_t n = 0;

	if (q->address.n) {
		struct op_account account = { 0 };
		struct op_domain domain;

		OP_TRY(find_account(op, q->address, OP_LOCK_NONE, &account, &domain));
		s = db_prepare(op->db, ACCOUNT_LIST "WHERE a.id = ?1");
		op_bind_u64(s, 1, account.id);
	} else {
		OP_TRY(list_statement(op, q, max, &s));
	}
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row || n == max)
			break;
		list[n++] = read_account(op, s);
	}
	db_done(s);
	*r = (struct store_account_list_res){ .accounts = list,
		                              .n_accounts = n,
		                              .has_more = has_row };
	return ERR_OK;
}
