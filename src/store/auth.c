/*
 * Log-in: a name and a proof become a grant.
 *
 * Rules. A name that does not exist costs and says the same as a wrong password. What is wrong with
 * an account (locked, moving) is told only to who has proved to be its owner. Trouble of our own
 * (database, memory, a damaged secret) is never ERR_AUTH. No lock and no reader is held while
 * hashing.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/codec.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/directory/apop.h"
#include "src/directory/password.h"
#include "src/directory/scram.h"
#include "src/store/auth_cache_priv.h"
#include "src/store/auth_priv.h"
#include "src/store/op_mail_priv.h"

enum {
	CREDENTIAL_PASSWORD = 0,
	CREDENTIAL_SCRAM = 4,
	SCRAM_LIFE_MS = 5 * 60 * 1000, /* from client-first to client-final */
	CLOCK_SLACK_MS = 60 * 1000,    /* a wall clock may be set back between them */
	LOGIN_NOTED_EVERY_MS = 3600 *
	                       1000 /* last_login is for people, not worth a write each time */
};

static void *make_cache(struct store_engine *engine)
{
	(void)engine;
	return auth_cache_new();
}

static void destroy_cache(void *slot)
{
	struct auth_cache *cache = slot;

	auth_cache_free(&cache);
}

static struct auth_cache *cache_of(struct store_engine *engine)
{
	return engine_auth_slot(engine, make_cache, destroy_cache);
}

/* ---------------------------------------------------------------- finding the account */

struct lookup {
	struct arena *a;
	struct str user, default_domain;
	struct str address; /* in its one form, whether it is found or not */
	/* found */
	bool is_found;
	uint64_t account_id;
	int64_t state, last_login_ms;
	struct str secret, scram, apop;
};

/* For a bare local part: the default domain, or the only one there is; empty when neither says
 * which. */
static enum err find_only_domain(struct op *op, const struct lookup *l, struct str *name_r)
{
	struct db_stmt *s;
	struct str name = { 0 };
	bool has_row;

	if (l->default_domain.n) {
		*name_r = l->default_domain;
		return ERR_OK;
	}
	s = db_prepare(op->db,
	               "SELECT name FROM domain WHERE alias_of IS NULL ORDER BY id LIMIT 2");
	OP_TRY(op_step(op, s, &has_row));
	if (has_row)
		name = op_col_dup(op->scratch, s, 0);
	while (has_row) {
		OP_TRY(op_step(op, s, &has_row));
		if (has_row)
			name = STR("");
	}
	*name_r = name;
	return ERR_OK;
}

static enum err load_account(struct op *op, struct lookup *l, const struct op_domain *domain,
                             struct str local)
{
	struct db_stmt *s = db_prepare(
		op->db, "SELECT a.id, a.state, a.last_login, "
			"(SELECT c.secret FROM credential c WHERE c.account_id = a.id AND c.kind = "
			"0 AND c.n = 0), "
			"(SELECT c.secret FROM credential c WHERE c.account_id = a.id AND c.kind = "
			"4 AND c.n = 0), "
			"(SELECT c.secret FROM credential c WHERE c.account_id = a.id AND c.kind = "
			"5 AND c.n = 0) "
			"FROM account a WHERE a.domain_id = ?1 AND a.localpart = ?2");
	bool has_row;

	db_bind_u64(s, 1, domain->id);
	db_bind_text(s, 2, local);
	OP_TRY(op_step(op, s, &has_row));
	if (!has_row)
		return ERR_OK;
	l->is_found = true;
	l->account_id = db_col_u64(s, 0);
	l->state = db_col_i64(s, 1);
	l->last_login_ms = db_col_i64(s, 2);
	l->secret = op_col_dup(l->a, s, 3);
	l->scram = op_col_dup(l->a, s, 4);
	l->apop = op_col_dup(l->a, s, 5);
	db_done(s);
	return ERR_OK;
}

/*
 * A full address (domain aliases count, aliases do not: they are no accounts) or a bare local part.
 * The address is written in one form whether anybody has it or not: what is made up for unknown
 * users hangs on it, and must not tell them apart by their spelling.
 */
static enum err find_account(struct op *op, void *ctx)
{
	struct lookup *l = ctx;
	struct str text = l->user, domain_name;
	struct op_address address;
	struct op_domain domain;
	enum err err;

