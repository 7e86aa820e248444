#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/unit.h"
#include "src/net/address.h"
#include "src/net/dns.h"

/* ---------------------------------------------------------------- a small name server */

#define DATA(text)                                              \
	{                                                       \
		(const unsigned char *)(text), sizeof(text) - 1 \
	}

static const struct {
	const char *name;
	uint16_t type;
	struct str data;
} zone[] = {
	{ "www.example.org", DNS_A, DATA("\xc6\x33\x64\x07") },
	{ "www.example.org", DNS_A, DATA("\xc6\x33\x64\x08") },
	{ "www.example.org", DNS_AAAA, DATA("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7") },
	{ "example.org", DNS_MX, DATA("\0\x0a\2mx\7Example\3org\0") },
	{ "example.org", DNS_MX, DATA("\0\x14\3mx2\7example\3org\0") },
	{ "null.example.org", DNS_MX, DATA("\0\0\0") },
	{ "odd.example.org", DNS_MX, DATA("\0\1\3a b\3org\0") },
	{ "example.org", DNS_TXT, DATA("\5hello\6 world") },
	{ "7.100.51.198.in-addr.arpa", DNS_PTR, DATA("\4liar\7example\3org\0") },
	{ "7.100.51.198.in-addr.arpa", DNS_PTR, DATA("\3www\7example\3org\0") },
	{ "9.100.51.198.in-addr.arpa", DNS_PTR, DATA("\4liar\7example\3org\0") },
	{ "liar.example.org", DNS_A, DATA("\xc6\x33\x64\x63") },
	{ "3.2.1.10.in-addr.arpa", DNS_PTR, DATA("\4here\7example\3org\0") },
	{ "here.example.org", DNS_A, DATA("\x0a\1\2\3") },
	{ "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", DNS_PTR,
	  DATA("\3www\7example\3org\0") },
};

struct server {
	int fd;
	uint16_t port;
	pthread_t thread;
	atomic_bool stop, silent;
	atomic_int questions;
};

static size_t put(unsigned char *p, size_t at, const void *data, size_t n)
{
	memcpy(p + at, data, n);
	return at + n;
}

/* The question's name as text; where it ends. */
static size_t read_question(const unsigned char *p, size_t n, char name[300])
{
	size_t at = 12, to = 0, label;

	while (at < n && (label = p[at++]) > 0 && at + label < n && to + label + 2 < 300) {
		if (to)
			name[to++] = '.';
		to = put((unsigned char *)name, to, p + at, label);
		at += label;
	}
	name[to] = 0;
	return at;
}

static size_t answer(const unsigned char *p, size_t n, unsigned char *out)
{
	char name[300];
	size_t end = read_question(p, n, name), to;
	uint16_t type = (uint16_t)(p[end] << 8 | p[end + 1]), count = 0;
	bool exists = false;

	to = put(out, 0, p, end + 4);
	for (size_t i = 0; i < sizeof zone / sizeof zone[0]; i++) {
		const unsigned char head[] = { 0xc0, 12, 0, (unsigned char)zone[i].type,
			                       0,    1,  0, 0,
			                       0,    60, 0, (unsigned char)zone[i].data.n };

		if (strcasecmp(zone[i].name, name) != 0)
			continue;
		exists = true;
		if (zone[i].type != type)
			continue;
		to = put(out, to, head, sizeof head);
		to = put(out, to, zone[i].data.p, zone[i].data.n);
		count++;
	}
	out[2] = 0x81;
	out[3] = (unsigned char)(0x80 | (strstr(name, "broken") ? 2 : exists ? 0 : 3));
	memset(out + 4, 0, 8);
	out[5] = 1;
	out[7] = (unsigned char)count;
	return to;
}

static void *serve(void *arg)
{
	struct server *s = arg;
	unsigned char in[1500], out[3000];

	while (!atomic_load(&s->stop)) {
		struct pollfd p = { .fd = s->fd, .events = POLLIN };
		struct sockaddr_storage from;
		socklen_t from_n = sizeof from;
		ssize_t n;

		if (poll(&p, 1, 20) != 1)
			continue;
		n = recvfrom(s->fd, in, sizeof in, 0, (struct sockaddr *)&from, &from_n);
		if (n < 17)
			continue;
		atomic_fetch_add(&s->questions, 1);
		if (!atomic_load(&s->silent))
			(void)!sendto(s->fd, out, answer(in, (size_t)n, out), 0,
			              (struct sockaddr *)&from, from_n);
	}
	return NULL;
}

