#include "src/store/testing.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/must.h"
#include "src/base/random.h"
#include "src/store/db.h"

bool store_testing_is_postgres(void)
{
	const char *conninfo = getenv("TAYORI_TEST_POSTGRES");
	return conninfo && *conninfo;
}

static void admin_sql(const char *before, const char *database, const char *after)
{
	char sql[200];
	char conninfo[400];
	snprintf(sql, sizeof(sql), "%s %s %s", before, database, after);
	snprintf(conninfo, sizeof(conninfo), "%s dbname=postgres", getenv("TAYORI_TEST_POSTGRES"));
	struct store_options o = { .engine = STR("postgres"), .conninfo = str_c(conninfo) };
	struct db *db = NULL;
	struct errinfo info = { 0 };
	enum err err = db_open(&o, false, &db, &info);
	if (!err) {
		err = db_exec(db, sql);
		info = *db_errinfo(db);
	}
	if (err) {
		fprintf(stderr, "%s: %s\n", sql, info.text);
		exit(1);
	}
	db_close(&db);
}

void store_testing_init(struct store_testing *t)
{
	*t = (struct store_testing){
		.options = {
			.engine = STR("sqlite"),
			.lanes = 1,
			.readers = 4,
			.undelete_ms = (uint64_t)7 * 86400 * 1000,
			.accept_log_ms = (uint64_t)7 * 86400 * 1000,
			.zstd_level = 1,
			.message_max_bytes = 64 << 20,
			.quota_default_bytes = 1 << 30,
			.argon2_memory_kib = 64,
			.argon2_passes = 1,
			.auth_threads = 1,
			.unsafe_no_sync = true,
		},
	};
	snprintf(t->directory, sizeof(t->directory), "/tmp/tayori-store.XXXXXX");
	must(mkdtemp(t->directory) != NULL);
	t->options.path = str_c(t->directory);
	if (!store_testing_is_postgres())
		return;
	snprintf(t->database, sizeof(t->database), "t%016" PRIx64, random_u64());
	admin_sql("CREATE DATABASE", t->database, "");
	snprintf(t->conninfo, sizeof(t->conninfo), "%s dbname=%s", getenv("TAYORI_TEST_POSTGRES"),
	         t->database);
	t->options.engine = STR("postgres");
	t->options.conninfo = str_c(t->conninfo);
	t->options.lanes = 4;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void store_testing_clear(struct store_testing *t)
{
	nftw(t->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (t->database[0])
		admin_sql("DROP DATABASE", t->database, "WITH (FORCE)");
}
