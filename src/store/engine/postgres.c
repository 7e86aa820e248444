/*
 * PostgreSQL through libpq, as the rules of the transaction protocols ask:
 *
 * - Deadlines are the client's. A statement that does not answer in time costs the connection, and
 *   the lane finds
 *   out what happened; nothing is ever cancelled, because a cancelled COMMIT looks like a good one.
 * - A COMMIT is good only with the tag COMMIT and without a WARNING.
 * - After a loss the next db_begin connects again, to whoever is the primary by then.
 *
 * Parameters and results are binary. Integers are declared bigint, everything else is left to the
 * server, which is asked once what it made of them.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/store/db_priv.h"
#include "src/store/engine/postgres_priv.h"
#include "src/store/store.h"

#define STATEMENT_TIMEOUT_MS 60000
#define CONNECT_TIMEOUT_MS 5000
#define PARAMS_MAX 64

enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_OID = 26
};
enum {
	OID_TEXT = 25,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701,
	OID_NUMERIC = 1700,
	OID_VARCHAR = 1043
};

struct pg {
	struct db base;
	PGconn *conn;
	char *conninfo;
	bool is_no_sync;
	bool is_warned; /* a WARNING came since the last statement began */
	uint64_t next_name;
};

enum pg_kind {
	PG_NULL,
	PG_I64,
	PG_TEXT,
	PG_BLOB
};

struct pg_param {
	enum pg_kind kind;
	int64_t i;
	struct str s;
	char room[24]; /* the value in wire form */
};

struct pg_stmt {
	struct db_stmt base;
	char *text;
	char name[24];
	uint64_t generation; /* connection it is prepared on; 0: none */
	int n_params;
	struct pg_param *params;
	Oid *types;
	bool is_bind_wrong;
	PGresult *res;
	int row;
	uint64_t changed;
	char num[24]; /* an integer column read as text */
};

static struct pg *pg_of(struct db *db)
{
	return (struct pg *)db;
}

static struct pg_stmt *stmt_of(struct db_stmt *s)
{
	return (struct pg_stmt *)s;
}

/* ---------------------------------------------------------------- failures */

static void lose(struct pg *db)
{
	db->base.is_lost = true;
	if (db->conn)
		PQfinish(db->conn);
	db->conn = NULL;
}

static enum err kind_of(const char *state)
{
	static const struct {
		const char *prefix;
		enum err kind;
	} kinds[] = {
		{ "23505", ERR_EXISTS },  { "23503", ERR_NOTFOUND }, { "40", ERR_BUSY },
		{ "55P03", ERR_BUSY },    { "53100", ERR_LIMIT },    { "53", ERR_TEMP },
		{ "57014", ERR_TIMEOUT }, { "57", ERR_IO },          { "08", ERR_IO },
		{ "25006", ERR_IO },      { "XX", ERR_CORRUPT },     { "58", ERR_IO },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(state, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return kinds[i].kind;
	}
	return ERR_INVALID;
}

static enum err fail_lost(struct pg *db, enum err kind, const char *what)
{
	char why[300];
	snprintf(why, sizeof(why), "%s", db->conn ? PQerrorMessage(db->conn) : "not connected");
	why[strcspn(why, "\n")] = '\0';
	lose(db);
	return err_set(&db->base.info, kind, "postgres: %s: %s", what, why);
}

/*
 * A failed result: say why. The server going down, or being no primary any more, costs the
 * connection.
 */
static enum err fail_result(struct pg *db, PGresult *res, const char *what)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	if (!state || PQstatus(db->conn) != CONNECTION_OK)
		return fail_lost(db, ERR_IO, what);
	enum err kind = kind_of(state);
	err_set(&db->base.info, kind, "postgres: %s (%s) in: %.200s", text ? text : "failed", state,
	        what);
	if (kind == ERR_IO)
		lose(db);
	return kind;
}

static void note_notice(void *ctx, const PGresult *res)
{
	struct pg *db = ctx;
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	if (severity && strcmp(severity, "WARNING") == 0)
		db->is_warned = true;
}

/* ---------------------------------------------------------------- waiting */