	l->is_found = false;
	l->address = str_lower(l->a, l->user);
	if (str_find(text, '@') < 0) {
		OP_TRY(find_only_domain(op, l, &domain_name));
		text = str_printf(op->scratch, "%.*s@%.*s", STR_ARG(text), STR_ARG(domain_name));
	}
	if (op_address_parse(op, text, &address))
		return ERR_OK;
	err = op_domain_find(op, address.domain, &domain);
	if (err && err != ERR_NOTFOUND)
		return err;
	l->address = op_address_text(l->a, address.local, err ? address.domain : domain.name);
	return err ? ERR_OK : load_account(op, l, &domain, address.local);
}

static enum err look_up(struct store_engine *engine, struct lookup *l, struct errinfo *info)
{
	return engine_read(engine, find_account, l, info);
}

/* After the proof: what may this account do now? */
static enum err check_state(const struct lookup *l, struct errinfo *info)
{
	switch (l->state) {
	case STORE_ACCOUNT_ACTIVE:
		return ERR_OK;
	case STORE_ACCOUNT_LOCKED:
		return err_set(info, ERR_DENIED, "account %.*s is locked", STR_ARG(l->address));
	case STORE_ACCOUNT_MOVING:
	case STORE_ACCOUNT_MOVED:
		return err_set(info, ERR_BUSY, "account %.*s is moving", STR_ARG(l->address));
	default:
		return err_set(info, ERR_AUTH, "account %.*s is gone", STR_ARG(l->address));
	}
}

/* ---------------------------------------------------------------- writing after a log-in */

/* What a successful log-in leaves behind; at most one transaction. */
struct aftermath {
	uint64_t account_id;
	int64_t now_ms;
	struct str old_secret, secret, scram; /* secret empty: keep; scram empty: keep */
};

static enum err put_credential(struct op *op, const struct aftermath *m, int64_t kind,
                               struct str secret)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"INSERT INTO credential (account_id, kind, secret, created) VALUES (?1, ?2, ?3, "
		"?4) "
		"ON CONFLICT (account_id, kind, n) DO UPDATE SET secret = ?3, created = ?4");

	db_bind_u64(s, 1, m->account_id);
	db_bind_i64(s, 2, kind);
	db_bind_text(s, 3, secret);
	db_bind_i64(s, 4, op->now_ms);
	return op_run(op, s);
}

/* Only if the secret is still the one that was checked: a password that was changed meanwhile stays
 * changed. */
static enum err is_unchanged(struct op *op, const struct aftermath *m, bool *is_unchanged_r)
{
	struct db_stmt *s = db_prepare(op->db, "SELECT secret FROM credential WHERE account_id = "
	                                       "?1 AND kind = 0 AND n = 0 @LOCK@");
	bool has_row;

	db_bind_u64(s, 1, m->account_id);
	OP_TRY(op_step(op, s, &has_row));
	*is_unchanged_r = has_row && str_eq(db_col_str(s, 0), m->old_secret);
	db_done(s);
	return ERR_OK;
}

/* The account row first, as every writing operation locks it: two orders would be a deadlock. */
static enum err write_aftermath(struct op *op, void *ctx)
{
	const struct aftermath *m = ctx;
	struct db_stmt *s = db_prepare(op->db, "UPDATE account SET last_login = ?2 WHERE id = ?1");
	bool may_change = false;

	db_bind_u64(s, 1, m->account_id);
	db_bind_i64(s, 2, m->now_ms);
	OP_TRY(op_run(op, s));
	if (m->secret.n || m->scram.n)
		OP_TRY(is_unchanged(op, m, &may_change));
	if (may_change && m->secret.n)
		OP_TRY(put_credential(op, m, CREDENTIAL_PASSWORD, m->secret));
	if (may_change && m->scram.n)
		OP_TRY(put_credential(op, m, CREDENTIAL_SCRAM, m->scram));
	return ERR_OK;
}

/* The log-in has succeeded whatever happens here. */
static void settle(struct store_engine *engine, const struct lookup *l, struct aftermath *m)
{
	struct errinfo info = { 0 };

	m->account_id = l->account_id;
	m->old_secret = l->secret;
	m->now_ms = clock_wall_ms();
	if (!m->secret.n && !m->scram.n && m->now_ms - l->last_login_ms < LOGIN_NOTED_EVERY_MS)
		return;
	if (engine_write(engine, write_aftermath, m, &info))
		log_event(LOG_LEVEL_WARN, "store.login.unnoted", LOG_S("user", l->address),
		          LOG_C("reason", info.text));
}