static void server_start(struct server *s)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof sa;

	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sa, &n), 0);
	s->port = ntohs(sa.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s)
{
	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

static struct dns *open_dns(const struct server *s, int64_t timeout_ms, bool has_private_names)
{
	struct dns_options o = { .address = "127.0.0.1",
		                 .port = s->port,
		                 .timeout_ms = timeout_ms,
		                 .has_private_names = has_private_names };
	struct errinfo info;
	struct dns *d = NULL;

	if (dns_new(&o, &d, &info))
		fail_msg("%s", info.text);
	return d;
}

/* ---------------------------------------------------------------- tests */

static void test_lookup_reads_records(void **state)
{
	struct server s = { 0 };
	struct arena *a = arena_new(NULL);
	struct dns_answer r;
	struct dns *d;
	char text[NET_ADDRESS_TEXT];

	(void)state;
	server_start(&s);
	d = open_dns(&s, 5000, false);
	assert_int_equal(dns_lookup(d, a, STR("www.example.org"), DNS_A, &r), ERR_OK);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.security, DNS_UNCHECKED);
	assert_str(r.canonical, "www.example.org");
	net_address_format(r.records[0].address, text);
	assert_memory_equal(text, "198.51.100.", 11);
	assert_int_equal(dns_lookup(d, a, STR("www.example.org."), DNS_AAAA, &r), ERR_OK);
	net_address_format(r.records[0].address, text);
	assert_string_equal(text, "2001:db8::7");
	assert_int_equal(dns_lookup(d, a, STR("example.org"), DNS_MX, &r), ERR_OK);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.records[0].preference + r.records[1].preference, 30);
	assert_str(r.records[r.records[0].preference != 10].name, "mx.example.org");
	assert_int_equal(dns_lookup(d, a, STR("null.example.org"), DNS_MX, &r), ERR_OK);
	assert_str(r.records[0].name, "");
	assert_int_equal(dns_lookup(d, a, STR("example.org"), DNS_TXT, &r), ERR_OK);
	assert_str(r.records[0].text, "hello world");

	assert_int_equal(dns_lookup(d, a, STR("odd.example.org"), DNS_MX, &r), ERR_NOTFOUND);
	assert_int_equal(dns_lookup(d, a, STR("none.example.org"), DNS_A, &r), ERR_NOTFOUND);
	assert_int_equal(dns_lookup(d, a, STR("www.example.org"), DNS_TXT, &r), ERR_NOTFOUND);
	assert_int_equal(dns_lookup(d, a, STR("broken.example.org"), DNS_A, &r), ERR_TEMP);
	assert_int_equal(dns_lookup(d, a, STR(""), DNS_A, &r), ERR_INVALID);
	assert_int_equal(dns_lookup(d, a, STR("a..b"), DNS_A, &r), ERR_INVALID);
	assert_int_equal(dns_lookup(d, a, STR("a b"), DNS_A, &r), ERR_INVALID);
	dns_free(&d);
	server_stop(&s);
	arena_free(&a);
}

static enum err peer_name(struct dns *d, struct arena *a, const char *address, struct str *name_r)
{
	uint8_t octets[16];

	assert_true(net_address_parse(str_c(address), octets));
	return dns_peer_name(d, a, octets, name_r);
}