static int64_t deadline_of(const struct pg *db)
{
	return db->base.deadline_mono_ms ? db->base.deadline_mono_ms
	                                 : clock_mono_ms() + STATEMENT_TIMEOUT_MS;
}

/* Wait for the socket; false at the deadline or on trouble. */
static bool wait_socket(struct pg *db, short events, int64_t deadline)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = events };
	for (;;) {
		int64_t left = deadline - clock_mono_ms();
		if (left <= 0)
			return false;
		int n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

/* Send what is buffered, and read until a result can be had without waiting. */
static enum err wait_result(struct pg *db, int64_t deadline, const char *what)
{
	for (;;) {
		int rc = PQflush(db->conn);
		if (rc < 0)
			return fail_lost(db, ERR_IO, what);
		if (!rc && !PQisBusy(db->conn))
			return ERR_OK;
		if (!wait_socket(db, rc ? POLLIN | POLLOUT : POLLIN, deadline))
			return fail_lost(db, ERR_TIMEOUT, what);
		if (!PQconsumeInput(db->conn))
			return fail_lost(db, ERR_IO, what);
	}
}

/* The (last) result of what was sent; the connection is ready for the next statement afterwards. */
static enum err fetch_result(struct pg *db, const char *what, PGresult **res_r)
{
	int64_t deadline = deadline_of(db);
	PGresult *last = NULL;
	for (;;) {
		enum err err = wait_result(db, deadline, what);
		if (err) {
			PQclear(last);
			return err;
		}
		PGresult *res = PQgetResult(db->conn);
		if (!res)
			break;
		ExecStatusType status = last ? PQresultStatus(last) : PGRES_COMMAND_OK;
		if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
			PQclear(last);
			last = res;
		} else {
			PQclear(res); /* the first failure is the one to tell */
		}
	}
	if (!last)
		return fail_lost(db, ERR_IO, what);
	ExecStatusType status = PQresultStatus(last);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
	    status != PGRES_EMPTY_QUERY) {
		enum err err = fail_result(db, last, what);
		PQclear(last);
		return err;
	}
	*res_r = last;
	return ERR_OK;
}

static enum err need_connection(struct pg *db)
{
	if (db->conn)
		return ERR_OK;
	return err_set(&db->base.info, ERR_IO, "postgres: the connection was lost");
}

static enum err simple(struct pg *db, const char *sql, PGresult **res_r)
{
	enum err err = need_connection(db);
	if (err)
		return err;
	db->is_warned = false;
	if (!PQsendQuery(db->conn, sql))
		return fail_lost(db, ERR_IO, sql);
	PGresult *res = NULL;
	err = fetch_result(db, sql, &res);
	if (err)
		return err;
	if (res_r)
		*res_r = res;
	else
		PQclear(res);
	return ERR_OK;
}

/* ---------------------------------------------------------------- connecting */

static enum err wait_connected(struct pg *db)
{
	int64_t deadline = clock_mono_ms() + CONNECT_TIMEOUT_MS;
	if (db->base.deadline_mono_ms && db->base.deadline_mono_ms < deadline)
		deadline = db->base.deadline_mono_ms;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	while (state != PGRES_POLLING_OK) {
		if (state == PGRES_POLLING_FAILED)
			return fail_lost(db, ERR_IO, "connect");
		short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (!wait_socket(db, events, deadline))
			return fail_lost(db, ERR_TIMEOUT, "connect");
		state = PQconnectPoll(db->conn);
	}
	return ERR_OK;
}

static enum err pg_connect(struct pg *db)
{
	/*
	 * Later entries win: what the administrator wrote in the connection string overrides ours.
	 */
	const char *keys[] = { "application_name", "target_session_attrs",
		               "client_encoding",  "tcp_user_timeout",
		               "dbname",           NULL };
	const char *values[] = { "tayori", "read-write", "UTF8", "20000", db->conninfo, NULL };

