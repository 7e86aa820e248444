#include <stdlib.h>
#include <string.h>

#include "src/base/unit.h"
#include "src/mail/address.h"

enum {
	ALL = MAIL_ADDRESS_NULL | MAIL_ADDRESS_UTF8 | MAIL_ADDRESS_POSTMASTER
};

static void test_path_valid(void **state)
{
	static const struct {
		const char *text, *local, *domain;
		size_t used;
		bool is_odd;
	} table[] = {
		{ "<ann@example.org>", "ann", "example.org", 17, false },
		{ "<ann@example.org> SIZE=1", "ann", "example.org", 17, false },
		{ "<>", "", "", 2, false },
		{ "<postmaster>", "postmaster", "", 12, false },
		{ "<PostMaster>", "PostMaster", "", 12, false },
		{ "<@a.example,@b.example:ann@example.org>", "ann", "example.org", 39, false },
		{ "<\"ann\"@example.org>", "ann", "example.org", 19, false },
		{ "<\"a b\\\"c\\\\@\"@example.org>", "a b\"c\\@", "example.org", 25, false },
		{ "<a+b=c/d!e#f$g%h&i'*?^_`{|}~-@x>", "a+b=c/d!e#f$g%h&i'*?^_`{|}~-", "x", 32,
		  false },
		{ "<ann@[192.0.2.1]>", "ann", "[192.0.2.1]", 17, false },
		{ "<ann@[IPv6:2001:db8::1]>", "ann", "[IPv6:2001:db8::1]", 24, false },
		{ "<a..b@example.jp>", "a..b", "example.jp", 17, true },
		{ "<.a.@docomo.ne.jp>", ".a.", "docomo.ne.jp", 18, true },
		{ "<ann@my_host.example>", "ann", "my_host.example", 21, false },
		{ "<\xe3\x81\x82@\xe4\xbe\x8b.jp>", "\xe3\x81\x82", "\xe4\xbe\x8b.jp", 12, false },
		{ "<\"\"@x>", "", "x", 6, false },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct mail_address addr;
		size_t used;

		assert_int_equal(
			mail_address_parse_path(*state, str_c(table[i].text), ALL, &addr, &used),
			ERR_OK);
		assert_str(addr.local, table[i].local);
		assert_str(addr.domain, table[i].domain);
		assert_int_equal(used, table[i].used);
		assert_int_equal(addr.is_odd, table[i].is_odd);
	}
}

static void test_path_invalid(void **state)
{
	static const char *const table[] = {
		"",
		"<",
		">",
		"<ann@example.org",
		"ann@example.org",
		"<ann>",
		"<@example.org>",
		"<ann@>",
		"<ann@@x>",
		"<a b@x>",
		"<ann@x y>",
		"<ann@.x>",
		"<ann@x..y>",
		"<ann@x.>",
		"<\"ann@x>",
		"<\"a\rb\"@x>",
		"<\"a\"b@x>",
		"<ann@[1.2.3]>",
		"<ann@[1.2.3.4>",
		"<ann@[IPv6:zz]>",
		"<ann@[]>",
		"<ann@[:x]>",
		"<@a:>",
		"<@a,b:c@d>",
		"<@a ann@x>",
		"<ann@x\xff>",
		"<\xe3\x81@x>",
		"<a,b@x>",
		"<a;b@x>",
		"<ann@x;y>",
		"< ann@x>",
		"<ann@x >",
		"<a\\@b@x>",
		"<ann@x\n>",
		"<a\x7f@x>",
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct mail_address addr;
		size_t used;
		enum err e = mail_address_parse_path(*state, str_c(table[i]), ALL, &addr, &used);

		if (e != ERR_INVALID)
			print_error("accepted %s\n", table[i]);
		assert_int_equal(e, ERR_INVALID);
	}
}

static void test_path_flags(void **state)
{
	struct mail_address addr;
	size_t used;

	assert_int_equal(mail_address_parse_path(*state, STR("<>"), 0, &addr, &used), ERR_INVALID);
	assert_int_equal(mail_address_parse_path(*state, STR("<postmaster>"), 0, &addr, &used),
	                 ERR_INVALID);
	assert_int_equal(mail_address_parse_path(*state, STR("<\xc3\xa9@x>"), 0, &addr, &used),
	                 ERR_INVALID);
	assert_int_equal(mail_address_parse_path(*state, STR("<\"\xc3\xa9\"@x>"), 0, &addr, &used),
	                 ERR_INVALID);
	assert_int_equal(mail_address_parse_path(*state, STR("<a@\xc3\xa9>"), 0, &addr, &used),
	                 ERR_INVALID);
	assert_int_equal(mail_address_parse_path(*state, STR("a@b BODY=7BIT"), MAIL_ADDRESS_BARE,
	                                         &addr, &used),
	                 ERR_OK);
	assert_int_equal(used, 3);
	assert_int_equal(
		mail_address_parse_path(*state, STR("a@b>"), MAIL_ADDRESS_BARE, &addr, &used),
		ERR_INVALID);
}