/* ---------------------------------------------------------------- login */

static void waste(struct store_engine *engine, struct str password)
{
	const struct store_options *o = engine_options(engine);

	directory_password_waste(password, o->argon2_memory_kib, o->argon2_passes);
}

static enum err hash_both(struct store_engine *engine, struct arena *a, struct str password,
                          struct str *secret_r, struct str *scram_r)
{
	const struct store_options *o = engine_options(engine);
	struct directory_scram_keys keys;
	struct str secret;
	enum err err = directory_password_hash(a, password, o->argon2_memory_kib, o->argon2_passes,
	                                       &secret);

	if (!err)
		err = directory_scram_derive(password, &keys);
	if (err)
		return err;
	*secret_r = secret;
	*scram_r = directory_scram_format(a, &keys);
	return ERR_OK;
}

/* Is the password right? Without the cache. *m_r is filled with better secrets when there are any
 * to be kept. */
static enum err verify(struct store_engine *engine, struct arena *a, const struct lookup *l,
                       struct str password, struct aftermath *m_r, struct errinfo *info)
{
	const struct store_options *o = engine_options(engine);
	bool wants_rehash = false;
	enum err err = directory_password_verify(password, l->secret, o->argon2_memory_kib,
	                                         o->argon2_passes, &wants_rehash);

	/* Cheap schemes answer at once, which would show that the name exists. */
	if (err == ERR_AUTH && !str_starts(l->secret, STR("$argon2")))
		waste(engine, password);
	if (err == ERR_AUTH)
		return err_set(info, ERR_AUTH, "wrong password for %.*s", STR_ARG(l->address));
	if (err)
		return err_set(info, err == ERR_INVALID ? ERR_CORRUPT : ERR_TEMP,
		               "the stored password of %.*s cannot be checked (%s); set a new one",
		               STR_ARG(l->address), directory_password_scheme(l->secret));
	if ((wants_rehash || !l->scram.n) &&
	    hash_both(engine, a, password, &m_r->secret, &m_r->scram))
		*m_r = (struct aftermath){ 0 };
	return ERR_OK;
}

static enum err check_password(struct store_engine *engine, struct arena *a, const struct lookup *l,
                               struct str password, struct errinfo *info)
{
	struct auth_cache *cache = cache_of(engine);
	struct aftermath m = { 0 };
	enum err err;

	if (!l->is_found || !l->secret.n) {
		waste(engine, password);
		return err_set(info, ERR_AUTH, "nobody can log in as \"%.*s\"", STR_ARG(l->user));
	}
	if (!auth_cache_has(cache, l->account_id, l->secret, password)) {
		err = verify(engine, a, l, password, &m, info);
		if (err)
			return err;
		auth_cache_add(cache, l->account_id, m.secret.n ? m.secret : l->secret, password);
	}
	err = check_state(l, info);
	if (!err)
		settle(engine, l, &m);
	return err;
}

enum err auth_login(struct store_engine *engine, uint64_t caller_process, struct arena *a,
                    const struct store_login_req *q, struct store_login_res *r,
                    struct errinfo *info)
{
	struct lookup l = { .a = a, .user = q->user, .default_domain = q->default_domain };
	enum err err = look_up(engine, &l, info);

	if (!err)
		err = check_password(engine, a, &l, q->password, info);
	if (err)
		return err;
	r->grant = engine_grant_make(engine, a, l.account_id, caller_process);
	r->address = l.address;
	return ERR_OK;
}

/* ---------------------------------------------------------------- SCRAM */

/* What travels through the client between the two messages, sealed. */
struct scram_state {
	uint64_t issued_ms, process;
	struct str user, default_domain, client_first, server_first;
};

#define SCRAM_LABEL STR("scram 1")

static void put_u64(unsigned char **at, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		*(*at)++ = (unsigned char)(value >> (8 * i));
}

static void put_text(unsigned char **at, struct str s)
{
	put_u64(at, s.n);
	if (s.n)
		memcpy(*at, s.p, s.n);
	*at += s.n;
}