	db->conn = PQconnectStartParams(keys, values, 1);
	must(db->conn != NULL);
	if (PQstatus(db->conn) == CONNECTION_BAD)
		return fail_lost(db, ERR_IO, "connect");
	enum err err = wait_connected(db);
	if (err)
		return err;
	PQsetnonblocking(db->conn, 1);
	PQsetNoticeReceiver(db->conn, note_notice, db);
	db->base.is_lost = false;
	db->base.generation++;
	err = simple(db,
	             "SET client_min_messages = warning; SET standard_conforming_strings = on;"
	             "SET default_transaction_isolation = 'read committed';"
	             "SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '60s';"
	             "SET bytea_output = 'hex'; SET TimeZone = 'UTC'",
	             NULL);
	if (!err)
		err = simple(db,
		             db->is_no_sync ? "SET synchronous_commit = off"
		                            : "SET synchronous_commit = on",
		             NULL);
	if (err)
		lose(db);
	return err;
}

/* ---------------------------------------------------------------- statements */

static struct db_stmt *pg_stmt_new(struct db *base, const char *sql)
{
	struct pg *db = pg_of(base);
	struct pg_stmt *s = calloc(1, sizeof(*s));
	must(s != NULL);
	s->text = db_sql_translate(sql, DB_POSTGRES, &s->n_params);
	must(s->n_params <= PARAMS_MAX);
	size_t n = (size_t)s->n_params + 1;
	s->params = calloc(n, sizeof(*s->params));
	s->types = calloc(n, sizeof(*s->types));
	must(s->params && s->types);
	snprintf(s->name, sizeof(s->name), "t%" PRIu64, ++db->next_name);
	return &s->base;
}

static void pg_stmt_free(struct db_stmt *base)
{
	struct pg_stmt *s = stmt_of(base);
	PQclear(s->res);
	free(s->params);
	free(s->types);
	free(s->text);
	free(s);
}

static void pg_stmt_reset(struct db_stmt *base)
{
	struct pg_stmt *s = stmt_of(base);
	PQclear(s->res);
	s->res = NULL;
	s->row = -1;
	s->is_bind_wrong = false;
	for (int i = 0; i < s->n_params; i++)
		s->params[i].kind = PG_NULL;
}

static struct pg_param *param_at(struct db_stmt *base, int n)
{
	struct pg_stmt *s = stmt_of(base);
	if (n < 1 || n > s->n_params) {
		s->is_bind_wrong = true;
		return NULL;
	}
	return &s->params[n - 1];
}

static void pg_bind_i64(struct db_stmt *base, int n, int64_t value)
{
	struct pg_param *p = param_at(base, n);
	if (!p)
		return;
	p->kind = PG_I64;
	p->i = value;
}

static void bind_octets(struct db_stmt *base, int n, struct str s, enum pg_kind kind)
{
	struct pg_param *p = param_at(base, n);
	if (!p)
		return;
	p->kind = kind;
	p->s = s;
}

static void pg_bind_text(struct db_stmt *base, int n, struct str text)
{
	bind_octets(base, n, text, PG_TEXT);
}

static void pg_bind_blob(struct db_stmt *base, int n, struct str blob)
{
	bind_octets(base, n, blob, PG_BLOB);
}

static enum err describe(struct pg *db, struct pg_stmt *s)
{
	if (!PQsendDescribePrepared(db->conn, s->name))
		return fail_lost(db, ERR_IO, s->text);
	PGresult *res = NULL;
	enum err err = fetch_result(db, s->text, &res);
	if (err)
		return err;
	for (int i = 0; i < s->n_params; i++)
		s->types[i] = PQparamtype(res, i);
	PQclear(res);
	return ERR_OK;
}

static enum err prepare(struct pg *db, struct pg_stmt *s)
{
	bool is_open = false;
	for (int i = 0; i < s->n_params; i++) {
		s->types[i] = s->params[i].kind == PG_I64    ? OID_INT8
		              : s->params[i].kind == PG_BLOB ? OID_BYTEA
		                                             : 0;
		if (!s->types[i])
			is_open = true;
	}
	if (!PQsendPrepare(db->conn, s->name, s->text, s->n_params, s->types))
		return fail_lost(db, ERR_IO, s->text);
	PGresult *res = NULL;
	enum err err = fetch_result(db, s->text, &res);
	if (err)
		return err;
	PQclear(res);
	if (is_open) {
		err = describe(db, s);
		if (err)
			return err;
	}
	s->generation = db->base.generation;
	return ERR_OK;
}