static struct str repeated(struct arena *a, const char *head, size_t n, const char *tail)
{
	struct str s = str_printf(a, "%s%0*d%s", head, (int)n, 0, tail);

	return s;
}

static void test_path_lengths(void **state)
{
	struct mail_address addr;
	size_t used;

	assert_int_equal(
		mail_address_parse_path(*state, repeated(*state, "<", 64, "@x>"), 0, &addr, &used),
		ERR_OK);
	assert_int_equal(
		mail_address_parse_path(*state, repeated(*state, "<", 65, "@x>"), 0, &addr, &used),
		ERR_LIMIT);
	assert_int_equal(mail_address_parse_path(*state, repeated(*state, "<", 65, "@x>"),
	                                         MAIL_ADDRESS_LONG, &addr, &used),
	                 ERR_OK);
	assert_int_equal(mail_address_parse_path(*state, repeated(*state, "<", 253, "@x>"),
	                                         MAIL_ADDRESS_LONG, &addr, &used),
	                 ERR_LIMIT);
	assert_int_equal(mail_address_parse_path(*state, repeated(*state, "<a@", 63, ".x>"), 0,
	                                         &addr, &used),
	                 ERR_OK);
	assert_int_equal(mail_address_parse_path(*state, repeated(*state, "<a@", 64, ".x>"), 0,
	                                         &addr, &used),
	                 ERR_INVALID);
	assert_int_equal(
		mail_address_parse_path(*state, repeated(*state, "<a@", 300, ">"), 0, &addr, &used),
		ERR_LIMIT);
	assert_int_equal(mail_address_parse_path(*state, repeated(*state, "<\"", 3000, "\"@x>"),
	                                         MAIL_ADDRESS_LONG, &addr, &used),
	                 ERR_LIMIT);
}

static void test_path_every_prefix(void **state)
{
	static const char *const table[] = { "<@a.b,@[1.2.3.4]:\"a\\\"b\"@[IPv6:::1]>",
		                             "<\xe3\x81\x82.b@\xe4\xbe\x8b.jp>" };

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(table[i]);

		for (size_t k = 0; k < n; k++) {
			unsigned char *copy = malloc(k ? k : 1);
			struct mail_address addr;
			size_t used;

			assert_non_null(copy);
			memcpy(copy, table[i], k);
			assert_int_not_equal(mail_address_parse_path(*state, str_make(copy, k), ALL,
			                                             &addr, &used),
			                     ERR_OK);
			free(copy);
		}
	}
}

static void assert_normal(struct arena *a, const char *text, const char *want)
{
	struct mail_address addr;
	struct str normal;

	assert_int_equal(mail_address_parse(a, str_c(text), MAIL_ADDRESS_UTF8, &addr), ERR_OK);
	assert_int_equal(mail_address_normal(a, &addr, &normal), ERR_OK);
	assert_str(normal, want);
}

static void test_address_normal(void **state)
{
	struct str normal;

	assert_normal(*state, "\"ann\"@EXAMPLE.org", "ann@example.org");
	assert_normal(*state, "Ann@example.org", "Ann@example.org");
	assert_normal(*state, "a..b@example.jp", "\"a..b\"@example.jp");
	assert_normal(*state, "\"a..b\"@example.jp", "\"a..b\"@example.jp");
	assert_normal(*state, "\"a b\"@x", "\"a b\"@x");
	assert_normal(*state, "a@\xe4\xbe\x8b\xe3\x81\x88.jp", "a@xn--r8jz45g.jp");
	assert_normal(*state,
	              "a@B\xc3\xbc"
	              "cher.example",
	              "a@xn--bcher-kva.example");
	assert_normal(*state, "a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example");
	assert_normal(*state, "a@[IPv6:2001:DB8:0:0::1]", "a@[ipv6:2001:db8::1]");
	/* One character, composed or not. */
	assert_normal(*state, "e\xcc\x81@x", "\xc3\xa9@x");
	assert_int_equal(mail_address_normal_domain(*state, STR("Example.ORG."), &normal), ERR_OK);
	assert_str(normal, "example.org");
	assert_int_equal(mail_address_normal_domain(*state, STR("xn--a"), &normal), ERR_INVALID);
	assert_int_equal(mail_address_normal_domain(*state, STR(""), &normal), ERR_INVALID);
	assert_int_equal(mail_address_normal_domain(*state, STR("."), &normal), ERR_INVALID);
}

