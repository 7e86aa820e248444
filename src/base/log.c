#include "src/base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/base/clock.h"

enum {
	LINE_MAX_BYTES = 16384,
	VALUE_MAX_BYTES = 2048
};

/* A reload sets these while other threads log. */
static const char *_Atomic process_role = "tayori";
static _Atomic int min_level = LOG_LEVEL_INFO;
static _Atomic int log_target = LOG_TARGET_STDERR;
static atomic_bool is_json_form;

static const char *const level_names[] = { "debug", "info", "warn", "error" };

bool log_is_on(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&min_level, memory_order_relaxed);
}

void log_setup(const char *role, enum log_level min, enum log_target target, bool is_json)
{
	process_role = role;
	atomic_store(&min_level, min);
	atomic_store(&log_target, target);
	atomic_store(&is_json_form, is_json);
	if (target == LOG_TARGET_SYSLOG)
		openlog("tayori", LOG_PID | LOG_NDELAY, LOG_MAIL);
}

/* Text between double quotes: JSON's escapes, and everything outside ASCII that is not UTF-8 as
 * \u00XX. */
static enum err add_quoted(struct buf *b, struct str s)
{
	bool is_utf8 = str_is_utf8(s);
	enum err e = buf_add_byte(b, '"');

	for (size_t i = 0; i < s.n && i < VALUE_MAX_BYTES && !e; i++) {
		unsigned char c = s.p[i];

		if (c == '"' || c == '\\')
			e = buf_printf(b, "\\%c", c);
		else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !is_utf8))
			e = buf_printf(b, "\\u%04x", c);
		else
			e = buf_add_byte(b, c);
	}
	return e ? e : buf_add_byte(b, '"');
}

/* A word that needs no quotes in the text form. */
static bool is_plain(struct str s)
{
	if (s.n == 0 || s.n > 128)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return true;
}

static enum err add_value(struct buf *b, const struct log_kv *kv, bool is_json)
{
	if (kv->kind == LOG_KV_INT)
		return buf_printf(b, "%lld", (long long)kv->i);
	if (kv->kind == LOG_KV_UINT)
		return buf_add_u64(b, (uint64_t)kv->i);
	if (!is_json && is_plain(kv->s))
		return buf_add(b, kv->s);
	return add_quoted(b, kv->s);
}

static enum err add_time(struct buf *b)
{
	int64_t now = clock_wall_ms();
	time_t seconds = (time_t)(now / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
	                  tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	                  (int)(now % 1000));
}

static enum err format_text(struct buf *b, enum log_level level, const char *name,
                            const struct log_kv *kv, bool has_time)
{
	enum err e = has_time ? add_time(b) : ERR_OK;

	if (!e && has_time)
		e = buf_printf(b, " %s %s[%d] ", level_names[level], process_role, (int)getpid());
	if (!e)
		e = buf_add_c(b, name);
	for (; kv->key && !e; kv++) {
		e = buf_printf(b, " %s=", kv->key);
		if (!e)
			e = add_value(b, kv, false);
	}
	return e;
}

static enum err format_json(struct buf *b, enum log_level level, const char *name,
                            const struct log_kv *kv)
{
	enum err e = buf_add_c(b, "{\"time\":\"");

	if (!e)
		e = add_time(b);
	if (!e)
		e = buf_printf(b, "\",\"level\":\"%s\",\"role\":\"%s\",\"pid\":%d,\"event\":\"%s\"",
		               level_names[level], process_role, (int)getpid(), name);
	for (; kv->key && !e; kv++) {
		e = buf_printf(b, ",\"%s\":", kv->key);
		if (!e)
			e = add_value(b, kv, true);
	}
	return e ? e : buf_add_byte(b, '}');
}

static int syslog_priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_DEBUG:
		return LOG_DEBUG;
	case LOG_LEVEL_INFO:
		return LOG_INFO;
	case LOG_LEVEL_WARN:
		return LOG_WARNING;
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	}
	return LOG_ERR;
}

static void emit(struct buf *b, enum log_level level)
{
	if (atomic_load(&log_target) == LOG_TARGET_SYSLOG) {
		syslog(syslog_priority(level), "%.*s", STR_ARG(buf_str(b)));
		return;
	}
	if (buf_add_byte(b, '\n'))
		b->p[b->n - 1] = '\n';
	/* One write a line: lines of several processes on one pipe do not mix. */
	while (write(STDERR_FILENO, b->p, b->n) < 0 && errno == EINTR)
		;
}

void log_write(enum log_level level, const char *name, const struct log_kv *kv)
{
	struct buf b = buf_in(NULL, LINE_MAX_BYTES);
	int saved = errno;
	enum err e;

	if ((int)level < atomic_load(&min_level))
		return;
	if (atomic_load(&is_json_form))
		e = format_json(&b, level, name, kv);
	else
		e = format_text(&b, level, name, kv, atomic_load(&log_target) == LOG_TARGET_STDERR);
	/* An over-long line is cut, but it is written. */
	(void)e;
	emit(&b, level);
	buf_clear(&b);
	errno = saved;
}