static struct str seal_state(struct store_engine *engine, struct arena *a,
                             const struct scram_state *state)
{
	const struct str texts[] = { state->user, state->default_domain, state->client_first,
		                     state->server_first };
	size_t size = 16;
	unsigned char *plain, *at;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		size += 8 + texts[i].n;
	plain = at = arena_alloc(a, size);
	put_u64(&at, state->issued_ms);
	put_u64(&at, state->process);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		put_text(&at, texts[i]);
	return engine_seal(engine, a, SCRAM_LABEL, str_make(plain, size));
}

static bool take_u64(struct str *rest, uint64_t *value_r)
{
	uint64_t value = 0;

	if (rest->n < 8)
		return false;
	for (size_t i = 0; i < 8; i++)
		value |= (uint64_t)rest->p[i] << (8 * i);
	*rest = str_from(*rest, 8);
	*value_r = value;
	return true;
}

static bool take_text(struct str *rest, struct str *s_r)
{
	uint64_t n;

	if (!take_u64(rest, &n) || n > rest->n)
		return false;
	*s_r = str_first(*rest, (size_t)n);
	*rest = str_from(*rest, (size_t)n);
	return true;
}

/* Fails with: ERR_AUTH (not ours, another process's, too old). */
static enum err unseal_state(struct store_engine *engine, struct arena *a, struct str sealed,
                             uint64_t process, struct scram_state *r)
{
	uint64_t now = (uint64_t)clock_wall_ms();
	struct str rest;

	if (engine_unseal(engine, a, SCRAM_LABEL, sealed, &rest))
		return ERR_AUTH;
	if (!take_u64(&rest, &r->issued_ms) || !take_u64(&rest, &r->process) ||
	    !take_text(&rest, &r->user) || !take_text(&rest, &r->default_domain) ||
	    !take_text(&rest, &r->client_first) || !take_text(&rest, &r->server_first))
		return ERR_AUTH;
	if (r->process != process || now + CLOCK_SLACK_MS < r->issued_ms ||
	    now > r->issued_ms + SCRAM_LIFE_MS)
		return ERR_AUTH;
	return ERR_OK;
}

/* The user's keys; for whom there are none, keys that nothing fits but that look the same every
 * time. */
static enum err find_keys(struct store_engine *engine, const struct lookup *l,
                          struct directory_scram_keys *keys_r, struct errinfo *info)
{
	unsigned char key[32];

	if (l->is_found && l->scram.n) {
		if (!directory_scram_parse(l->scram, keys_r))
			return ERR_OK;
		return err_set(info, ERR_CORRUPT,
		               "the SCRAM keys of %.*s are damaged; set the password anew",
		               STR_ARG(l->address));
	}
	engine_derive_key(engine, STR("scram unknown"), key);
	directory_scram_fake(str_make(key, sizeof(key)), l->address, keys_r);
	return ERR_OK;
}

enum err auth_scram_begin(struct store_engine *engine, uint64_t caller_process, struct arena *a,
                          const struct store_scram_begin_req *q, struct store_scram_begin_res *r,
                          struct errinfo *info)
{
	struct lookup l = { .a = a, .default_domain = q->default_domain };
	struct scram_state state = { .process = caller_process,
		                     .issued_ms = (uint64_t)clock_wall_ms() };
	struct directory_scram_first first;
	struct directory_scram_keys keys;
	enum err err = directory_scram_first_parse(a, q->client_first, &first);

	if (err)
		return err_set(info, err, "malformed client-first message");
	l.user = first.user;
	err = look_up(engine, &l, info);
	if (!err)
		err = find_keys(engine, &l, &keys, info);
	if (err)
		return err;
	state.user = first.user;
	state.default_domain = q->default_domain;
	state.client_first = q->client_first;
	state.server_first = directory_scram_first_answer(a, &first, &keys);
	r->server_first = state.server_first;
	r->state = seal_state(engine, a, &state);
	return ERR_OK;
}

enum err auth_scram_finish(struct store_engine *engine, uint64_t caller_process, struct arena *a,
                           const struct store_scram_finish_req *q, struct store_scram_finish_res *r,
                           struct errinfo *info)
{
	struct lookup l = { .a = a };
	struct aftermath m = { 0 };
	struct directory_scram_first first;
	struct directory_scram_keys keys;
	struct scram_state state;
	struct str server_final;
	enum err err = unseal_state(engine, a, q->state, caller_process, &state);