static void test_address_split_and_format(void **state)
{
	struct mail_address null = { 0 }, quoted = { .local = STR("a@b"), .domain = STR("x") };
	struct str local, domain;

	assert_true(mail_address_split(STR("\"a@b\"@x"), &local, &domain));
	assert_str(local, "\"a@b\"");
	assert_str(domain, "x");
	assert_false(mail_address_split(STR("postmaster"), &local, &domain));
	assert_str(local, "postmaster");
	assert_false(mail_address_split(STR("\"a@b\""), &local, &domain));
	assert_str(mail_address_format(*state, &null), "");
	assert_str(mail_address_format(*state, &quoted), "\"a@b\"@x");
	assert_str(mail_address_format_local(*state, STR("a\"b\\")), "\"a\\\"b\\\\\"");
	assert_str(mail_address_format_local(*state, STR("")), "\"\"");
	assert_true(mail_address_is_domain(STR("example.org"), false));
	assert_false(mail_address_is_domain(STR("exa mple.org"), false));
}

/* A list as text: name|route|local|domain, "{" name ... "}" for a group. */
static struct str list_text(struct arena *a, struct str value)
{
	struct mail_address_item *item;
	struct str text = { 0 };
	size_t count = mail_address_list_parse(a, value, 100, &item);

	for (; item; item = item->next, count--) {
		if (item->kind == MAIL_ADDRESS_KIND_GROUP)
			text = str_printf(a, "%.*s{%.*s ", STR_ARG(text), STR_ARG(item->name));
		else if (item->kind == MAIL_ADDRESS_KIND_GROUP_END)
			text = str_printf(a, "%.*s} ", STR_ARG(text));
		else
			text = str_printf(a, "%.*s%.*s|%.*s|%.*s|%.*s ", STR_ARG(text),
			                  STR_ARG(item->name), STR_ARG(item->route),
			                  STR_ARG(item->local), STR_ARG(item->domain));
	}
	assert_int_equal(count, 0);
	return text;
}

static void test_list_parse(void **state)
{
	static const struct {
		const char *value, *want;
	} table[] = {
		{ "", "" },
		{ " , ,, ", "" },
		{ "ann@example.org", "||ann|example.org " },
		{ "Ann <ann@example.org>", "Ann||ann|example.org " },
		{ "\"Last, First\" <a@b>, c@d", "Last, First||a|b ||c|d " },
		{ "a@b (Ann (the) One)", "Ann (the) One||a|b " },
		{ "John Q. Public <jqp@x>", "John Q. Public||jqp|x " },
		{ "Group: a@b, C <c@d>;, e@f", "{Group ||a|b C||c|d } ||e|f " },
		{ "undisclosed-recipients:;", "{undisclosed-recipients } " },
		{ "open: a@b", "{open ||a|b } " },
		{ "<@r1,@r2:a@b>", "|@r1,@r2|a|b " },
		{ "\"a b\"@c", "||a b|c " },
		{ "a . b @ c . d", "||a.b|c.d " },
		{ "a\r\n (folded)\r\n @b", "folded||a|b " },
		{ "=?utf-8?q?=C3=A9?= <a@b>", "=?utf-8?q?=C3=A9?=||a|b " },
		{ "a@b <a@c>", "a@b||a|c " },
		{ "bob, <>, x <>", "||bob| ||| x||| " },
		{ "a@[127.0.0.1], [x] <c@d>", "||a|[127.0.0.1] [x]||c|d " },
		{ "a@b; c@d", "||a|b ||c|d " },
		{ "\"open <a@b>, c@d", "\"open||a|b ||c|d " },
		{ "open( <a@b>, c@d", "open(||a|b ||c|d " },
		{ "<<a@b>>, <c@d", "||a|b ||c|d " },
		{ "A <a@b> trailing, c@d", "A||a|b ||c|d " },
		{ "\x1b$B<,@>\x1b(B <a@b>, c@d", "\x1b$B<,@>\x1b(B||a|b ||c|d " },
		{ "\"\\\"q\\\"\" <a@b>", "\"q\"||a|b " },
		{ "a@b@c", "||a|b@c " },
		{ "a@b c, d@e", "||a|b ||d|e " },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_str(list_text(*state, str_c(table[i].value)), table[i].want);
}

static void test_list_limit(void **state)
{
	struct mail_address_item *item;

	assert_int_equal(mail_address_list_parse(*state, STR("a@x,b@x,c@x"), 2, &item), 2);
	/* A group that is cut is closed all the same. */
	assert_int_equal(mail_address_list_parse(*state, STR("g:a@x,b@x,c@x;"), 2, &item), 3);
	assert_int_equal(item->next->next->kind, MAIL_ADDRESS_KIND_GROUP_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_path_valid, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_path_invalid, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_path_flags, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_path_lengths, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_path_every_prefix, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_address_normal, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_address_split_and_format, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_list_parse, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_list_limit, unit_arena_new, unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
