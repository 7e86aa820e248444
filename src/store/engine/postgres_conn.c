/* The connection to PostgreSQL: connecting, waiting for answers, and what can go wrong. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/store/engine/postgres_conn_priv.h"

enum {
	STATEMENT_TIMEOUT_MS = 60000,
	CONNECT_TIMEOUT_MS = 5000
};

/* ---- failures */

void pg_lose(struct pg *db)
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

enum err pg_fail_lost(struct pg *db, enum err kind, const char *what)
{
	char why[300];
	snprintf(why, sizeof(why), "%s", db->conn ? PQerrorMessage(db->conn) : "not connected");
	why[strcspn(why, "\n")] = '\0';
	pg_lose(db);
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
		return pg_fail_lost(db, ERR_IO, what);
	enum err kind = kind_of(state);
	err_set(&db->base.info, kind, "postgres: %s (%s) in: %.200s", text ? text : "failed", state,
	        what);
	if (kind == ERR_IO)
		pg_lose(db);
	return kind;
}

static void note_notice(void *ctx, const PGresult *res)
{
	struct pg *db = ctx;
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	if (severity && strcmp(severity, "WARNING") == 0)
		db->is_warned = true;
}

/* ---- waiting */

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
			return pg_fail_lost(db, ERR_IO, what);
		if (!rc && !PQisBusy(db->conn))
			return ERR_OK;
		if (!wait_socket(db, rc ? POLLIN | POLLOUT : POLLIN, deadline))
			return pg_fail_lost(db, ERR_TIMEOUT, what);
		if (!PQconsumeInput(db->conn))
			return pg_fail_lost(db, ERR_IO, what);
	}
}

/* The (last) result of what was sent; the connection is ready for the next statement afterwards. */
enum err pg_result(struct pg *db, const char *what, PGresult **res_r)
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
		return pg_fail_lost(db, ERR_IO, what);
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

enum err pg_need_connection(struct pg *db)
{
	if (db->conn)
		return ERR_OK;
	return err_set(&db->base.info, ERR_IO, "postgres: the connection was lost");
}

enum err pg_simple(struct pg *db, const char *sql, PGresult **res_r)
{
	enum err err = pg_need_connection(db);
	if (err)
		return err;
	db->is_warned = false;
	if (!PQsendQuery(db->conn, sql))
		return pg_fail_lost(db, ERR_IO, sql);
	PGresult *res = NULL;
	err = pg_result(db, sql, &res);
	if (err)
		return err;
	if (res_r)
		*res_r = res;
	else
		PQclear(res);
	return ERR_OK;
}

/* ---- connecting */

static enum err wait_connected(struct pg *db)
{
	int64_t deadline = clock_mono_ms() + CONNECT_TIMEOUT_MS;
	if (db->base.deadline_mono_ms && db->base.deadline_mono_ms < deadline)
		deadline = db->base.deadline_mono_ms;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	while (state != PGRES_POLLING_OK) {
		if (state == PGRES_POLLING_FAILED)
			return pg_fail_lost(db, ERR_IO, "connect");
		short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (!wait_socket(db, events, deadline))
			return pg_fail_lost(db, ERR_TIMEOUT, "connect");
		state = PQconnectPoll(db->conn);
	}
	return ERR_OK;
}

enum err pg_connect(struct pg *db)
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
		return pg_fail_lost(db, ERR_IO, "connect");
	enum err err = wait_connected(db);
	if (err)
		return err;
	PQsetnonblocking(db->conn, 1);
	PQsetNoticeReceiver(db->conn, note_notice, db);
	db->base.is_lost = false;
	db->base.generation++;
	err = pg_simple(db,
	                "SET client_min_messages = warning; SET standard_conforming_strings = on;"
	                "SET default_transaction_isolation = 'read committed';"
	                "SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '60s';"
	                "SET bytea_output = 'hex'; SET TimeZone = 'UTC'",
	                NULL);
	if (!err)
		err = pg_simple(db,
		                db->is_no_sync ? "SET synchronous_commit = off"
		                               : "SET synchronous_commit = on",
		                NULL);
	if (err)
		pg_lose(db);
	return err;
}
