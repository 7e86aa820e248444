#include "src/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/must.h"

static const char *const names[ERR_COUNT] = {
	[ERR_OK] = "ok",           [ERR_TEMP] = "temp",
	[ERR_PERM] = "perm",       [ERR_LIMIT] = "limit",
	[ERR_QUOTA] = "quota",     [ERR_NOTFOUND] = "notfound",
	[ERR_EXISTS] = "exists",   [ERR_DENIED] = "denied",
	[ERR_AUTH] = "auth",       [ERR_BUSY] = "busy",
	[ERR_PROTO] = "proto",     [ERR_INVALID] = "invalid",
	[ERR_IO] = "io",           [ERR_CORRUPT] = "corrupt",
	[ERR_TIMEOUT] = "timeout", [ERR_CANCELLED] = "cancelled",
};

const char *err_name(enum err kind)
{
	must((unsigned)kind < ERR_COUNT);
	return names[kind];
}

static void fill(struct errinfo *info, enum err kind, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void fill(struct errinfo *info, enum err kind, const char *format, va_list args)
{
	info->kind = kind;
	info->sys_errno = 0;
	vsnprintf(info->text, sizeof info->text, format, args);
}

enum err err_set(struct errinfo *info, enum err kind, const char *format, ...)
{
	int saved = errno;
	va_list args;

	if (info) {
		va_start(args, format);
		fill(info, kind, format, args);
		va_end(args);
	}
	errno = saved;
	return kind;
}

enum err err_set_errno(struct errinfo *info, enum err kind, const char *format, ...)
{
	int saved = errno;
	va_list args;
	char name[128];
	size_t n;

	if (info) {
		va_start(args, format);
		fill(info, kind, format, args);
		va_end(args);
		info->sys_errno = saved;
		n = strlen(info->text);
		snprintf(info->text + n, sizeof info->text - n, ": %s",
		         strerror_r(saved, name, sizeof name));
	}
	errno = saved;
	return kind;
}