/* Wire form of an integer for a parameter of `type`; false when it does not fit. */
static bool put_integer(struct pg_param *p, Oid type, const char **value_r, int *len_r,
                        int *format_r)
{
	*value_r = p->room;
	*format_r = 1;
	if (type == OID_INT8) {
		uint64_t v = htobe64((uint64_t)p->i);
		memcpy(p->room, &v, sizeof(v));
		*len_r = sizeof(v);
	} else if (type == OID_INT4) {
		uint32_t v = htobe32((uint32_t)(int32_t)p->i);
		memcpy(p->room, &v, sizeof(v));
		*len_r = sizeof(v);
		return p->i >= INT32_MIN && p->i <= INT32_MAX;
	} else if (type == OID_INT2) {
		uint16_t v = htobe16((uint16_t)(int16_t)p->i);
		memcpy(p->room, &v, sizeof(v));
		*len_r = sizeof(v);
		return p->i >= INT16_MIN && p->i <= INT16_MAX;
	} else if (type == OID_BOOL) {
		p->room[0] = p->i != 0;
		*len_r = 1;
	} else {
		*len_r = snprintf(p->room, sizeof(p->room), "%" PRId64, p->i);
		*format_r = 0;
	}
	return true;
}

static enum err execute(struct pg *db, struct pg_stmt *s)
{
	const char *values[PARAMS_MAX + 1] = { 0 };
	int lens[PARAMS_MAX + 1] = { 0 };
	int formats[PARAMS_MAX + 1] = { 0 };

	enum err err = need_connection(db);
	if (!err && s->is_bind_wrong)
		err = err_set(&db->base.info, ERR_INVALID, "postgres: no such parameter in: %.200s",
		              s->text);
	if (!err && s->generation != db->base.generation)
		err = prepare(db, s);
	if (err)
		return err;
	for (int i = 0; i < s->n_params; i++) {
		struct pg_param *p = &s->params[i];
		if (p->kind == PG_I64) {
			if (put_integer(p, s->types[i], &values[i], &lens[i], &formats[i]))
				continue;
			return err_set(&db->base.info, ERR_INVALID,
			               "postgres: $%d = %" PRId64 " does not fit in: %.200s", i + 1,
			               p->i, s->text);
		}
		if (p->kind == PG_NULL)
			continue;
		must(p->s.n <= INT32_MAX);
		values[i] = p->s.n ? (const char *)p->s.p : "";
		lens[i] = (int)p->s.n;
		formats[i] = 1;
	}
	db->is_warned = false;
	if (!PQsendQueryPrepared(db->conn, s->name, s->n_params, values, lens, formats, 1))
		return fail_lost(db, ERR_IO, s->text);
	err = fetch_result(db, s->text, &s->res);
	if (err)
		return err;
	uint64_t changed = 0;
	if (str_to_u64(str_c(PQcmdTuples(s->res)), UINT64_MAX, &changed))
		s->changed = changed;
	else
		s->changed = 0;
	s->row = -1;
	return ERR_OK;
}

static enum err pg_step(struct db_stmt *base, bool *has_row_r)
{
	struct pg_stmt *s = stmt_of(base);
	if (!s->res) {
		enum err err = execute(pg_of(base->db), s);
		if (err) {
			pg_stmt_reset(base);
			return err;
		}
	}
	s->row++;
	*has_row_r = s->row < PQntuples(s->res);
	if (!*has_row_r)
		pg_stmt_reset(base);
	return ERR_OK;
}

/* ---------------------------------------------------------------- columns */

static const unsigned char *cell(struct pg_stmt *s, int n, size_t *len_r)
{
	must(s->res != NULL && n < PQnfields(s->res));
	*len_r = 0;
	if (PQgetisnull(s->res, s->row, n))
		return NULL;
	*len_r = (size_t)PQgetlength(s->res, s->row, n);
	return (const unsigned char *)PQgetvalue(s->res, s->row, n);
}

