#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/random.h"
#include "src/base/unit.h"
#include "src/config/config.h"
#include "src/config/option.h"

static const struct config *must_parse(const char *text)
{
	const struct config *c = NULL;
	struct errinfo info = { 0 };

	if (config_parse("t.conf", text, &c, &info))
		fail_msg("%s", info.text);
	return c;
}

static void test_config_defaults_are_sensible(void **state)
{
	const struct config *c = config_defaults();

	(void)state;
	assert_int_equal(c->limits.message_max_bytes, 20 << 20);
	assert_int_equal(c->imap.idle_timeout_ms, 30 * 60 * 1000);
	assert_int_equal(c->pop3.idle_timeout_ms, 10 * 60 * 1000);
	assert_int_equal(c->smtp.command_timeout_ms, 5 * 60 * 1000);
	assert_int_equal(c->limits.connections_per_user_max, 50);
	assert_string_equal(c->imap.hierarchy_separator, "/");
	assert_string_equal(c->store.engine, "sqlite");
	assert_int_equal(c->log.level, LOG_LEVEL_INFO);
	assert_true(c->server.hostname[0]);
	assert_true(c->smtp.submission_owned_senders_only);
	assert_int_equal(c->n_listeners, 0);
	config_unref(&c);
	assert_null(c);
	config_unref(&c);
}

static void test_config_reads_every_type(void **state)
{
	const struct config *c = must_parse(
		"# a comment with a ' quote\n"
		"server { hostname = mx.example.org\n dns_port = 5353 session_processes = 3 "
		"drain_time=1500ms }\n"
		"limits { message_max = 64M write_timeout = 30m spool_max = \"1G\" }\n"
		"smtp { line_max = 20KiB recipient_delimiter = '' submission_owned_senders_only = "
		"no }\n"
		"/* more \" of it */\n"
		"log { level = debug target = syslog json = true } // and '\n"
		"imap { hierarchy_separator = . }\n"
		"store { engine = postgres conninfo = \"host=/tmp password='a \\\"b\\\\' "
		"dbname=x\" }\n");
	(void)state;
	assert_string_equal(c->server.hostname, "mx.example.org");
	assert_int_equal(c->server.dns_port, 5353);
	assert_int_equal(c->server.session_processes, 3);
	assert_int_equal(c->server.drain_ms, 1500);
	assert_int_equal(c->limits.message_max_bytes, 64 << 20);
	assert_int_equal(c->limits.write_timeout_ms, 1800000);
	assert_int_equal(c->limits.spool_max_bytes, 1 << 30);
	assert_int_equal(c->smtp.line_max_bytes, 20480);
	assert_string_equal(c->smtp.recipient_delimiter, "");
	assert_false(c->smtp.submission_owned_senders_only);
	assert_int_equal(c->log.level, LOG_LEVEL_DEBUG);
	assert_int_equal(c->log.target, LOG_TARGET_SYSLOG);
	assert_true(c->log.is_json);
	assert_string_equal(c->imap.hierarchy_separator, ".");
	assert_string_equal(c->store.conninfo, "host=/tmp password='a \"b\\' dbname=x");
	assert_string_equal(c->path, "t.conf");
	config_unref(&c);
}

static void test_config_reads_listeners(void **state)
{
	const struct config *c = must_parse(
		"tls { certificate = c.pem key = /k.pem }\n"
		"listener \"mx\" {\n protocol = smtp address = \"127.0.0.1\" port = 2525 tls = "
		"none\n"
		" proxy_from = {\"127.0.0.1/32\", \"2001:db8::/32\"}\n xclient_from = "
		"{10.0.0.0/8}\n}\n"
		"listener imaps { protocol = imap address = \"::1\" port = 0 tls = implicit "
		"allow_plaintext_login = true }\n");
	const struct config_listener *l = c->listeners;

	(void)state;
	assert_int_equal(c->n_listeners, 2);
	assert_string_equal(l[0].name, "mx");
	assert_int_equal(l[0].protocol, CONFIG_PROTOCOL_SMTP);
	assert_string_equal(l[0].address, "127.0.0.1");
	assert_int_equal(l[0].port, 2525);
	assert_int_equal(l[0].tls, CONFIG_TLS_NONE);
	assert_int_equal(l[0].n_proxy_from, 2);
	assert_int_equal(l[0].proxy_from[0].bits, 128);
	assert_int_equal(l[0].proxy_from[1].bits, 32);
	assert_int_equal(l[0].xclient_from[0].bits, 104);
	assert_int_equal(l[1].tls, CONFIG_TLS_IMPLICIT);
	assert_true(l[1].allow_plaintext_login);
	assert_string_equal(l[1].tls_key, "");
	assert_int_equal(c->n_warnings, 0);
	config_unref(&c);
}

