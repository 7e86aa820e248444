/*
 * Keywords: names of an account, bit strings in entries. Bit n is bit n % 8 of octet n / 8.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

struct op_keywords op_keywords_in(struct arena *a, uint64_t account_id)
{
	return (struct op_keywords){ .account_id = account_id, .a = a };
}

static enum err set_name(struct op_keywords *k, uint64_t bit, struct str name)
{
	if (bit >= OP_KEYWORDS_MAX)
		return ERR_CORRUPT;
	if (bit >= k->room) {
		size_t room = k->room ? k->room : 64;

		while (room <= bit)
			room *= 2;
		k->names = arena_grow(k->a, k->names, k->room * sizeof(*k->names),
		                      room * sizeof(*k->names));
		k->room = room;
	}
	k->names[bit].name = name;
	if (bit >= k->n)
		k->n = bit + 1;
	return ERR_OK;
}

enum err op_keywords_load(struct op *op, struct op_keywords *k)
{
	struct db_stmt *s;
	bool has_row;

	if (k->is_loaded)
		return ERR_OK;
	s = db_prepare(op->db, "SELECT n, name FROM keyword WHERE account_id = ?1");
	op_bind_u64(s, 1, k->account_id);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		OP_TRY(set_name(k, db_col_u64(s, 0), op_col_dup(k->a, s, 1)));
	}
	k->is_loaded = true;
	return ERR_OK;
}

/* RFC 3501 section 9: flag-keyword is an atom. */
static bool is_keyword(struct str name)
{
	if (!name.n || name.n > OP_KEYWORD_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] <= 0x20 || name.p[i] >= 0x7f || strchr("(){%*\"\\]", name.p[i]))
			return false;
	}
	return true;
}

static bool find_bit(const struct op_keywords *k, struct str name, size_t *bit_r)
{
	for (size_t i = 0; i < k->n; i++) {
		if (str_ieq(k->names[i].name, name)) {
			*bit_r = i;
			return true;
		}
	}
	return false;
}

static enum err make_keyword(struct op *op, struct op_keywords *k, struct str name, size_t *bit_r)
{
	struct db_stmt *s;

	if (k->n >= op_limit_get(op, OP_LIMIT_KEYWORDS) || k->n == OP_KEYWORDS_MAX)
		return err_set(op->info, ERR_LIMIT, "an account has at most %u keywords",
		               op_limit_get(op, OP_LIMIT_KEYWORDS));
	s = db_prepare(op->db,
	               "INSERT INTO keyword (account_id, n, name, fold) VALUES (?1, ?2, ?3, ?4)");
	op_bind_u64(s, 1, k->account_id);
	op_bind_u64(s, 2, k->n);
	db_bind_text(s, 3, name);
	db_bind_text(s, 4, str_lower(op->scratch, name));
	OP_TRY(op_run(op, s));
	*bit_r = k->n;
	return set_name(k, k->n, str_dup(k->a, name));
}

enum err op_keywords_bits(struct op *op, struct op_keywords *k, const struct store_keyword *names,
                          size_t n, bool can_make, struct str *bits_r)
{
	unsigned char *bits;
	size_t used = 0;

	*bits_r = STR("");
	if (!n)
		return ERR_OK;
	OP_TRY(op_keywords_load(op, k));
	bits = arena_alloc(k->a, OP_KEYWORDS_MAX / 8);
	for (size_t i = 0; i < n; i++) {
		size_t bit = 0;

		if (!is_keyword(names[i].name))
			return err_set(op->info, ERR_INVALID, "\"%.*s\" is no keyword",
			               STR_ARG(names[i].name));
		if (!find_bit(k, names[i].name, &bit)) {
			if (!can_make)
				continue;
			OP_TRY(make_keyword(op, k, names[i].name, &bit));
		}
		bits[bit / 8] |= (unsigned char)(1u << bit % 8);
		if (bit / 8 >= used)
			used = bit / 8 + 1;
	}
	*bits_r = str_make(bits, used);
	return ERR_OK;
}

enum err op_keywords_names(struct op *op, struct op_keywords *k, struct str bits,
                           struct store_keyword **names_r, size_t *n_r)
{
	struct store_keyword *names;
	size_t n = 0;

	if (!bits.n) {
		*names_r = NULL;
		*n_r = 0;
		return ERR_OK;
	}
	if (k->last.n && str_eq(k->last, bits)) {
		*names_r = k->last_names;
		*n_r = k->last_n;
		return ERR_OK;
	}
	OP_TRY(op_keywords_load(op, k));
	for (size_t i = 0; i < bits.n * 8 && i < k->n; i++)
		n += (bits.p[i / 8] >> i % 8) & 1;
	names = arena_array(k->a, n ? n : 1, sizeof(*names));
	n = 0;
	for (size_t i = 0; i < bits.n * 8 && i < k->n; i++) {
		if ((bits.p[i / 8] >> i % 8) & 1)
			names[n++] = k->names[i];
	}
	k->last = str_dup(k->a, bits);
	k->last_names = *names_r = names;
	k->last_n = *n_r = n;
	return ERR_OK;
}

enum err op_keywords_list(struct op *op, struct op_keywords *k, struct store_keyword **names_r,
                          size_t *n_r, uint64_t *told_r)
{
	struct store_keyword *list;
	size_t n = 0;

	OP_TRY(op_keywords_load(op, k));
	list = arena_array(k->a, k->n ? k->n : 1, sizeof(*list));
	for (size_t i = 0; i < k->n; i++) {
		if (k->names[i].name.n)
			list[n++] = k->names[i];
	}
	*names_r = list;
	*n_r = n;
	*told_r = k->n;
	return ERR_OK;
}

enum err op_keywords_younger(struct op *op, struct op_keywords *k, uint64_t told,
                             struct store_keyword **names_r, size_t *n_r, uint64_t *told_r)
{
	if (!k->is_loaded || k->n <= told)
		return ERR_OK;
	return op_keywords_list(op, k, names_r, n_r, told_r);
}

static struct str trim(unsigned char *bits, size_t n)
{
	while (n && !bits[n - 1])
		n--;
	return str_make(bits, n);
}

struct str op_keywords_or(struct arena *a, struct str x, struct str y)
{
	size_t n = x.n > y.n ? x.n : y.n;
	unsigned char *bits;

	if (!y.n)
		return x;
	bits = arena_alloc(a, n);
	for (size_t i = 0; i < n; i++)
		bits[i] = (unsigned char)((i < x.n ? x.p[i] : 0) | (i < y.n ? y.p[i] : 0));
	return trim(bits, n);
}

struct str op_keywords_without(struct arena *a, struct str x, struct str y)
{
	unsigned char *bits;

	if (!x.n || !y.n)
		return x;
	bits = arena_alloc(a, x.n);
	for (size_t i = 0; i < x.n; i++)
		bits[i] = (unsigned char)(x.p[i] & ~(i < y.n ? y.p[i] : 0));
	return trim(bits, x.n);
}
