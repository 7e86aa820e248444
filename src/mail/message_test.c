#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/unit.h"
#include "src/mail/invariants_test.h"
#include "src/mail/message.h"

static struct mail_message parse(struct arena *a, struct str bytes)
{
	struct mail_message m;

	mail_message_parse(a, bytes, NULL, &m);
	invariants_check(bytes, &m);
	return m;
}

static void test_message_rfc3501_example(void **state)
{
	struct mail_message m = parse(
		*state, STR("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
	                    "From: Terry Gray <gray@cac.washington.edu>\r\n"
	                    "Subject: IMAP4rev1 WG mtg summary and minutes\r\n"
	                    "To: imap@cac.washington.edu\r\n"
	                    "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
	                    "Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
	                    "MIME-Version: 1.0\r\n"
	                    "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n"
	                    "\r\n"
	                    "Hello\r\nWorld\r\n"));

	assert_str(m.envelope, "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" "
	                       "\"IMAP4rev1 WG mtg summary and minutes\" "
	                       "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
	                       "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
	                       "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
	                       "((NIL NIL \"imap\" \"cac.washington.edu\")) "
	                       "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")"
	                       "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
	                       "\"<B27397-0100000@cac.washington.edu>\")");
	assert_str(m.bodystructure,
	           "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7bit\" "
	           "14 2 NIL NIL NIL NIL)");
	assert_str(m.body, "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7bit\" 14 2)");
	assert_str(m.preview, "Hello World");
	assert_str(m.message_id, "<B27397-0100000@cac.washington.edu>");
	assert_int_equal(m.lines, 2);
}

