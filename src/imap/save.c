#include <string.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/imap/session_priv.h"
#include "src/sasl/pack.h"

enum {
	SAVE_VERSION = 2
};

/* The clock of another process or machine is another: moments are kept as what remains, plus one; 0
 * is none. */
static uint64_t remaining(int64_t end_ms)
{
	int64_t left = end_ms - clock_mono_ms();

	return end_ms == 0 ? 0 : left < 0 ? 1 : (uint64_t)left + 1;
}

static int64_t end_of(uint64_t left)
{
	return left == 0 ? 0 : clock_mono_ms() + (int64_t)left - 1;
}

/* The numbers of a state in their order on paper, one list for writer and reader. */
enum {
	N_NUMBERS = 18
};

static void get_numbers(const struct imap_state *st, uint64_t n[N_NUMBERS])
{
	const struct imap_mailbox *m = &st->mailbox;
	const uint64_t numbers[N_NUMBERS] = {
		SAVE_VERSION,
		st->phase,
		st->wait,
		st->enabled,
		st->errors,
		st->is_counted,
		remaining(st->login_end_ms),
		remaining(st->wait_end_ms),
		st->grant.expires_ms,
		m->id,
		m->uidvalidity,
		m->is_readonly,
		m->view.uidnext,
		m->view.expunged,
		m->flags_modseq,
		m->exists,
		m->recent,
		m->keywords_told,
	};

	memcpy(n, numbers, sizeof numbers);
}

enum err imap_save_write(const struct imap_state *st, struct buf *out)
{
	uint64_t numbers[N_NUMBERS];

	get_numbers(st, numbers);
	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (sasl_pack_add_u64(out, numbers[i]))
			return ERR_LIMIT;
	}
	if (sasl_pack_add_u64(out, st->mailbox.recent_from) ||
	    sasl_pack_add_u64(out, st->grant.account_id) ||
	    sasl_pack_add_str(out, st->grant.seal) || sasl_pack_add_str(out, st->user) ||
	    sasl_pack_add_str(out, str_make(st->tag, st->tag_n)) ||
	    sasl_pack_add_str(out, st->mailbox.saved))
		return ERR_LIMIT;
	return ERR_OK;
}

static bool is_state_sane(const uint64_t n[N_NUMBERS], struct str tag)
{
	return n[0] == SAVE_VERSION &&
	       (n[1] == IMAP_PHASE_NEW || n[1] == IMAP_PHASE_USER || n[1] == IMAP_PHASE_MAILBOX) &&
	       n[2] <= IMAP_WAIT_SASL && n[3] <= IMAP_ENABLED_ALL && n[4] <= UINT32_MAX &&
	       n[5] <= 1 && n[6] <= INT32_MAX && n[7] <= INT32_MAX && n[11] <= 1 &&
	       tag.n <= IMAP_TAG_MAX;
}

enum err imap_save_read(struct arena *a, struct str *rest, struct imap_state *state_r)
{
	uint64_t n[N_NUMBERS];
	struct imap_state st = { 0 };
	struct str seal, user, tag, saved;

	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (!sasl_pack_take_u64(rest, &n[i]))
			return ERR_CORRUPT;
	}
	if (!sasl_pack_take_u64(rest, &st.mailbox.recent_from) ||
	    !sasl_pack_take_u64(rest, &st.grant.account_id) || !sasl_pack_take_str(rest, &seal) ||
	    !sasl_pack_take_str(rest, &user) || !sasl_pack_take_str(rest, &tag) ||
	    !sasl_pack_take_str(rest, &saved) || saved.n > IMAP_SAVED_MAX_BYTES ||
	    !is_state_sane(n, tag))
		return ERR_CORRUPT;
	st.phase = (enum imap_phase)n[1];
	st.wait = (enum imap_wait)n[2];
	st.enabled = (uint32_t)n[3];
	st.errors = (uint32_t)n[4];
	st.is_counted = n[5] != 0;
	st.login_end_ms = end_of(n[6]);
	st.wait_end_ms = end_of(n[7]);
	st.grant.expires_ms = n[8];
	st.mailbox.id = n[9];
	st.mailbox.uidvalidity = n[10];
	st.mailbox.is_readonly = n[11] != 0;
	st.mailbox.view = (struct store_view){ .uidnext = n[12], .expunged = n[13] };
	st.mailbox.flags_modseq = n[14];
	st.mailbox.exists = n[15];
	st.mailbox.recent = n[16];
	st.mailbox.keywords_told = n[17];
	st.mailbox.saved = str_dup(a, saved);
	st.grant.seal = str_dup(a, seal);
	st.user = str_dup(a, user);
	if (tag.n > 0)
		memcpy(st.tag, tag.p, tag.n);
	st.tag_n = tag.n;
	*state_r = st;
	return ERR_OK;
}