/* The first of each kind that clients can reach; never one without TLS. */
static void test_config_services_are_what_clients_can_reach(void **state)
{
	const struct config *c = must_parse(
		"tls { certificate = c.pem key = /k.pem }\nserver { hostname = a.example }\n"
		"listener plain { protocol = imap port = 1143 tls = none }\n"
		"listener hidden { protocol = imap port = 1 tls = implicit advertised = false }\n"
		"listener any { protocol = imap address = \"::1\" port = 0 tls = implicit }\n"
		"listener submission { protocol = submission port = 1587 public_port = 587 }\n"
		"listener imaps { protocol = imap port = 1993 tls = implicit public_port = 993 }\n"
		"listener imaps2 { protocol = imap port = 2993 tls = implicit }\n"
		"listener pop3 { protocol = pop3 port = 110 }\n");
	struct config_service s[CONFIG_SERVICES_MAX];

	(void)state;
	assert_int_equal(config_services(c, s), 3);
	assert_int_equal(s[0].protocol, CONFIG_PROTOCOL_IMAP);
	assert_int_equal(s[0].tls, CONFIG_TLS_IMPLICIT);
	assert_int_equal(s[0].port, 993);
	assert_int_equal(s[1].protocol, CONFIG_PROTOCOL_POP3);
	assert_int_equal(s[1].port, 110);
	assert_int_equal(s[2].protocol, CONFIG_PROTOCOL_SUBMISSION);
	assert_int_equal(s[2].tls, CONFIG_TLS_STARTTLS);
	assert_int_equal(s[2].port, 587);
	assert_int_equal(config_service_port(c, CONFIG_PROTOCOL_IMAP, CONFIG_TLS_NONE), 1143);
	assert_int_equal(config_service_port(c, CONFIG_PROTOCOL_HTTP, CONFIG_TLS_IMPLICIT), 0);
	assert_string_equal(config_service_host(c), "a.example");
	config_unref(&c);
}

static void test_config_resolves_paths_from_the_file(void **state)
{
	const struct config *c;
	struct errinfo info;

	(void)state;
	assert_int_equal(config_parse("/etc/x/t.conf",
	                              "server { data_directory = data }\n"
	                              "tls { certificate = c.pem key = /k.pem }",
	                              &c, &info),
	                 ERR_OK);
	assert_string_equal(c->server.data_directory, "/etc/x/data");
	assert_string_equal(c->server.run_directory, "/run/tayori");
	assert_string_equal(c->tls.certificate, "/etc/x/c.pem");
	assert_string_equal(c->tls.key, "/k.pem");
	config_unref(&c);
}

static void test_config_warns_of_open_passwords(void **state)
{
	const struct config *c = must_parse(
		"listener a { protocol=imap port=143 tls=none\n"
		"allow_plaintext_login=yes }\n"
		"listener b { protocol=pop3 port=110 tls=none address=127.0.0.1 }");

	(void)state;
	assert_int_equal(c->n_warnings, 2);
	assert_string_equal(
		c->warnings[0],
		"t.conf:2: listener \"a\" lets passwords cross the network "
		"without TLS; write allow_plaintext_login = false, or address = \"127.0.0.1\"");
	assert_non_null(strstr(c->warnings[1], "t.conf:3: nobody can log in"));
	config_unref(&c);
}