static void test_message_empty(void **state)
{
	struct mail_message m = parse(*state, STR(""));

	assert_str(m.envelope, "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
	assert_str(m.body, "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)");
	assert_int_equal(m.hdr_size, 0);
	assert_int_equal(m.message_id.n, 0);
}

static const char nested[] = "From: a@example.org\r\n"                           /* 0, 21 octets */
			     "Content-Type: multipart/mixed; boundary=\"b\"\r\n" /* 21, 45 */
			     "\r\n"                                              /* 66 */
			     "preamble\r\n"                                      /* 68 */
			     "--b\r\n"                                           /* 78 */
			     "\r\n"                                              /* 83 */
			     "one\r\n"                                           /* 85 */
			     "--b\r\n"                                           /* 90 */
			     "Content-Type: message/rfc822\r\n"                  /* 95, 30 */
			     "\r\n"                                              /* 125 */
			     "Subject: in\r\n"                                   /* 127, 13 */
			     "Content-Type: multipart/alternative; boundary=b2\r\n" /* 140, 50 */
			     "\r\n"                                                 /* 190 */
			     "--b2\r\n"                                             /* 192 */
			     "Content-Transfer-Encoding: BASE64\r\n"                /* 198, 35 */
			     "\r\n"                                                 /* 233 */
			     "eA==\r\n"                                             /* 235 */
			     "--b2\r\n"                                             /* 241 */
			     "Content-Type: text/html\r\n"                          /* 247, 25 */
			     "\r\n"                                                 /* 272 */
			     "<p>\r\n"                                              /* 274 */
			     "--b2--\r\n"                                           /* 279 */
			     "--b--\r\n"                                            /* 287 */
			     "epilogue\r\n";

static void assert_range(struct str parts, const char *path_text, enum mail_part_what what,
                         const char *want)
{
	uint32_t path[10];
	size_t depth = 0;
	struct mail_part_range r;

	for (const char *p = path_text; *p; p++)
		if (*p != '.')
			path[depth++] = (uint32_t)(*p - '0');
	assert_int_equal(mail_part_find(parts, path, depth, what, &r), ERR_OK);
	assert_str(str_make(nested + r.offset, r.size), want);
}

static void test_message_nested_parts(void **state)
{
	struct mail_message m = parse(*state, str_c(nested));
	struct str parts = m.parts;
	struct mail_part_range r;

	assert_str(m.body, "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0)"
	                   "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 158 "
	                   "(NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	                   "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"BASE64\" 4 0)"
	                   "(\"text\" \"html\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0) "
	                   "\"alternative\") 11) \"mixed\")");
	assert_range(parts, "1", MAIL_PART_BODY, "one");
	assert_range(parts, "1", MAIL_PART_MIME, "\r\n");
	assert_range(parts, "2", MAIL_PART_MIME, "Content-Type: message/rfc822\r\n\r\n");
	assert_range(parts, "2", MAIL_PART_HEADER,
	             "Subject: in\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n");
	assert_range(parts, "2.1", MAIL_PART_BODY, "eA==");
	assert_range(parts, "2.2", MAIL_PART_BODY, "<p>");
	assert_range(parts, "2.2", MAIL_PART_MIME, "Content-Type: text/html\r\n\r\n");
	assert_int_equal(mail_part_find(parts, (uint32_t[]){ 3 }, 1, MAIL_PART_BODY, &r),
	                 ERR_NOTFOUND);
	assert_int_equal(mail_part_find(parts, (uint32_t[]){ 0 }, 1, MAIL_PART_BODY, &r),
	                 ERR_NOTFOUND);
	assert_int_equal(mail_part_find(parts, (uint32_t[]){ 1, 1 }, 2, MAIL_PART_BODY, &r),
	                 ERR_NOTFOUND);
	assert_int_equal(mail_part_find(parts, (uint32_t[]){ 1 }, 1, MAIL_PART_HEADER, &r),
	                 ERR_NOTFOUND);
	assert_int_equal(mail_part_find(parts, NULL, 0, MAIL_PART_MIME, &r), ERR_NOTFOUND);
	assert_int_equal(mail_part_find(parts, (uint32_t[]){ 2, 1 }, 2, MAIL_PART_BODY, &r),
	                 ERR_OK);
	assert_int_equal(r.encoding, 'b');
}

static void test_message_enclosing_only_a_message(void **state)
{
	struct str bytes = STR("Content-Type: message/rfc822\n\nSubject: x\n\nhello\n");
	struct mail_message m = parse(*state, bytes);
	struct mail_part_range r;

	assert_int_equal(mail_part_find(m.parts, (uint32_t[]){ 1, 1 }, 2, MAIL_PART_BODY, &r),
	                 ERR_OK);
	assert_str(str_make(bytes.p + r.offset, r.size), "hello\n");
	assert_int_equal(mail_part_find(m.parts, (uint32_t[]){ 1 }, 1, MAIL_PART_HEADER, &r),
	                 ERR_OK);
	assert_str(str_make(bytes.p + r.offset, r.size), "Subject: x\n\n");
	assert_int_equal(mail_part_find(m.parts, (uint32_t[]){ 1, 1, 1 }, 3, MAIL_PART_BODY, &r),
	                 ERR_NOTFOUND);
}

static void test_message_extension_data(void **state)
{
	struct mail_message m = parse(
		*state, STR("Content-Type: application/x; name*0=\"a \\\"q\\\" \"; name*1=b\r\n"
	                    "Content-Disposition: attachment; filename*0*=utf-8''%E3%81%82; "
	                    "filename*1=\"x y\"\r\n"
	                    "Content-Language: ja, en\r\n"
	                    "Content-Location: http://example.org/\r\n"
	                    "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\n"
	                    "Content-ID: <id@x>\r\n"
	                    "Content-Description: some\r\n thing\r\n"
	                    "Content-Transfer-Encoding: base64 ; (comment)\r\n\r\nAAAA"));

	assert_str(m.bodystructure,
	           "(\"application\" \"x\" (\"name\" \"a \\\"q\\\" b\") \"<id@x>\" \"some thing\" "
	           "\"base64\" 4 \"Q2hlY2sgSW50ZWdyaXR5IQ==\" (\"attachment\" "
	           "(\"filename*\" \"utf-8''%E3%81%82x%20y\")) (\"ja\" \"en\") "
	           "\"http://example.org/\")");
}

static void test_message_boundary_that_begins_like_another(void **state)
{
	struct mail_message m = parse(*state,
	                              STR("Content-Type: multipart/mixed; boundary=ab\n\n"
	                                  "--ab\nContent-Type: multipart/mixed; boundary=abc\n\n"
	                                  "--abc\n\n1\n--abcd\n--ab x\n--abc  "
	                                  "\n\n2\n--abc--\n--ab\n\n3\n--ab-\n--ab--\n"));

	assert_str(
		m.body,
		"(((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 15 2)"
		"(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0) \"mixed\")"
		"(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 7 1) \"mixed\")");
}

static void test_message_truncated_and_missing_boundaries(void **state)
{
	struct mail_message m;

	/* An outer delimiter ends inner multiparts that were never closed. */
	m = parse(*state, STR("Content-Type: multipart/mixed; boundary=o\n\n--o\n"
	                      "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--o\n\ny"));
	assert_str(
		m.body,
		"(((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0) \"mixed\")"
		"(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0) \"mixed\")");
	/* Without any delimiter the body is shown as text. */
	m = parse(*state, STR("Content-Type: multipart/mixed; boundary=o\n\nwhere is it?\n"));
	assert_str(m.body, "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 13 1) "
	                   "\"mixed\")");
	assert_str(m.preview, "where is it?");
	m = parse(*state, STR("Content-Type: multipart/mixed\n\n--x\n\ny\n--x--\n"));
	assert_str(m.body, "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 13 4) "
	                   "\"mixed\")");
	/* A header cut off by a delimiter, once of a message that never came. */
	m = parse(*state, STR("Content-Type: multipart/mixed; boundary=o\n\n--o\n"
	                      "Content-Type: message/rfc822\n--o--\n"));
	assert_str(m.body, "((\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 0 "
	                   "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (\"text\" \"plain\" "
	                   "(\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0) 0) \"mixed\")");
}

static void test_message_digest(void **state)
{
	struct mail_message m = parse(*state,
	                              STR("Content-Type: multipart/digest; boundary=o\n\n--o\n\n"
	                                  "Subject: 1\n\nbody\n--o--\n"));

	assert_str(m.body, "((\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 16 "
	                   "(NIL \"1\" NIL NIL NIL NIL NIL NIL NIL NIL) (\"text\" \"plain\" "
	                   "(\"charset\" \"us-ascii\") NIL NIL \"7bit\" 4 0) 2) \"digest\")");
}

static void test_message_envelope_oddities(void **state)
{
	struct mail_message m = parse(*state, STR("From: \"Quo\\\"te\" <a@b>, bob\n"
	                                          "Sender:\n"
	                                          "Reply-To: Group: x@y, z@w;, <>\n"
	                                          "To: undisclosed-recipients:;\n"
	                                          "To: second@example.org\n"
	                                          "Subject: caf\xe9\n"
	                                          "Subject: not this one\n"
	                                          "In-Reply-To:\n"
	                                          "Bcc: (only a comment)\n\n"));

	assert_str(m.envelope,
	           "(NIL {4}\r\ncaf\xe9 "
	           "((\"Quo\\\"te\" NIL \"a\" \"b\")(NIL NIL \"bob\" \"MISSING_DOMAIN\")) "
	           "((\"Quo\\\"te\" NIL \"a\" \"b\")(NIL NIL \"bob\" \"MISSING_DOMAIN\")) "
	           "((NIL NIL \"Group\" NIL)(NIL NIL \"x\" \"y\")(NIL NIL \"z\" \"w\")"
	           "(NIL NIL NIL NIL)(NIL NIL \"MISSING_MAILBOX\" \"MISSING_DOMAIN\")) "
	           "((NIL NIL \"undisclosed-recipients\" NIL)(NIL NIL NIL NIL)"
	           "(NIL NIL \"second\" \"example.org\")) "
	           "NIL NIL \"\" NIL)");
	assert_true(m.has_8bit_header);
}

static void test_message_header_lines(void **state)
{
	struct mail_message m = parse(*state, STR("From bob Mon Nov 23 00:00:00 2026\n"
	                                          "Received: 1\nRECEIVED : 2\n"
	                                          "Subject:\n  folded\n\tsubject  \n"
	                                          "Message-ID: (c) <a\n b@c> x\n\nReceived: 3\n"));

	assert_int_equal(m.received_count, 2);
	assert_str(m.message_id, "<ab@c>");
	assert_non_null(strstr((const char *)str_dup_c(*state, m.envelope), "\"folded\tsubject\""));
	assert_int_equal(m.lines, 1);
	assert_false(m.has_nul);
}

/* Mail without a header, or without the blank line: the text must not vanish. */
static void test_message_without_blank_line(void **state)
{
	struct mail_message m = parse(*state,
	                              STR("Received: x\r\nDear all,\r\nnews: none\r\n\r\nBob\r\n"));

	assert_int_equal(m.hdr_size, 13);
	assert_int_equal(m.lines, 4);
	assert_str(m.preview, "Dear all, news: none Bob");
}

static void test_message_preview(void **state)
{
	struct arena *a = *state;

	assert_str(
		parse(a, STR("Content-Type: text/html\n\n<html><head><title>no</title></head>"
	                     "<style>p{}</style><p>Tom &amp; <b>J</b>erry&nbsp;&#x263a;<!-- > x -->"
	                     "<br>end"))
			.preview,
		"Tom & Jerry \xe2\x98\xba end");
	assert_str(parse(a, STR("Content-Type: multipart/alternative; boundary=b\n\n--b\n"
	                        "Content-Type: text/html\n\n<p>html\n--b\n"
	                        "Content-Type: text/plain; charset=iso-2022-jp\n\n"
	                        "\x1b$B$3$s$K$A$O\x1b(B\n--b--\n"))
	                   .preview,
	           "\xe3\x81\x93\xe3\x82\x93\xe3\x81\xab\xe3\x81\xa1\xe3\x81\xaf");
	assert_str(parse(a, STR("Content-Type: text/plain; charset=utf-8\n"
	                        "Content-Transfer-Encoding: quoted-printable\n\n"
	                        "caf=C3=A9=\n au lait=20\n"))
	                   .preview,
	           "caf\xc3\xa9 au lait");
	assert_str(
		parse(a, STR("Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	                     "Content-Disposition: attachment\n\nattached\n--b\n\nshown\n--b--\n"))
			.preview,
		"shown");
}

static void test_message_preview_length(void **state)
{
	struct buf b = buf_in(*state, 2000);
	struct mail_message m;

	assert_int_equal(buf_add_byte(&b, '\n'), ERR_OK);
	for (size_t i = 0; i < 600; i++)
		assert_int_equal(buf_add(&b, STR("\xe3\x81\x82")), ERR_OK);
	m = parse(*state, buf_str(&b));
	assert_int_equal(m.preview.n, 256 * 3);
}

/* `count` parts, or levels. */
static struct str many_parts(struct arena *a, unsigned count)
{
	struct buf b = buf_in(a, 10000000);

	assert_int_equal(buf_add_c(&b, "Content-Type: multipart/mixed; boundary=b\n\n"), ERR_OK);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(buf_add_c(&b, "--b\n\nx\n"), ERR_OK);
	return buf_str(&b);
}

static struct str many_levels(struct arena *a, unsigned count)
{
	struct buf b = buf_in(a, 10000000);

	for (unsigned i = 0; i < count; i++)
		assert_int_equal(buf_printf(&b, "Content-Type: %s; boundary=b%u\n\n%s",
		                            i % 2 ? "message/rfc822" : "multipart/mixed", i,
		                            i % 2 ? "" : str_dup_c(a, str_printf(a, "--b%u\n", i))),
		                 ERR_OK);
	return buf_str(&b);
}

static void test_message_limits(void **state)
{
	struct mail_limits few = mail_limits_default;
	struct mail_part_range r;
	struct mail_message m;
	struct str bytes = many_parts(*state, 20000);

	m = parse(*state, bytes);
	assert_int_equal(mail_part_find(m.parts, (uint32_t[]){ 9999 }, 1, MAIL_PART_BODY, &r),
	                 ERR_OK);
	assert_int_equal(mail_part_find(m.parts, (uint32_t[]){ 10000 }, 1, MAIL_PART_BODY, &r),
	                 ERR_NOTFOUND);
	assert_true(m.parts.n < 10000 * 5);
	parse(*state, many_levels(*state, 5000));
	few.max_depth = 1;
	mail_message_parse(*state, str_c(nested), &few, &m);
	invariants_check(str_c(nested), &m);
	assert_non_null(strstr(str_dup_c(*state, m.body),
	                       "(\"application\" \"octet-stream\" NIL NIL NIL \"7bit\" 158)"));
	few = mail_limits_default;
	few.max_parts = 3;
	mail_message_parse(*state, str_c(nested), &few, &m);
	invariants_check(str_c(nested), &m);
	few = mail_limits_default;
	few.max_addresses = 2;
	mail_message_parse(*state, STR("To: a@x, b@x, c@x\nTo: d@x\nCc: g: a@x, b@x\n\n"), &few,
	                   &m);
	assert_str(m.envelope,
	           "(NIL NIL NIL NIL NIL ((NIL NIL \"a\" \"x\")(NIL NIL \"b\" \"x\")) "
	           "((NIL NIL \"g\" NIL)(NIL NIL \"a\" \"x\")(NIL NIL NIL NIL)) NIL NIL NIL)");
	few = mail_limits_default;
	few.max_header_bytes = 30;
	mail_message_parse(*state, STR("Subject: seen\nX: 1234567890\nDate: unseen\n\nbody"), &few,
	                   &m);
	assert_str(m.envelope, "(NIL \"seen\" NIL NIL NIL NIL NIL NIL NIL NIL)");
	assert_int_equal(m.hdr_size, 42);
}

/* A field of a megabyte of each kind that could cost more than its length. */
static void test_message_huge_headers(void **state)
{
	static const char *const fillers[] = {
		"a",      "(",      "\"",     "<",      "<@",    ",",   "a@b,",   "=?a?q?",
		"=?",     "\x1b$B", "\\",     ":",      ";",     "x:;", "[",      "(\\",
		"a;b=c;", "a*0=b;", "\"a\" ", "<a@b>,", ";a=\"", " ",   "\t\n\t", "a*1*=%;",
	};
	static const char *const names[] = { "From: ", "Content-Type: ", "Subject: ",
		                             "Content-Disposition: x;", "Content-Language: " };
	clock_t begin = clock();

	(void)state;
	for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
			struct arena *a = arena_new(NULL);
			struct buf b = buf_in(a, 2000000);

			assert_int_equal(buf_add_c(&b, names[k]), ERR_OK);
			while (b.n < 1000000)
				assert_int_equal(buf_add_c(&b, fillers[i]), ERR_OK);
			assert_int_equal(buf_add_c(&b, "\n\nbody"), ERR_OK);
			parse(a, buf_str(&b));
			arena_free(&a);
		}
	}
	/* 120 megabytes in linear time; a quadratic step would take minutes. */
	assert_true((clock() - begin) / CLOCKS_PER_SEC < 60);
}

/* Addresses of one octet cost forty each in ENVELOPE; what comes out stays in proportion all the
 * same. */
static void test_message_output_is_bounded(void **state)
{
	struct buf b = buf_in(*state, 10000000);
	struct mail_message m;

	assert_int_equal(buf_add_c(&b, "Content-Type: multipart/digest; boundary=b\n\n"), ERR_OK);
	for (unsigned i = 0; i < 4000; i++) {
		assert_int_equal(buf_add_c(&b, "--b\n\nFrom: "), ERR_OK);
		for (unsigned k = 0; k < 500; k++)
			assert_int_equal(buf_add_c(&b, "a,"), ERR_OK);
		assert_int_equal(buf_add_c(&b, "\nSubject: x\n\n"), ERR_OK);
	}
	m = parse(*state, buf_str(&b));
	assert_true(m.bodystructure.n < b.n * 3 + 2 * 1024 * 1024);
}

static const char shift_jis[] = "Content-Type: text/html; charset=shift_jis\n"
				"Content-Transfer-Encoding: base64\n\nPHA+g2WDWINnPC9wPg==\n";

static const char equal_boundaries[] = "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
				       "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n"
				       "--b--\n--b--\n";

static const char *const nasty[] = {
	nested,
	"Content-Type: multipart/mixed; boundary=\n\n--\n\nx\n----\n",
	"Content-Type: multipart/mixed; boundary=\"a\nb\"\n\n--ab\n\nx\n",
	"Subject: =?iso-2022-jp?B?GyRCJCIbKEI=?=\nFrom: \x1b$B<,@>\x1b(B <a@b>, \x1b$B<\n\nx",
	"Subject: \x83\x65\x83\x58\x83\x67\nTo: \x93\x63\x92\x86 <t@example.jp>\n\n",
	shift_jis,
	"From: a@b (c (d) \\) e), \"x\\\" <y@z>, <@r1,@r2:l@d>, [x] <q@[1.2.3.4]>, a b@c . d\n\n",
	"Content-Type: multipart/digest; boundary=\"b\"\r\n\r\n--b\r\n\r\n\r\n--b\r\n\r\n--b--",
	equal_boundaries,
	"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA==\n",
	"\n\n\n",
	"\r\n",
	"a",
	" x\n: y\n::\n\n",
	"\r\r\n\n\r",
	"Content-Type: text/html\n\n<style><!-- <<p <a href='x>y'>&amp &#x; &#99999999; &b; </styl",
};

static void test_message_every_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof nasty / sizeof nasty[0]; i++) {
		struct str whole = str_c(nasty[i]);

		for (size_t n = 0; n <= whole.n; n++) {
			struct arena *a = arena_new(NULL);
			/* A copy of its own, so that reading past its end is found out. */
			unsigned char *copy = malloc(n ? n : 1);

			assert_non_null(copy);
			memcpy(copy, whole.p, n);
			parse(a, str_make(copy, n));
			arena_free(&a);
			free(copy);
		}
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void test_message_mutations(void **state)
{
	static const unsigned char bytes[] = { 0,   '\n', '\r', ' ',  '"',  '(',  ')', '<',
		                               '>', '@',  ',',  ';',  ':',  '=',  '?', '-',
		                               '*', '%',  0x1b, 0x80, 0xff, '\\', '[' };
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof nasty / sizeof nasty[0]; i++) {
		struct str whole = str_c(nasty[i]);

		for (unsigned round = 0; round < 1000; round++) {
			struct arena *a = arena_new(NULL);
			unsigned char *copy = malloc(whole.n);
			unsigned changes = 1 + next_random(&seed) % 4;

			assert_non_null(copy);
			memcpy(copy, whole.p, whole.n);
			while (changes--)
				copy[next_random(&seed) % whole.n] =
					bytes[next_random(&seed) % sizeof bytes];
			parse(a, str_make(copy, whole.n));
			arena_free(&a);
			free(copy);
		}
	}
}