static uint64_t big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* The integral part of a numeric, which sum() makes of bigint: digits to the base 10,000. */
static int64_t numeric_value(const unsigned char *p, size_t len)
{
	if (len < 8)
		return 0;
	int digits = (int16_t)big_endian(p, 2);
	int weight = (int16_t)big_endian(p + 2, 2);
	bool is_negative = big_endian(p + 4, 2) == 0x4000;
	uint64_t v = 0;
	for (int i = 0; i <= weight; i++) {
		uint64_t digit = 0;
		if (i < digits && (size_t)i * 2 + 10 <= len)
			digit = big_endian(p + 8 + i * 2, 2);
		if (__builtin_mul_overflow(v, 10000u, &v) || __builtin_add_overflow(v, digit, &v) ||
		    v > INT64_MAX)
			return is_negative ? INT64_MIN : INT64_MAX;
	}
	return is_negative ? -(int64_t)v : (int64_t)v;
}

static int64_t text_value(const unsigned char *p, size_t len)
{
	struct str s = str_make(p, len);
	bool is_negative = s.n && s.p[0] == '-';
	uint64_t v = 0;
	if (!str_to_u64(str_from(s, is_negative), INT64_MAX, &v))
		return 0;
	return is_negative ? -(int64_t)v : (int64_t)v;
}

static int64_t float_value(const unsigned char *p, size_t len)
{
	if (len == sizeof(float)) {
		uint32_t bits = (uint32_t)big_endian(p, len);
		float f = 0;
		memcpy(&f, &bits, sizeof(f));
		return (int64_t)f;
	}
	uint64_t bits = big_endian(p, len);
	double d = 0;
	memcpy(&d, &bits, sizeof(d));
	return (int64_t)d;
}

static int64_t pg_col_i64(struct db_stmt *base, int n)
{
	struct pg_stmt *s = stmt_of(base);
	size_t len = 0;
	const unsigned char *p = cell(s, n, &len);
	if (!p)
		return 0;
	switch (PQftype(s->res, n)) {
	case OID_INT8:
		return (int64_t)big_endian(p, 8);
	case OID_INT4:
		return (int32_t)big_endian(p, 4);
	case OID_INT2:
		return (int16_t)big_endian(p, 2);
	case OID_OID:
	case OID_BOOL:
		return (int64_t)big_endian(p, len);
	case OID_NUMERIC:
		return numeric_value(p, len);
	case OID_FLOAT4:
	case OID_FLOAT8:
		return float_value(p, len);
	default:
		return text_value(p, len);
	}
}

static struct str pg_col_str(struct db_stmt *base, int n)
{
	struct pg_stmt *s = stmt_of(base);
	size_t len = 0;
	const unsigned char *p = cell(s, n, &len);
	if (!p)
		return (struct str){ 0 };
	switch (PQftype(s->res, n)) {
	case OID_INT8:
	case OID_INT4:
	case OID_INT2:
	case OID_OID:
	case OID_BOOL:
	case OID_NUMERIC:
		snprintf(s->num, sizeof(s->num), "%" PRId64, pg_col_i64(base, n));
		return str_c(s->num);
	default:
		return str_make(p, len);
	}
}

static bool pg_col_is_null(struct db_stmt *base, int n)
{
	struct pg_stmt *s = stmt_of(base);
	return PQgetisnull(s->res, s->row, n);
}

static uint64_t pg_changed(struct db_stmt *base)
{
	return stmt_of(base)->changed;
}

/* ---------------------------------------------------------------- transactions */

static enum err pg_exec(struct db *base, const char *sql)
{
	struct pg *db = pg_of(base);
	char *text = db_sql_translate(sql, DB_POSTGRES, NULL);
	enum err err = simple(db, text, NULL);
	free(text);
	return err;
}

static enum err pg_control(struct db *db, const char *sql)
{
	return simple(pg_of(db), sql, NULL);
}

static enum err pg_begin(struct db *base, bool is_write)
{
	struct pg *db = pg_of(base);
	/*
	 * One that was lost while idle shows only when it is used: try once more on a new
	 * connection.
	 */
	for (int tries = 0;; tries++) {
		if (!db->conn) {
			enum err err = pg_connect(db);
			if (err)
				return err;
		}
		enum err err = simple(db,
		                      is_write ? "BEGIN ISOLATION LEVEL READ COMMITTED"
		                               : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		                      NULL);
		if (!err || db->conn || tries)
			return err;
	}
}