static const struct {
	const char *text, *want;
} mistakes[] = {
	{ "limits {\n mesage_max = 1M\n}",
	  "t.conf:2: limits.mesage_max is unknown; did you mean message_max?" },
	{ "\n\nlimit { }", "t.conf:3: limit is unknown; did you mean limits?" },
	{ "lisener x { }", "t.conf:1: lisener is unknown; did you mean listener?" },
	{ "smtp { message_max = 1M }",
	  "t.conf:1: smtp.message_max is unknown; did you mean message_max in section limits?" },
	{ "message_max = 1M",
	  "t.conf:1: message_max is unknown; did you mean message_max in section limits?" },
	{ "smtp { qqqqqqqqq = 1 }",
	  "t.conf:1: smtp.qqqqqqqqq is unknown; see tayori.conf(5) for the options" },
	{ "listener x { protocl = smtp }",
	  "t.conf:1: listener.protocl is unknown; did you mean protocol?" },
	{ "limits { message_max = 20X }",
	  "t.conf:1: limits.message_max: \"20X\" does not fit; write a number "
	  "of octets, or of K, M or G such as 20M" },
	{ "# x\n// x\nlimits /* a\nb */ {//\n\n\nmessage_max = 5 }",
	  "t.conf:7: limits.message_max: 5 is out of range; write a value from 1K to 1G" },
	{ "limits { message_max = 99999999999999999999G }",
	  "t.conf:1: limits.message_max: "
	  "\"99999999999999999999G\" does not fit; write a number of octets, or of K, M or G such "
	  "as 20M" },
	{ "limits { message_max = 99999999999999999G }",
	  "t.conf:1: limits.message_max: 99999999999999999G is "
	  "out of range; write a value from 1K to 1G" },
	{ "imap { idle_timeout = 10m }",
	  "t.conf:1: imap.idle_timeout: 10m is out of range; write a value from 30m to 1d" },
	{ "imap { idle_timeout = 1800 }",
	  "t.conf:1: imap.idle_timeout: \"1800\" does not fit; write a number "
	  "with ms, s, m, h or d such as 30s" },
	{ "smtp { hops_max = -1 }",
	  "t.conf:1: smtp.hops_max: \"-1\" does not fit; write a number" },
	{ "smtp { hops_max = 5 }",
	  "t.conf:1: smtp.hops_max: 5 is out of range; write a value from 10 to 1000" },
	{ "log { json = 1 }", "t.conf:1: log.json: \"1\" does not fit; write true or false" },
	{ "log { level = loud }",
	  "t.conf:1: log.level: \"loud\" is unknown; write debug, info, warn or error" },
	{ "imap { hierarchy_separator = x }",
	  "t.conf:1: imap.hierarchy_separator: \"x\" is unknown; write / or ." },
	{ "smtp { recipient_delimiter = '+-' }",
	  "t.conf:1: smtp.recipient_delimiter: \"+-\" has 2 octets; write at most 1" },
	{ "server { data_directory = '' }",
	  "t.conf:1: server.data_directory: is empty; write a path" },
	{ "server { user = \"a\\tb\" }",
	  "t.conf:1: server.user: contains control character 9; write it without" },
	{ "smtp { hops_max = 20\n hops_max = 30 }",
	  "t.conf:2: smtp.hops_max was set in line 1 already; write it once" },
	{ "smtp { hops_max = 20 }\nsmtp { hops_max = 30 }",
	  "t.conf:2: smtp.hops_max was set in line 1 already; write it once" },
	{ "server { hostname = -x }",
	  "t.conf:1: server.hostname: \"-x\" is no host name; write one such as "
	  "mail.example.org" },
	{ "server {\n dns_address = ns.example.org }",
	  "t.conf:2: server.dns_address: \"ns.example.org\" is no "
	  "address; write one such as 127.0.0.1 or ::1" },
	{ "auth { mechanisms = \"PLAIN CRAM\" }",
	  "t.conf:1: auth.mechanisms: \"CRAM\" is unknown; write some "
	  "of PLAIN, LOGIN, SCRAM-SHA-256 and SCRAM-SHA-256-PLUS" },
	{ "tls { key = /k }",
	  "t.conf:1: tls.certificate and tls.key belong together; write certificate as well" },
	{ "store { engine = postgres }",
	  "t.conf:1: store.engine is postgres but store.conninfo is empty; write "
	  "conninfo = \"host=/run/postgresql dbname=tayori\" or alike" },
	{ "limits { spool_max = 1M }",
	  "t.conf:1: limits.spool_max is smaller than limits.message_max, so that "
	  "large messages could never be received; write at least 21M" },
	{ "listener a {\n}", "t.conf:2: listener \"a\" has no protocol; write: protocol = smtp" },
	{ "listener a { protocol = imap }",
	  "t.conf:1: listener \"a\" has no port; write: port = 25" },
	{ "listener a { protocol = smtp port = 25 tls = none }\nlistener a { protocol = smtp }",
	  "t.conf:2: there is a listener \"a\" already; give this one another name" },
	{ "listener a { protocol = smtp port = 25 tls = none }\n"
	  "listener b { protocol = smtp\n port = 25 tls = none address = ::1 }",
	  "t.conf:3: listener \"b\" wants port 25, which listener \"a\" (line 1) has; write "
	  "another port or "
	  "address" },
	{ "listener a { protocol = smtp port = 70000 }",
	  "t.conf:1: listener.port: 70000 is out of range; write a value from 0 to 65535" },
	{ "listener a { protocol = smtp port = 25\n tls = implicit }",
	  "t.conf:2: listener \"a\" speaks TLS (implicit) but there is no certificate; write "
	  "certificate and "
	  "key in section tls, or tls = none" },
	{ "listener a { protocol = smtp port = 25 tls = none address = localhost }",
	  "t.conf:1: listener \"a\": \"localhost\" is no address; write one such as \"127.0.0.1\", "
	  "\"::1\" or "
	  "\"*\"" },
	{ "listener a { protocol = imap port = 143 tls = none xclient_from = {127.0.0.1} }",
	  "t.conf:1: listener \"a\": XCLIENT exists in SMTP and LMTP only; remove xclient_from" },
	{ "listener a { proxy_from = {127.0.0.1,\n 10.0.0.0/33} }",
	  "t.conf:2: listener.proxy_from: \"10.0.0.0/33\" is no address block; write one such as "
	  "\"192.0.2.0/24\" or \"2001:db8::/32\"" },
	{ "listener a { proxy_from = {127.0.0.1} proxy_from = {127.0.0.2} }",
	  "t.conf:1: listener.proxy_from was set in line 1 already; write it once" },
	{ "listener \"a b\" { protocol = smtp port = 1 tls = none }",
	  "t.conf:1: \"a b\" is no name for a listener; write 1 to 64 letters, digits or any of - "
	  "_ ." },
	{ "listener { protocol = smtp }",
	  "t.conf:1: the section has no name; write: listener \"name\" { option = value }" },
	{ "limits\n{\n",
	  "t.conf:2: the { that stands here is never closed; write } at the end of the section" },
	{ "listener", "t.conf:1: the file ends too early; is a } missing?" },
	{ "\n}", "t.conf:2: this } closes nothing; remove it" },
	{ "smtp { hops_max 3 }", "t.conf:1: a value is missing; write: option = value" },
	{ "smtp\nhops_max = 3", "t.conf:2: a { is missing; write: section { option = value }" },
	{ "smtp { hops_max = {1} }",
	  "t.conf:1: a value is expected here; put it in quotes when it is a text with "
	  "blanks or with any of = { } ( ) + ," },
	{ "smtp { hops_max += 1 }", "t.conf:1: this option has one value; write = instead of +=" },
	{ "\nserver { user = \"abc\n }\n\n",
	  "t.conf:2: the text that starts here never ends; write \" after it" },
	{ "\n\n/* abc ", "t.conf:3: the comment that starts here never ends; write */ after it" },
	{ "server { user = \"${HOME}\" }",
	  "t.conf:1: variables are not expanded; write the value, or \\${ for the characters ${" },
	{ "server { user = \"\\400\" }", "t.conf:1: \\4 is no escape; write the character itself" },
	{ "limits|message_max = 3M",
	  "t.conf:1: message_max stands outside its section; write it between the "
	  "braces" },
};

