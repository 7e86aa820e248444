/* Columns of PostgreSQL results, in binary form. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/must.h"
#include "src/store/engine/postgres_conn_priv.h"

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

int64_t pg_col_i64(struct db_stmt *base, int n)
{
	struct pg_stmt *s = pg_stmt_of(base);
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

struct str pg_col_str(struct db_stmt *base, int n)
{
	struct pg_stmt *s = pg_stmt_of(base);
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

bool pg_col_is_null(struct db_stmt *base, int n)
{
	struct pg_stmt *s = pg_stmt_of(base);
	return PQgetisnull(s->res, s->row, n);
}