static enum err pg_commit(struct db *base)
{
	struct pg *db = pg_of(base);
	PGresult *res = NULL;
	bool was_connected = db->conn != NULL;
	enum err err = simple(db, "COMMIT", &res);
	if (err) {
		/* An answer that says no is a rollback; no answer says nothing. */
		base->is_commit_unknown = was_connected && base->is_lost;
		if (!base->is_lost)
			base->ops->rollback(base);
		return err;
	}
	bool is_good = strcmp(PQcmdStatus(res), "COMMIT") == 0;
	PQclear(res);
	if (is_good && !db->is_warned)
		return ERR_OK;
	if (!is_good)
		return err_set(&base->info, ERR_TEMP, "postgres: the transaction was rolled back");
	base->is_commit_unknown = true;
	lose(db);
	return err_set(&base->info, ERR_IO,
	               "postgres: COMMIT came with a warning, it may not be replicated");
}

static void pg_rollback(struct db *base)
{
	struct pg *db = pg_of(base);
	if (!db->conn || PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return;
	struct errinfo keep = base->info;
	if (simple(db, "ROLLBACK", NULL))
		lose(db);
	base->info = keep;
}

static bool pg_in_transaction(const struct db *base)
{
	const struct pg *db = (const struct pg *)base;
	if (!db->conn)
		return false;
	PGTransactionStatusType status = PQtransactionStatus(db->conn);
	return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

/* ---------------------------------------------------------------- opening */

static void pg_close(struct db *base)
{
	struct pg *db = pg_of(base);
	if (db->conn)
		PQfinish(db->conn);
	free(db->conninfo);
	free(db);
}

static const struct db_engine_ops pg_ops = {
	.engine = DB_POSTGRES,
	.close = pg_close,
	.stmt_new = pg_stmt_new,
	.stmt_free = pg_stmt_free,
	.stmt_reset = pg_stmt_reset,
	.bind_i64 = pg_bind_i64,
	.bind_text = pg_bind_text,
	.bind_blob = pg_bind_blob,
	.step = pg_step,
	.col_i64 = pg_col_i64,
	.col_str = pg_col_str,
	.col_is_null = pg_col_is_null,
	.changed = pg_changed,
	.exec = pg_exec,
	.control = pg_control,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.in_transaction = pg_in_transaction,
};

enum err db_postgres_open(const struct store_options *o, bool is_reader, struct db **db_r,
                          struct errinfo *info)
{
	struct pg *db = calloc(1, sizeof(*db));
	must(db != NULL);
	db->base.ops = &pg_ops;
	db->base.is_reader = is_reader;
	db->is_no_sync = o->unsafe_no_sync;
	db->conninfo = malloc(o->conninfo.n + 1);
	must(db->conninfo != NULL);
	if (o->conninfo.n)
		memcpy(db->conninfo, o->conninfo.p, o->conninfo.n);
	db->conninfo[o->conninfo.n] = '\0';
	enum err err = pg_connect(db);
	if (err) {
		err_set(info, err, "store: %s", db->base.info.text);
		struct db *base = &db->base;
		db_close(&base);
		return err;
	}
	*db_r = &db->base;
	return ERR_OK;
}

/* ---------------------------------------------------------------- services */

enum err db_postgres_identity(struct db *db, struct arena *a, struct str *identity_r)
{
	must(db->ops == &pg_ops);
	/* The timeline comes from the name of the current WAL file: that needs no special right. */
	struct db_stmt *s = db_prepare(
		db, "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || "
		    "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || "
		    "extract(epoch FROM pg_postmaster_start_time())::text");
	bool has_row = false;
	enum err err = db_step(s, &has_row);
	if (err)
		return err;
	must(has_row);
	*identity_r = str_dup(a, db_col_str(s, 0));
	db_done(s);
	return ERR_OK;
}

enum err db_postgres_force_wal(struct db *db)
{
	must(db->ops == &pg_ops);
	return db_exec(db, "SELECT pg_logical_emit_message(true, 'tayori', '')");
}