static void test_config_errors_name_line_option_and_remedy(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		const struct config *c = NULL;
		struct errinfo info = { 0 };

		if (config_parse("t.conf", mistakes[i].text, &c, &info) != ERR_INVALID)
			fail_msg("taken: %s", mistakes[i].text);
		assert_null(c);
		assert_string_equal(info.text, mistakes[i].want);
		/* Nothing of a broken file stays behind for the next one. */
		c = must_parse("smtp { hops_max = 77 }");
		assert_int_equal(c->smtp.hops_max, 77);
		config_unref(&c);
	}
}

/* Each option takes its limits and nothing beyond. */
static void check_limit(const struct option *o, uint64_t value, enum err want)
{
	const struct config *c = NULL;
	struct errinfo info;
	char text[200];

	/* Options that others must fit to are tested above. */
	if (strcmp(o->name, "message_max") == 0 || strcmp(o->name, "spool_max") == 0)
		return;
	snprintf(text, sizeof text, "%s { %s = %llu%s }", o->section, o->name,
	         (unsigned long long)value, o->type == OPTION_DURATION ? "ms" : "");
	assert_int_equal(config_parse("t", text, &c, &info), want);
	if (c)
		config_unref(&c);
}

static void test_config_options_hold_their_limits(void **state)
{
	(void)state;
	for (const struct option *o = option_first(); o; o = option_next(o)) {
		if (o->type == OPTION_BOOL || o->type == OPTION_TEXT || o->type == OPTION_PATH ||
		    o->type == OPTION_CHOICE)
			continue;
		check_limit(o, o->min, ERR_OK);
		check_limit(o, o->max, ERR_OK);
		check_limit(o, o->max + 1, ERR_INVALID);
		if (o->min)
			check_limit(o, o->min - 1, ERR_INVALID);
	}
}