static void test_peer_name_must_lead_back(void **state)
{
	struct server s = { 0 };
	struct arena *a = arena_new(NULL);
	struct str name = STR("");
	struct dns *d;
	int before;

	(void)state;
	server_start(&s);
	d = open_dns(&s, 5000, false);
	assert_int_equal(peer_name(d, a, "198.51.100.7", &name), ERR_OK);
	assert_str(name, "www.example.org");
	assert_int_equal(peer_name(d, a, "2001:db8::7", &name), ERR_OK);
	assert_str(name, "www.example.org");
	assert_int_equal(peer_name(d, a, "198.51.100.9", &name), ERR_NOTFOUND);
	assert_int_equal(peer_name(d, a, "198.51.100.10", &name), ERR_NOTFOUND);
	before = atomic_load(&s.questions);
	assert_int_equal(peer_name(d, a, "127.0.0.1", &name), ERR_NOTFOUND);
	assert_int_equal(peer_name(d, a, "10.0.0.1", &name), ERR_NOTFOUND);
	assert_int_equal(atomic_load(&s.questions), before);
	dns_free(&d);
	d = open_dns(&s, 5000, true);
	assert_int_equal(peer_name(d, a, "10.1.2.3", &name), ERR_OK);
	assert_str(name, "here.example.org");
	dns_free(&d);
	server_stop(&s);
	arena_free(&a);
}

static void test_silent_resolver_costs_little(void **state)
{
	struct server s = { .silent = true };
	struct arena *a = arena_new(NULL);
	struct str name;
	int64_t start;
	struct dns *d;

	(void)state;
	server_start(&s);
	d = open_dns(&s, 100, false);
	start = clock_mono_ms();
	for (int i = 0; i < 50; i++)
		assert_int_equal(peer_name(d, a, "198.51.100.7", &name), ERR_TIMEOUT);
	/* Three wait; after that nobody does. */
	assert_true(clock_mono_ms() - start < 2000);
	dns_free(&d);
	server_stop(&s);
	arena_free(&a);
}

static void count_cancelled(void *user, enum err e, struct str name)
{
	assert_int_equal(name.n, 0);
	if (e == ERR_CANCELLED)
		atomic_fetch_add((atomic_int *)user, 1);
}

static void test_free_cancels_what_is_asked(void **state)
{
	struct server s = { .silent = true };
	uint8_t address[16] = { 0x20, 1 };
	atomic_int cancelled = 0;
	struct dns *d;

	(void)state;
	server_start(&s);
	d = open_dns(&s, 60000, false);
	for (int i = 0; i < 20; i++) {
		address[15] = (uint8_t)i;
		dns_peer_name_start(d, address, count_cancelled, &cancelled);
	}
	usleep(20000);
	dns_free(&d);
	assert_int_equal(atomic_load(&cancelled), 20);
	server_stop(&s);
}

static void *ask_often(void *arg)
{
	struct arena *a = arena_new(NULL);
	struct dns_answer r;

	for (int i = 0; i < 200; i++) {
		if (dns_lookup(arg, a, i % 2 ? STR("www.example.org") : STR("example.org"),
		               i % 2 ? DNS_A : DNS_MX, &r) ||
		    r.n != 2)
			abort();
		arena_reset(a);
	}
	arena_free(&a);
	return NULL;
}

static void test_many_threads_share_a_resolver(void **state)
{
	struct server s = { 0 };
	pthread_t threads[8];
	struct dns *d;

	(void)state;
	server_start(&s);
	d = open_dns(&s, 10000, false);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, d), 0);
	for (size_t i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	/* The cache answers nearly all. */
	assert_true(atomic_load(&s.questions) < 100);
	dns_free(&d);
	server_stop(&s);
}

static void test_new_refuses_wrong_options(void **state)
{
	struct dns_options o = { .address = "ns.example.org", .timeout_ms = 100 };
	struct errinfo info;
	struct dns *d = NULL;

	(void)state;
	assert_int_equal(dns_new(&o, &d, &info), ERR_INVALID);
	assert_string_equal(info.text, "\"ns.example.org\" is no address of a resolver");
	o = (struct dns_options){ .timeout_ms = 100, .trust_anchor = "/nowhere/root.key" };
	assert_int_equal(dns_new(&o, &d, &info), ERR_INVALID);
	assert_non_null(strstr(info.text, "/nowhere/root.key: the trust anchor cannot be opened"));
	assert_null(d);
	dns_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup_reads_records),
		cmocka_unit_test(test_peer_name_must_lead_back),
		cmocka_unit_test(test_silent_resolver_costs_little),
		cmocka_unit_test(test_free_cancels_what_is_asked),
		cmocka_unit_test(test_many_threads_share_a_resolver),
		cmocka_unit_test(test_new_refuses_wrong_options),
	};

	return cmocka_run_group_tests_name("net/dns", tests, NULL, NULL);
}
