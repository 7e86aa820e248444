#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

enum err op_status(struct op *op, const struct store_status_req *q, struct store_status_res *r)
{
	struct db_stmt *s = db_prepare(
		op->db, "SELECT (SELECT COUNT(*) FROM domain), "
			"(SELECT COUNT(*) FROM account WHERE domain_id IS NOT NULL), "
			"(SELECT COUNT(*) FROM mailbox WHERE state = 0), "
			"(SELECT CAST(COALESCE(SUM(used_msgs), 0) AS BIGINT) FROM account WHERE "
			"domain_id IS NOT NULL), "
			"(SELECT CAST(COALESCE(SUM(used_bytes), 0) AS BIGINT) FROM account WHERE "
			"domain_id IS NOT NULL), "
			"(SELECT COUNT(*) FROM queue_rcpt), "
			"(SELECT COUNT(*) FROM ledger WHERE n = 0)");
	struct store_status_res told;
	struct str version, store_id;
	uint64_t number = 0;

	(void)q;
	OP_TRY(op_row(op, s));
	told = (struct store_status_res){
		.engine = db_engine_of(op->db) == DB_SQLITE ? STR("sqlite") : STR("postgres"),
		.version = STR(TAYORI_VERSION),
		.path = op->options ? str_dup(op->a, op->options->path) : STR(""),
		.epoch = op->epoch,
		.domains = db_col_u64(s, 0),
		.accounts = db_col_u64(s, 1),
		.mailboxes = db_col_u64(s, 2),
		.messages = db_col_u64(s, 3),
		.bytes = db_col_u64(s, 4),
		.queued = db_col_u64(s, 5),
		.accepted_total = db_col_u64(s, 6),
	};
	db_done(s);
	OP_TRY(op_meta_get(op, STR("schema_version"), &version));
	if (str_to_u64(version, UINT32_MAX, &number))
		told.schema_version = (uint32_t)number;
	OP_TRY(op_meta_get(op, STR("store_id"), &store_id));
	if (str_to_u64(store_id, UINT64_MAX, &number))
		told.store_id = number;
	*r = told;
	return ERR_OK;
}
