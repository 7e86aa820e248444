#include "src/base/must.h"
#include "src/store/op_mail_priv.h"

static uint32_t chosen(const struct store_options *o, enum op_limit limit)
{
	switch (limit) {
	case OP_LIMIT_MAILBOXES:
		return o->mailboxes_max;
	case OP_LIMIT_SUBSCRIPTIONS:
		return o->subscriptions_max;
	case OP_LIMIT_KEYWORDS:
		return o->keywords_max;
	case OP_LIMIT_NAME_BYTES:
		return o->mailbox_name_max_bytes;
	case OP_LIMIT_DELIVERIES:
		return o->deliveries_max;
	case OP_LIMIT_COUNT:
		break;
	}
	must(false && "a limit");
}

uint32_t op_limit_get(const struct op *op, enum op_limit limit)
{
	static const uint32_t usual[OP_LIMIT_COUNT] = {
		[OP_LIMIT_MAILBOXES] = 10000, [OP_LIMIT_SUBSCRIPTIONS] = 20000,
		[OP_LIMIT_KEYWORDS] = 4096,   [OP_LIMIT_NAME_BYTES] = 1000,
		[OP_LIMIT_DELIVERIES] = 5000,
	};
	uint32_t value = op->options ? chosen(op->options, limit) : 0;

	return value ? value : usual[limit];
}
