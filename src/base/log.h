/*
 * Structured logs: one line an event, stable names.
 *
 * An event has a name ("smtp.accept"), a level, and keys with values; its text form is
 *
 *	2026-11-23T03:04:05.678Z info session[1234] smtp.accept sid=5f3a rcpt="ann@example.org"
 *size=512
 *
 * and its JSON form one object a line. Keys and event names are registered in docs/log-keys.txt.
 * Values are escaped, so no input can forge a line. Secrets never come here: there is no way to log
 *a password because no caller passes one. Library code returns errors; only the top of a role logs.
 */
#ifndef TAYORI_BASE_LOG_H
#define TAYORI_BASE_LOG_H

#include "src/base/err.h"
#include "src/base/str.h"

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR
};

enum log_target {
	LOG_TARGET_STDERR,
	LOG_TARGET_SYSLOG
};

/* One key and its value; `key` NULL ends a list. Made with the LOG_* macros below. */
struct log_kv {
	const char *key;
	enum {
		LOG_KV_STR,
		LOG_KV_INT,
		LOG_KV_UINT
	} kind;
	struct str s;
	int64_t i;
};

#define LOG_S(k, v) ((struct log_kv){ .key = (k), .kind = LOG_KV_STR, .s = (v) })
#define LOG_C(k, v) ((struct log_kv){ .key = (k), .kind = LOG_KV_STR, .s = str_c(v) })
#define LOG_I(k, v) ((struct log_kv){ .key = (k), .kind = LOG_KV_INT, .i = (int64_t)(v) })
#define LOG_U(k, v) ((struct log_kv){ .key = (k), .kind = LOG_KV_UINT, .i = (int64_t)(v) })

/* Write one event with at least one key: log_event(LOG_LEVEL_INFO, "smtp.accept", LOG_S("rcpt",
 * addr), LOG_U("size", n)).
 */
#define log_event(level, name, ...) \
	log_write((level), (name), (const struct log_kv[]){ __VA_ARGS__, { 0 } })

/* The function behind log_event; `kv` ends with a NULL key. Thread-safe; keeps errno. */
void log_write(enum log_level level, const char *name, const struct log_kv *kv);

/* Whether events of `level` are written at all: spares the work of describing one that is not. */
bool log_is_on(enum log_level level);

/* How this process logs. `role` is kept: it must stay alive for the life of the process. */
void log_setup(const char *role, enum log_level min, enum log_target target, bool is_json);

#endif
