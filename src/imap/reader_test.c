/*
 * The reader must give the same commands however the octets are split: each conversation is fed
 * whole, octet by octet, and cut in two at every place.
 */
#include <stdio.h>

#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/imap/reader_priv.h"
#include "src/imap/spool_priv.h"
#include "src/net/stream.h"

struct talk {
	struct imap_reader reader;
	struct arena *root;
	struct arena *command;
	struct stream *stream;
	struct buf seen; /* what came out, one line each */
};

/* Literals of a command that begins with "M" are messages, those above 50 octets are refused. */
static enum imap_literal announce(void *context, struct imap_reader *r, uint64_t size, bool is_sync)
{
	(void)context;
	(void)is_sync;
	if (size > 1000)
		return IMAP_LITERAL_BYE;
	if (size > 50) {
		r->refusal = (struct imap_refusal){ "TOOBIG", "large" };
		return IMAP_LITERAL_REFUSE;
	}
	if (!str_starts(buf_str(&r->text), STR("M")))
		return IMAP_LITERAL_TAKE;
	assert_int_equal(imap_spool_open(r->arena, NULL, size, &r->spool), ERR_OK);
	return IMAP_LITERAL_MESSAGE;
}

static void note(struct talk *t, enum imap_read got)
{
	struct imap_reader *r = &t->reader;
	struct str message;
	int fd;

	if (got == IMAP_READ_COMMAND)
		assert_int_equal(buf_printf(&t->seen, "[%.*s]", STR_ARG(buf_str(&r->text))),
		                 ERR_OK);
	if (got == IMAP_READ_COMMAND && r->spool) {
		assert_int_equal(imap_spool_finish(r->spool, &message, &fd), ERR_OK);
		assert_int_equal(buf_printf(&t->seen, "<%.*s>", STR_ARG(message)), ERR_OK);
	}
	if (got == IMAP_READ_REFUSED)
		assert_int_equal(buf_add_c(&t->seen, "refused"), ERR_OK);
	if (got == IMAP_READ_BYE)
		assert_int_equal(buf_add_c(&t->seen, "bye"), ERR_OK);
}

static void drain(struct talk *t)
{
	enum imap_read got;

	while ((got = imap_reader_next(&t->reader, t->stream)) != IMAP_READ_MORE) {
		note(t, got);
		arena_reset(t->command);
		imap_reader_reset(&t->reader);
		if (got == IMAP_READ_BYE || got == IMAP_READ_EOF)
			return;
	}
}

static void begin(struct talk *t)
{
	*t = (struct talk){ .root = arena_new(NULL), .stream = stream_open_memory() };
	t->command = arena_new(t->root);
	t->seen = buf_in(t->root, 1 << 20);
	t->reader = (struct imap_reader){
		.arena = t->command,
		.line_max = 40,
		.literal_max = 60,
		.skip_max = 500,
		.announce = announce,
	};
}

static void finish(struct talk *t, const char *want, const char *want_sent)
{
	struct str sent = stream_memory_take(t->stream, t->root);

	assert_str(buf_str(&t->seen), want);
	assert_str(sent, want_sent);
	stream_close(&t->stream);
	arena_free(&t->root);
}

static void play(const char *input, const char *want, const char *want_sent)
{
	struct str in = str_c(input);
	struct talk t;

	for (size_t cut = 0; cut <= in.n; cut++) {
		begin(&t);
		stream_memory_feed(t.stream, str_first(in, cut), false);
		drain(&t);
		stream_memory_feed(t.stream, str_from(in, cut), false);
		drain(&t);
		finish(&t, want, want_sent);
	}
	begin(&t);
	for (size_t i = 0; i < in.n; i++) {
		stream_memory_feed(t.stream, str_make(in.p + i, 1), false);
		drain(&t);
	}
	finish(&t, want, want_sent);
}

#define GO "+ Ready for the literal.\r\n"

static void test_commands_at_every_split(void **state)
{
	(void)state;
	play("a NOOP\r\nb NOOP\n", "[a NOOP][b NOOP]", "");
	play("a LOGIN {3}\r\nann {2+}\r\n\r\n\r\n", "[a LOGIN {3}\r\nann {2+}\r\n\r\n]", GO);
	play("a X {0}\r\n\r\nb\r\n", "[a X {0}\r\n][b]", GO);
	/* Octets of a literal that look like an announcement are none. */
	play("a X {4+}\r\n{9+}\r\nb\r\n", "[a X {4+}\r\n{9+}][b]", "");
	play("a X {2+}\r\n\n\r\nb\r\n", "[a X {2+}\r\n\n\r][b]", "");
	play("a x{y}\r\na {}\r\na {+}\r\n", "[a x{y}][a {}][a {+}]", "");
}

static void test_messages_at_every_split(void **state)
{
	(void)state;
	play("M {6+}\r\nx\r\ny{3}\r\nb\r\n", "[M {6+}\r\n}]<x\r\ny{3>[b]", "");
	play("M x {5}\r\nabc\r\n\r\nb\r\n", "[M x {5}\r\n]<abc\r\n>[b]", GO);
}

static void test_refusals_at_every_split(void **state)
{
	static char big[600];
	static const char line[] =
		"a 0123456789012345678901234567890123456789 {3+}\r\nb\nX\r\nc NOOP\r\n";
	size_t n = 0;

	(void)state;
	/* What follows a line that is too long belongs to it when it announced it. */
	play(line, "refused[c NOOP]", "");
	play("a 0123456789012345678901234567890123456789 {3}\r\nb NOOP\r\n", "refused[b NOOP]", "");
	play("a {51}\r\nb NOOP\r\n", "refused[b NOOP]", "");
	n += (size_t)snprintf(big, sizeof big, "a {60+}\r\n");
	for (int i = 0; i < 30; i++) {
		big[n++] = '\r';
		big[n++] = '\n';
	}
	snprintf(big + n, sizeof big - n, " {2+}\r\n{} tail\r\nb NOOP\r\n");
	play(big, "refused[b NOOP]", "");
	play("a {1001+}\r\n", "bye", "");
	/* Literals together: 40 and 30 are more than 60. */
	play("a {40+}\r\n0123456789012345678901234567890123456789 "
	     "{30+}\r\n012345678901234567890123456789\r\nb\r\n",
	     "refused[b]", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands_at_every_split),
		cmocka_unit_test(test_messages_at_every_split),
		cmocka_unit_test(test_refusals_at_every_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
