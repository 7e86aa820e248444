/*
 * A message with UTF-8 in its header, for a client that has not said that it takes some: its header
 * is written in ASCII and stands before the stored rest (RFC 6855 section 7, RFC 6858). Sizes and
 * places of sections are those of what is sent.
 */
#include "src/base/arena.h"
#include "src/imap/fetch_priv.h"
#include "src/mail/downgrade.h"
#include "src/mail/message.h"

enum {
	GROWTH = 16 /* an octet becomes less than so many */
};

/* The stored header, not copied when it is at hand. */
static enum err read_header(struct imap_fetch_message *fm, uint64_t size, struct str *header_r)
{
	if (fm->m->header.n < size && fm->kept_at == 0 && fm->kept.n >= size) {
		*header_r = str_first(fm->kept, (size_t)size);
		return ERR_OK;
	}
	if (!fm->piece)
		fm->piece = arena_new(fm->a);
	return imap_fetch_header(fm, header_r);
}

static void replace(struct imap_fetch_message *fm, struct str header, bool wants_envelope)
{
	struct store_message *copy = ARENA_NEW(fm->a, struct store_message);
	struct mail_message made;

	fm->surrogate = mail_downgrade_header(fm->a, header, header.n * GROWTH);
	fm->stored_header = header.n;
	fm->header = fm->surrogate;
	*copy = *fm->m;
	copy->size = copy->size - header.n + fm->surrogate.n;
	copy->header = fm->surrogate;
	if (wants_envelope) {
		mail_message_parse(fm->a, fm->surrogate, NULL, &made);
		copy->envelope = made.envelope;
	}
	fm->m = copy;
}

enum err imap_surrogate_prepare(struct imap_fetch_message *fm, const struct imap_fetch *f,
                                uint32_t items)
{
	uint64_t size = (uint64_t)fm->m->prefix_size + fm->m->hdr_size;
	bool wants_envelope = (items & IMAP_FETCH_ENVELOPE) && !str_is_ascii(fm->m->envelope);
	struct str header;
	enum err e;

	if (imap_name_is_utf8(fm->c) || (!wants_envelope && !f->wants_header))
		return ERR_OK;
	e = read_header(fm, size, &header);
	/* It went away this very moment: its sections will say so. */
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	if (!e && header.n == size && !str_is_ascii(header))
		replace(fm, header, wants_envelope);
	return e;
}
