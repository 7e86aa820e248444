/*
 * Statements of PostgreSQL. Parameters are binary. Integers are declared bigint, everything else is
 * left to the server, which is asked once what it made of them.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/must.h"
#include "src/store/engine/postgres_conn_priv.h"

enum {
	PARAMS_MAX = 64
};

struct db_stmt *pg_stmt_new(struct db *base, const char *sql)
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

void pg_stmt_free(struct db_stmt *base)
{
	struct pg_stmt *s = pg_stmt_of(base);
	PQclear(s->res);
	free(s->params);
	free(s->types);
	free(s->text);
	free(s);
}

void pg_stmt_reset(struct db_stmt *base)
{
	struct pg_stmt *s = pg_stmt_of(base);
	PQclear(s->res);
	s->res = NULL;
	s->row = -1;
	s->is_bind_wrong = false;
	for (int i = 0; i < s->n_params; i++)
		s->params[i].kind = PG_NULL;
}

static struct pg_param *param_at(struct db_stmt *base, int n)
{
	struct pg_stmt *s = pg_stmt_of(base);
	if (n < 1 || n > s->n_params) {
		s->is_bind_wrong = true;
		return NULL;
	}
	return &s->params[n - 1];
}

void pg_bind_i64(struct db_stmt *base, int n, int64_t value)
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

void pg_bind_text(struct db_stmt *base, int n, struct str text)
{
	bind_octets(base, n, text, PG_TEXT);
}

void pg_bind_blob(struct db_stmt *base, int n, struct str blob)
{
	bind_octets(base, n, blob, PG_BLOB);
}

static enum err describe(struct pg *db, struct pg_stmt *s)
{
	if (!PQsendDescribePrepared(db->conn, s->name))
		return pg_fail_lost(db, ERR_IO, s->text);
	PGresult *res = NULL;
	enum err err = pg_result(db, s->text, &res);
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
		return pg_fail_lost(db, ERR_IO, s->text);
	PGresult *res = NULL;
	enum err err = pg_result(db, s->text, &res);
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

	enum err err = pg_need_connection(db);
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
		return pg_fail_lost(db, ERR_IO, s->text);
	err = pg_result(db, s->text, &s->res);
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

enum err pg_step(struct db_stmt *base, bool *has_row_r)
{
	struct pg_stmt *s = pg_stmt_of(base);
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

uint64_t pg_changed(struct db_stmt *base)
{
	return pg_stmt_of(base)->changed;
}
