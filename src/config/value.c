#include <stdio.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/must.h"
#include "src/config/tables_priv.h"
#include "src/config/value_priv.h"

struct unit {
	const char *name;
	uint64_t times;
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "K", CONFIG_KIB },
	{ "KB", CONFIG_KIB },
	{ "KiB", CONFIG_KIB },
	{ "M", CONFIG_MIB },
	{ "MB", CONFIG_MIB },
	{ "MiB", CONFIG_MIB },
	{ "G", CONFIG_GIB },
	{ "GB", CONFIG_GIB },
	{ "GiB", CONFIG_GIB },
	{ NULL, 0 },
};

static const struct unit durations[] = {
	{ "ms", 1 },
	{ "s", CONFIG_SECOND },
	{ "m", CONFIG_MINUTE },
	{ "min", CONFIG_MINUTE },
	{ "h", CONFIG_HOUR },
	{ "d", CONFIG_DAY },
	{ "w", 7 * CONFIG_DAY },
	{ NULL, 0 },
};

/* Digits, then one of `units`. A lone zero needs no unit. */
static bool parse_scaled(struct str s, const struct unit *units, uint64_t *value_r)
{
	uint64_t number;
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	if (!str_to_u64(str_first(s, n), UINT64_MAX, &number))
		return false;
	if (number == 0 && n == s.n) {
		*value_r = 0;
		return true;
	}
	for (; units->name; units++) {
		if (!str_ieq(str_from(s, n), str_c(units->name)))
			continue;
		*value_r = number > UINT64_MAX / units->times ? UINT64_MAX : number * units->times;
		return true;
	}
	return false;
}

static bool parse_number(const struct option *o, struct str s, uint64_t *value_r)
{
	if (o->type == OPTION_DURATION)
		return parse_scaled(s, durations, value_r);
	if (o->type == OPTION_SIZE || o->type == OPTION_SIZE32)
		return parse_scaled(s, sizes, value_r);
	return str_to_u64(s, UINT64_MAX, value_r);
}

/* A limit in the unit of the option: a value in a scratch field, printed. */
static void format_limit(const struct option *o, uint64_t limit, char text[32])
{
	struct option at_zero = *o;
	struct buf b = buf_in(NULL, 31);
	uint64_t field = limit;
	uint32_t field32 = (uint32_t)limit;
	uint16_t field16 = (uint16_t)limit;
	const void *base = &field;
	enum err e;

	at_zero.offset = 0;
	if (o->type == OPTION_PORT)
		base = &field16;
	else if (o->type == OPTION_NUMBER || o->type == OPTION_SIZE32)
		base = &field32;
	e = option_value_format(&at_zero, base, &b);
	must(e == ERR_OK);
	memcpy(text, b.p, b.n);
	text[b.n] = 0;
	buf_clear(&b);
}

static enum err parse_scalar(const struct option *o, char *field, const char *text,
                             char why[OPTION_WHY_MAX])
{
	char low[32], high[32];
	uint64_t v;
	uint32_t v32;
	uint16_t v16;

	if (!parse_number(o, str_c(text), &v)) {
		snprintf(why, OPTION_WHY_MAX, "\"%.100s\" does not fit; write %s", text,
		         option_type_help(o->type));
		return ERR_INVALID;
	}
	if (v < o->min || v > o->max) {
		format_limit(o, o->min, low);
		format_limit(o, o->max, high);
		snprintf(why, OPTION_WHY_MAX, "%.100s is out of range; write a value from %s to %s",
		         text, low, high);
		return ERR_INVALID;
	}
	v32 = (uint32_t)v;
	v16 = (uint16_t)v;
	if (o->type == OPTION_PORT)
		memcpy(field, &v16, sizeof v16);
	else if (o->type == OPTION_NUMBER || o->type == OPTION_SIZE32)
		memcpy(field, &v32, sizeof v32);
	else
		memcpy(field, &v, sizeof v);
	return ERR_OK;
}

static enum err parse_bool(char *field, const char *text, char why[OPTION_WHY_MAX])
{
	struct str s = str_c(text);
	bool yes = str_ieq(s, STR("true")) || str_ieq(s, STR("yes")) || str_ieq(s, STR("on"));
	bool no = str_ieq(s, STR("false")) || str_ieq(s, STR("no")) || str_ieq(s, STR("off"));

	if (!yes && !no) {
		snprintf(why, OPTION_WHY_MAX, "\"%.100s\" does not fit; write true or false", text);
		return ERR_INVALID;
	}
	memcpy(field, &yes, sizeof yes);
	return ERR_OK;
}

static void list_choices(const struct option *o, char *list, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; o->choices[i] && n < room; i++)
		n += (size_t)snprintf(list + n, room - n, "%s%s",
		                      i == 0              ? ""
		                      : o->choices[i + 1] ? ", "
		                                          : " or ",
		                      o->choices[i]);
}

static enum err parse_choice(const struct option *o, char *field, const char *text,
                             char why[OPTION_WHY_MAX])
{
	char list[200];
	uint32_t i = 0;

	while (o->choices[i] && !str_ieq(str_c(o->choices[i]), str_c(text)))
		i++;
	if (!o->choices[i]) {
		list_choices(o, list, sizeof list);
		snprintf(why, OPTION_WHY_MAX, "\"%.100s\" is unknown; write %s", text, list);
		return ERR_INVALID;
	}
	if (o->is_text)
		memcpy(field, &o->choices[i], sizeof o->choices[i]);
	else
		memcpy(field, &i, sizeof i);
	return ERR_OK;
}

static enum err parse_text(const struct option *o, char *field, struct arena *a, const char *text,
                           char why[OPTION_WHY_MAX])
{
	struct str s = str_c(text);
	const char *copy;

	if (s.n < o->min || s.n > o->max) {
		if (s.n == 0)
			snprintf(why, OPTION_WHY_MAX, "is empty; write %s",
			         option_type_help(o->type));
		else
			snprintf(why, OPTION_WHY_MAX,
			         "\"%.60s%s\" has %zu octets; write at most %llu", text,
			         s.n > 60 ? "..." : "", s.n, (unsigned long long)o->max);
		return ERR_INVALID;
	}
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= 0x20 && s.p[i] != 0x7f)
			continue;
		snprintf(why, OPTION_WHY_MAX, "contains control character %u; write it without",
		         s.p[i]);
		return ERR_INVALID;
	}
	copy = str_dup_c(a, s);
	memcpy(field, &copy, sizeof copy);
	return ERR_OK;
}

enum err option_value_parse(const struct option *o, void *base, struct arena *a, const char *text,
                            char why[OPTION_WHY_MAX])
{
	char *field = (char *)base + o->offset;

	switch (o->type) {
	case OPTION_BOOL:
		return parse_bool(field, text, why);
	case OPTION_CHOICE:
		return parse_choice(o, field, text, why);
	case OPTION_TEXT:
	case OPTION_PATH:
		return parse_text(o, field, a, text, why);
	case OPTION_NUMBER:
	case OPTION_PORT:
	case OPTION_SIZE:
	case OPTION_SIZE32:
	case OPTION_DURATION:
		return parse_scalar(o, field, text, why);
	case OPTION_NETS:
		break;
	}
	must(o->type != OPTION_NETS && "a list is not one value");
	return ERR_INVALID;
}
