#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

static enum err explain(struct op *op, enum err err)
{
	const struct errinfo *info = db_errinfo(op->db);

	if (info && info->text[0])
		return err_set(op->info, err, "%s", info->text);
	return err_set(op->info, err, "database: %s", err_name(err));
}

enum err op_step(struct op *op, struct db_stmt *s, bool *has_row_r)
{
	enum err err = db_step(s, has_row_r);

	return err ? explain(op, err) : ERR_OK;
}

enum err op_row(struct op *op, struct db_stmt *s)
{
	bool has_row;

	OP_TRY(op_step(op, s, &has_row));
	return has_row ? ERR_OK : ERR_NOTFOUND;
}

enum err op_run_count(struct op *op, struct db_stmt *s, uint64_t *changed_r)
{
	enum err err = db_run(s, changed_r);

	return err ? explain(op, err) : ERR_OK;
}

enum err op_run(struct op *op, struct db_stmt *s)
{
	uint64_t changed;

	return op_run_count(op, s, &changed);
}

enum err op_number(struct op *op, struct db_stmt *s, uint64_t *number_r)
{
	bool has_row;

	OP_TRY(op_step(op, s, &has_row));
	*number_r = has_row ? db_col_u64(s, 0) : 0;
	db_done(s);
	return ERR_OK;
}

void op_bind_u64(struct db_stmt *s, int n, uint64_t value)
{
	db_bind_i64(s, n, value < INT64_MAX ? (int64_t)value : INT64_MAX);
}

void op_bind_blob(struct db_stmt *s, int n, struct str blob)
{
	db_bind_blob(s, n, blob.n ? blob : STR(""));
}

void op_bind_blob_or_null(struct db_stmt *s, int n, struct str blob)
{
	if (blob.n)
		db_bind_blob(s, n, blob);
	else
		db_bind_null(s, n);
}

struct str op_col_dup(struct arena *a, struct db_stmt *s, int n)
{
	struct str text = db_col_str(s, n);

	return text.n ? str_dup(a, text) : STR("");
}

enum err op_meta_get(struct op *op, struct str key, struct str *value_r)
{
	struct db_stmt *s = db_prepare(op->db, "SELECT v FROM meta WHERE k = ?1");
	bool has_row;

	db_bind_text(s, 1, key);
	OP_TRY(op_step(op, s, &has_row));
	*value_r = has_row ? op_col_dup(op->scratch, s, 0) : STR("");
	db_done(s);
	return ERR_OK;
}

enum err op_meta_set(struct op *op, struct str key, struct str value)
{
	struct db_stmt *s = db_prepare(op->db, "INSERT INTO meta (k, v) VALUES (?1, ?2) "
	                                       "ON CONFLICT (k) DO UPDATE SET v = excluded.v");

	db_bind_text(s, 1, key);
	db_bind_text(s, 2, value);
	return op_run(op, s);
}

bool op_is_text(struct str s, size_t max)
{
	return s.n <= max && str_find(s, 0) < 0 && str_is_utf8(s);
}