/* Every option has the same value in both. */
static void assert_same(const struct config *c, const struct config *d)
{
	struct buf one = buf_in(NULL, 100000), other = buf_in(NULL, 100000);

	for (const struct option *o = option_first(); o; o = option_next(o)) {
		assert_int_equal(option_format(o, c, &one), ERR_OK);
		assert_int_equal(option_format(o, d, &other), ERR_OK);
		if (!str_eq(buf_str(&one), buf_str(&other)))
			fail_msg("%s.%s differs", o->section, o->name);
	}
	buf_clear(&one);
	buf_clear(&other);
}

static void test_config_formats_what_it_parses(void **state)
{
	const struct config *c = must_parse("store { engine = postgres conninfo = 'a\"b\\\\ ${x}' }"
	                                    "limits { write_timeout = 90s message_max = 1500K }");
	const struct config *d;
	struct buf b = buf_in(NULL, 100000);

	(void)state;
	for (const struct option *o = option_first(); o; o = option_next(o)) {
		assert_int_equal(buf_printf(&b, "%s { %s = ", o->section, o->name), ERR_OK);
		assert_int_equal(option_format(o, c, &b), ERR_OK);
		assert_int_equal(buf_add_c(&b, " }\n"), ERR_OK);
	}
	assert_int_equal(buf_add_byte(&b, 0), ERR_OK);
	assert_non_null(strstr((char *)b.p, "write_timeout = 90s"));
	assert_non_null(strstr((char *)b.p, "message_max = 1500K"));
	d = must_parse((char *)b.p);
	assert_string_equal(c->store.conninfo, d->store.conninfo);
	assert_same(c, d);
	config_unref(&c);
	config_unref(&d);
	buf_clear(&b);
}

