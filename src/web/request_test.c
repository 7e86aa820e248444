#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/web/reply_priv.h"
#include "src/web/request_priv.h"

static unsigned parse(struct arena *a, const char *head, struct web_request *r)
{
	struct str s = str_c(head);

	assert_int_equal(web_request_head_size(s, 0), s.n);
	return web_request_parse(a, s, 1000, r);
}

static void test_request_reads_a_head(void **state)
{
	struct arena *a = arena_new(NULL);
	struct web_request r;

	(void)state;
	assert_int_equal(parse(a,
	                       "GET /mail/config-v1.1.xml?emailaddress=a%40b HTTP/1.1\r\n"
	                       "Host: Autoconfig.Example.ORG.:8080\r\nConnection: x, Close\r\n"
	                       "accept-language:\t ja ;q=0.5 \r\n\r\n",
	                       &r),
	                 0);
	assert_int_equal(r.method, WEB_GET);
	assert_str(r.path, "/mail/config-v1.1.xml");
	assert_str(r.query, "emailaddress=a%40b");
	assert_str(r.host, "autoconfig.example.org");
	assert_str(r.accept_language, "ja ;q=0.5");
	assert_true(r.wants_close);
	assert_int_equal(
		parse(a,
	              "POST http://[::1]:80?x HTTP/1.1\r\nHost: other\r\nContent-Length: 7\r\n"
	              "Expect: 100-Continue\r\n\r\n",
	              &r),
		400); /* an authority that is none */
	assert_int_equal(parse(a,
	                       "POST http://[::1]:80/y?x HTTP/1.1\r\nHost: other\r\n"
	                       "Content-Length: 7\r\nExpect: 100-Continue\r\n\r\n",
	                       &r),
	                 0);
	assert_str(r.host, "[::1]");
	assert_str(r.path, "/y");
	assert_int_equal(r.body_size, 7);
	assert_true(r.expects_continue);
	assert_int_equal(parse(a, "GET / HTTP/1.0\r\nHost: x\r\n\r\n", &r), 0);
	assert_true(r.wants_close);
	arena_free(&a);
}

static void test_request_refuses_what_is_not_clear(void **state)
{
	static const struct {
		const char *head;
		unsigned status;
	} cases[] = {
		{ "GET / HTTP/1.1\r\n\r\n", 400 },                       /* no Host */
		{ "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400 }, /* two */
		{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400 }, /* blank before the colon */
		{ "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400 }, /* obsolete folding */
		{ "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400 },      /* bare LF */
		{ "GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", 400 }, /* bare CR */
		{ "GET / HTTP/1.1\r\nHost: a\r\nX: \001\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n", 400 },
		{ "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400 },
		{ "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505 },
		{ "GET / http/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET /\351 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
		  400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417 },
	};
	struct arena *a = arena_new(NULL);
	struct web_request r;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned got = parse(a, cases[i].head, &r);

		if (got != cases[i].status)
			print_error("%s: %u\n", cases[i].head, got);
		assert_int_equal(got, cases[i].status);
	}
	arena_free(&a);
}

static void test_request_head_may_come_in_pieces(void **state)
{
	struct str s = STR("GET / HTTP/1.1\r\n\r\nmore");

	(void)state;
	for (size_t n = 0; n < 18; n++)
		assert_int_equal(web_request_head_size(str_first(s, n), n ? n - 1 : 0), 0);
	for (size_t from = 0; from <= 17; from++)
		assert_int_equal(web_request_head_size(s, from), 18);
}

static void test_request_params_are_decoded(void **state)
{
	struct arena *a = arena_new(NULL);
	struct str v;

	(void)state;
	assert_true(web_request_param(a, STR("x=1&emailaddress=ann%2btag%40example.org"),
	                              STR("emailaddress"), &v));
	assert_str(v, "ann+tag@example.org");
	assert_true(web_request_param(a, STR("EmailAddress=a+b@c"), STR("emailaddress"), &v));
	assert_str(v, "a+b@c");
	assert_true(web_request_param(a, STR("a=%E8%8A%B1"), STR("a"), &v));
	assert_str(v, "花");
	assert_true(web_request_param(a, STR("a"), STR("a"), &v));
	assert_int_equal(v.n, 0);
	assert_false(web_request_param(a, STR("b=1"), STR("a"), &v));
	assert_false(web_request_param(a, STR("a=1&a=2"), STR("a"), &v));
	assert_false(web_request_param(a, STR("a=%4"), STR("a"), &v));
	assert_false(web_request_param(a, STR("a=%"), STR("a"), &v));
	assert_false(web_request_param(a, STR("a=%zz"), STR("a"), &v));
	assert_false(web_request_param(a, STR("a=%00"), STR("a"), &v));
	arena_free(&a);
}

static void test_request_language_is_chosen(void **state)
{
	(void)state;
	assert_false(web_request_wants_japanese(STR("")));
	assert_true(web_request_wants_japanese(STR("ja")));
	assert_true(web_request_wants_japanese(STR("ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7")));
	assert_false(web_request_wants_japanese(STR("en-US,en;q=0.9,ja;q=0.8")));
	assert_false(web_request_wants_japanese(STR("en,ja")));
	assert_true(web_request_wants_japanese(STR("de, ja; q=0.3, en;q=0.250")));
	assert_false(web_request_wants_japanese(STR("ja;q=0")));
}

static void test_reply_text_is_escaped(void **state)
{
	struct buf b = buf_in(NULL, 100), small = buf_in(NULL, 8);

	(void)state;
	assert_int_equal(web_reply_add_element(&b, "x", STR("<a href='\"&\001")), ERR_OK);
	assert_str(buf_str(&b), "<x>&lt;a href=&#39;&quot;&amp;?</x>\n");
	assert_int_equal(web_reply_add_text(&small, STR("&&&")), ERR_LIMIT);
	buf_clear(&b);
	buf_clear(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_reads_a_head),
		cmocka_unit_test(test_request_refuses_what_is_not_clear),
		cmocka_unit_test(test_request_head_may_come_in_pieces),
		cmocka_unit_test(test_request_params_are_decoded),
		cmocka_unit_test(test_request_language_is_chosen),
		cmocka_unit_test(test_reply_text_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