static void test_part_damaged_index(void **state)
{
	struct mail_message m = parse(*state, str_c(nested));
	static const uint32_t path[] = { 2, 2 };

	for (size_t n = 0; n < m.parts.n; n++) {
		struct mail_part_range r;
		enum err e = mail_part_find(str_first(m.parts, n), path, 2, MAIL_PART_BODY, &r);

		assert_int_equal(e, ERR_CORRUPT);
	}
	for (size_t i = 0; i < m.parts.n; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct str copy = str_dup(*state, m.parts);
			unsigned char *p = arena_alloc(*state, copy.n);
			struct mail_part_range r;

			memcpy(p, copy.p, copy.n);
			p[i] ^= (unsigned char)(1U << bit);
			if (mail_part_find(str_make(p, copy.n), path, 2, MAIL_PART_BODY, &r) ==
			    ERR_OK)
				assert_true(r.offset + r.size <= UINT32_MAX);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_message_rfc3501_example, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_empty, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_nested_parts, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_enclosing_only_a_message,
		                                unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_extension_data, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_boundary_that_begins_like_another,
		                                unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_truncated_and_missing_boundaries,
		                                unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_digest, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_envelope_oddities, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_header_lines, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_without_blank_line, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_preview, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_preview_length, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_limits, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_message_output_is_bounded, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test(test_message_huge_headers),
		cmocka_unit_test(test_message_every_prefix),
		cmocka_unit_test(test_message_mutations),
		cmocka_unit_test_setup_teardown(test_part_damaged_index, unit_arena_new,
		                                unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