	if (err)
		return err_set(info, err, "the state of the exchange is not ours, or too old");
	must(!directory_scram_first_parse(a, state.client_first, &first));
	l.user = state.user;
	l.default_domain = state.default_domain;
	err = look_up(engine, &l, info);
	if (!err)
		err = find_keys(engine, &l, &keys, info);
	if (err)
		return err;
	err = directory_scram_final_check(a, &first, state.server_first, q->client_final,
	                                  q->channel_binding, &keys, &server_final);
	if (err)
		return err_set(info, err, "%s for \"%.*s\"",
		               err == ERR_AUTH ? "wrong proof" : "malformed proof",
		               STR_ARG(l.user));
	/* Nobody finds a proof for keys that were made up, but it must not depend on that. */
	if (!l.is_found || !l.scram.n)
		return err_set(info, ERR_AUTH, "nobody can log in as \"%.*s\"", STR_ARG(l.user));
	err = check_state(&l, info);
	if (err)
		return err;
	settle(engine, &l, &m);
	r->server_final = server_final;
	r->grant = engine_grant_make(engine, a, l.account_id, caller_process);
	r->address = l.address;
	return ERR_OK;
}

/* ---------------------------------------------------------------- APOP */

static enum err find_apop_secret(struct store_engine *engine, struct arena *a,
                                 const struct lookup *l, struct str *secret_r, struct errinfo *info)
{
	struct str label = str_printf(a, AUTH_APOP_LABEL, (unsigned long long)l->account_id);
	struct str sealed;

	if (!codec_hex_decode(a, l->apop, &sealed) &&
	    !engine_unseal(engine, a, label, sealed, secret_r))
		return ERR_OK;
	return err_set(info, ERR_CORRUPT, "the APOP secret of %.*s cannot be read; set it anew",
	               STR_ARG(l->address));
}

enum err auth_apop(struct store_engine *engine, uint64_t caller_process, struct arena *a,
                   const struct store_apop_req *q, struct store_apop_res *r, struct errinfo *info)
{
	struct lookup l = { .a = a, .user = q->user, .default_domain = q->default_domain };
	struct aftermath m = { 0 };
	/* Whoever has no secret is compared with one, too. */
	struct str secret = STR("nobody");
	char want[DIRECTORY_APOP_DIGEST_CHARS + 1];
	bool may_enter;
	enum err err = look_up(engine, &l, info);

	may_enter = !err && l.is_found && l.apop.n;
	if (may_enter)
		err = find_apop_secret(engine, a, &l, &secret, info);
	if (err)
		return err;
	directory_apop_digest(q->timestamp, secret, want);
	if (!str_eq_secret(str_lower(a, q->digest), str_c(want)) || !may_enter)
		return err_set(info, ERR_AUTH, "wrong APOP digest for \"%.*s\"", STR_ARG(q->user));
	err = check_state(&l, info);
	if (err)
		return err;
	settle(engine, &l, &m);
	r->grant = engine_grant_make(engine, a, l.account_id, caller_process);
	r->address = l.address;
	return ERR_OK;
}

/* ---------------------------------------------------------------- setting a password */

enum err auth_password_prepare(struct store_engine *engine, struct arena *a, struct str password,
                               bool is_hashed, struct str *stored_r, struct errinfo *info)
{
	struct directory_scram_keys keys;
	struct str secret, scram;
	enum err err;

	if (!password.n) {
		*stored_r = STR("");
		return ERR_OK;
	}
	if (!is_hashed) {
		if (password.n > DIRECTORY_PASSWORD_MAX_BYTES)
			return err_set(info, ERR_INVALID, "a password has at most %d octets",
			               DIRECTORY_PASSWORD_MAX_BYTES);
		err = hash_both(engine, a, password, &secret, &scram);
		if (err)
			return err_set(info, ERR_TEMP,
			               "no memory to hash a password; lower auth.argon2_memory");
		*stored_r = str_printf(a, "%.*s\n%.*s", STR_ARG(secret), STR_ARG(scram));
		return ERR_OK;
	}
	if (str_find(password, '\n') >= 0 || str_find(password, 0) >= 0 ||
	    !directory_password_is_known(password))
		return err_set(info, ERR_INVALID,
		               "the hashed password is of no known scheme; known are argon2, "
		               "crypt(3) and {SCHEME} forms");
	*stored_r = password;
	if (!directory_scram_parse(password, &keys))
		*stored_r = str_printf(a, "%.*s\n%.*s", STR_ARG(password),
		                       STR_ARG(directory_scram_format(a, &keys)));
	return ERR_OK;
}