static void test_config_printed_defaults_are_the_defaults(void **state)
{
	const struct config *c = config_defaults(), *d;
	struct buf b = buf_in(NULL, 100000);
	unsigned char *hash;

	(void)state;
	assert_int_equal(config_print_defaults(&b), ERR_OK);
	/* Without the mark before each option, and with it. */
	assert_int_equal(buf_add_byte(&b, 0), ERR_OK);
	d = must_parse((char *)b.p);
	config_unref(&d);
	while ((hash = (unsigned char *)strstr((char *)b.p, "\t#")))
		if (hash[2] != ' ')
			hash[1] = ' ';
		else
			hash[0] = ' ';
	d = must_parse((char *)b.p);
	assert_same(c, d);
	assert_int_equal(c->store.undelete_ms, d->store.undelete_ms);
	assert_string_equal(c->auth.mechanisms, d->auth.mechanisms);
	assert_int_equal(d->n_listeners, 1);
	config_unref(&c);
	config_unref(&d);
	buf_clear(&b);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_config_load_looks_at_files(void **state)
{
	char dir[] = "/tmp/tayori-config-XXXXXX", path[100], want[300];
	const struct config *c = NULL;
	struct errinfo info;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/t.conf", dir);
	assert_int_equal(config_load(path, &c, &info), ERR_NOTFOUND);
	assert_non_null(strstr(info.text, "No such file"));
	write_file(path, "tls { certificate = c.pem\n key = k.pem }");
	assert_int_equal(config_load(path, &c, &info), ERR_INVALID);
	snprintf(want, sizeof want,
	         "%s:1: tls.certificate: %s/c.pem cannot be read (No such file or "
	         "directory); write the path of a PEM file that can be",
	         path, dir);
	assert_string_equal(info.text, want);
	write_file(path, "server { data_directory = d }");
	assert_int_equal(config_load(path, &c, &info), ERR_OK);
	snprintf(want, sizeof want, "%s/d", dir);
	assert_string_equal(c->server.data_directory, want);
	assert_string_equal(c->path, path);
	config_unref(&c);
	assert_int_equal(config_load(dir, &c, &info), ERR_INVALID);
	unlink(path);
	rmdir(dir);
}

static void test_config_survives_any_text(void **state)
{
	static const char *const words[] = {
		"listener",
		"a",
		"{",
		"}",
		"=",
		"\"",
		"'",
		"\n",
		" ",
		"limits",
		"message_max",
		"1M",
		"/*",
		"*/",
		"#",
		"//",
		"\\",
		"${",
		"(",
		")",
		",",
		"+=",
		"proxy_from",
		"smtp|x",
		"\x80\xff",
		"protocol",
		"smtp",
		"port",
		"25",
		"\\400",
		"tls = none",
		"0",
		"\r",
		"listener x { protocol = smtp",
		"server {",
		"include",
		"__unknown",
		"|",
		"listener=a|port",
	};
	const struct config *c;
	struct errinfo info;
	char text[600];

	(void)state;
	random_test_seed(7);
	for (int round = 0; round < 20000; round++) {
		size_t n = 0, want = random_u64() % 24;

		text[0] = 0;
		for (size_t i = 0; i < want; i++)
			n += (size_t)snprintf(
				text + n, sizeof text - n, "%s%s",
				words[random_u64() % (sizeof words / sizeof words[0])],
				random_u64() % 2 ? " " : "");
		c = NULL;
		if (config_parse("t", text, &c, &info) == ERR_OK)
			config_unref(&c);
		else
			assert_null(c);
	}
	random_test_seed(0);
	c = must_parse("smtp { hops_max = 77 }");
	assert_int_equal(c->smtp.hops_max, 77);
	config_unref(&c);
}

static void *parse_and_share(void *shared)
{
	const struct config *c;

	for (int i = 0; i < 100; i++) {
		c = config_ref(shared);
		config_unref(&c);
		c = must_parse("limits { message_max = 3M }\nlistener x { protocol = lmtp port = "
		               "24 tls = none }");
		assert_int_equal(c->limits.message_max_bytes, 3 << 20);
		config_unref(&c);
	}
	return NULL;
}

static void test_config_is_shared_between_threads(void **state)
{
	const struct config *c = config_defaults();
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, parse_and_share, (void *)(uintptr_t)c),
			0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	config_unref(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_defaults_are_sensible),
		cmocka_unit_test(test_config_reads_every_type),
		cmocka_unit_test(test_config_reads_listeners),
		cmocka_unit_test(test_config_services_are_what_clients_can_reach),
		cmocka_unit_test(test_config_resolves_paths_from_the_file),
		cmocka_unit_test(test_config_warns_of_open_passwords),
		cmocka_unit_test(test_config_errors_name_line_option_and_remedy),
		cmocka_unit_test(test_config_options_hold_their_limits),
		cmocka_unit_test(test_config_formats_what_it_parses),
		cmocka_unit_test(test_config_printed_defaults_are_the_defaults),
		cmocka_unit_test(test_config_load_looks_at_files),
		cmocka_unit_test(test_config_survives_any_text),
		cmocka_unit_test(test_config_is_shared_between_threads),
	};

	return cmocka_run_group_tests_name("config/config", tests, NULL, NULL);
}
