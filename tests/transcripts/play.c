#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/net/session.h"
#include "src/net/stream.h"
#include "tests/transcripts/runner.h"

enum {
	OUTPUT_MAX_BYTES = 64 << 20,
	CONFIG_MAX_BYTES = 65536,
	BYTEWISE_MAX = 20000, /* above this input is cut into pieces, not octets */
	PIECE = 997,
	AGAIN_MAX = 100000,
	NETS_MAX = 8,
	COUNTERS_MAX = 64,
	/* 2026-11-23 03:04:05 UTC */
	EPOCH_S = 1795403045,
};

/* A conversation: stories may hold several at once ("session NAME"). */
struct client {
	struct client *next;
	struct str name;
	struct session s;
	struct arena *arena; /* out */
	struct buf out;
	size_t out_read;
	bool is_closed, wants_tls;
};

struct rate {
	uint64_t key;
	uint32_t used;
	int64_t minute;
};

struct play {
	struct arena *arena;
	struct world *world;
	const struct session_class *class;
	enum play_way way;
	struct buf *error;

	struct buf config_text;
	const struct config *config;
	struct config_listener listener;
	struct config_net xclient[NETS_MAX];
	struct session_peer peer;
	struct str peer_name;
	bool starts_with_tls;

	struct session_host host;
	uint64_t spool_free;
	uint32_t hold_ms;
	struct rate rates[COUNTERS_MAX];
	struct {
		uint64_t account;
		uint32_t n;
	} users[COUNTERS_MAX];

	struct client *clients, *now;
	uint64_t next_id;
	bool is_store_down;
};

/* ---- what a session may ask of its process */

static bool spool_reserve(void *context, uint64_t bytes)
{
	struct play *p = context;

	if (bytes > p->spool_free)
		return false;
	p->spool_free -= bytes;
	return true;
}

static void spool_release(void *context, uint64_t bytes)
{
	struct play *p = context;

	p->spool_free += bytes;
}

static bool user_enter(void *context, uint64_t account_id)
{
	struct play *p = context;
	size_t i = 0;

	while (i + 1 < COUNTERS_MAX && p->users[i].n && p->users[i].account != account_id)
		i++;
	if (p->users[i].n && p->users[i].n >= p->config->limits.connections_per_user_max)
		return false;
	p->users[i].account = account_id;
	p->users[i].n++;
	return true;
}

static void user_leave(void *context, uint64_t account_id)
{
	struct play *p = context;

	for (size_t i = 0; i < COUNTERS_MAX; i++)
		if (p->users[i].n && p->users[i].account == account_id)
			p->users[i].n--;
}

static uint32_t login_failed(void *context, const struct session_peer *peer)
{
	struct play *p = context;

	(void)peer;
	return p->hold_ms;
}

static bool rate_take(void *context, const char *kind, struct str key, uint32_t n,
                      uint32_t per_minute)
{
	struct play *p = context;
	uint64_t hash = str_hash(key) ^ str_hash(str_c(kind)) * 31;
	struct rate *r = &p->rates[0];
	int64_t minute = clock_mono_ms() / 60000;

	while (r->used && r->key != hash && r + 1 < p->rates + COUNTERS_MAX)
		r++;
	if (!r->used || r->minute != minute)
		*r = (struct rate){ .key = hash, .minute = minute };
	if (r->used + n > per_minute)
		return false;
	r->used += n;
	return true;
}

static void watch(void *context, struct session *s, uint64_t account_id)
{
	(void)context;
	(void)s;
	(void)account_id;
}

static struct str peer_name(void *context, const struct session *s)
{
	struct play *p = context;

	(void)s;
	return p->peer_name;
}

/* ---- driving a session */

static bool fail(struct play *p, const char *what, struct str detail)
{
	(void)!buf_printf(p->error, "%s \"%.*s\"", what, STR_ARG(detail));
	return false;
}

/* Save, free and restore, when the session says that it stands between two commands. */
static bool move_session(struct play *p, struct client *c)
{
	struct buf saved = buf_in(NULL, 1 << 20);
	enum err e;

	if (p->way != PLAY_SAVED || !c->s.class->can_save(&c->s))
		return true;
	e = c->s.class->save(&c->s, &saved);
	if (e)
		return fail(p, "the session cannot be saved:", str_c(err_name(e)));
	c->s.state = NULL;
	arena_free(&c->s.arena);
	c->s.arena = arena_new(NULL);
	e = c->s.class->restore(&c->s, buf_str(&saved));
	buf_clear(&saved);
	return !e || fail(p, "the session cannot be restored:", str_c(err_name(e)));
}

static void close_client(struct client *c)
{
	if (c->s.class->end)
		c->s.class->end(&c->s);
	c->is_closed = true;
}

static bool wake(struct play *p, struct client *c, enum session_wake why)
{
	for (int i = 0; i < AGAIN_MAX; i++) {
		enum session_next next;
		enum err e;

		if (c->is_closed)
			return true;
		c->s.store = p->is_store_down ? world_dead_store(p->world)
		                              : world_session_store(p->world);
		next = c->s.class->step(&c->s, why);
		arena_reset(c->s.scratch);
		e = stream_flush(c->s.stream);
		if (!e)
			e = buf_add(&c->out, stream_memory_take(c->s.stream, c->s.scratch));
		arena_reset(c->s.scratch);
		if (e)
			return fail(p, "output:", str_c(err_name(e)));
		if (next == SESSION_CLOSE)
			close_client(c);
		else if (next == SESSION_STARTTLS)
			c->wants_tls = true;
		if (next == SESSION_CLOSE || next == SESSION_STARTTLS)
			return true;
		if (!move_session(p, c))
			return false;
		if (next == SESSION_PARK)
			return true;
		why = SESSION_WAKE_INPUT;
	}
	return fail(p, "the session never parks", c->name);
}

static bool feed(struct play *p, struct client *c, struct str bytes)
{
	size_t piece = p->way != PLAY_BYTEWISE ? bytes.n : bytes.n > BYTEWISE_MAX ? PIECE : 1;

	while (bytes.n) {
		struct str now = str_first(bytes, piece);

		bytes = str_from(bytes, now.n);
		/* A closed connection hears nothing; what comes between STARTTLS and TLS is lost.
		 */
		if (c->is_closed || c->wants_tls)
			return true;
		stream_memory_feed(c->s.stream, now, false);
		if (!wake(p, c, SESSION_WAKE_INPUT))
			return false;
	}
	return true;
}

static bool read_config(struct play *p)
{
	struct errinfo info = { 0 };

	if (p->config)
		return true;
	if (buf_add_byte(&p->config_text, 0) ||
	    config_parse("story", (const char *)p->config_text.p, &p->config, &info))
		return fail(p, "configuration:", str_c(info.text));
	return true;
}

/* The client the next line speaks with; connects it at first. */
static bool need_client(struct play *p, struct str name)
{
	struct client *c = p->clients;

	if (p->now && !name.p)
		return true;
	while (c && !str_eq(c->name, name))
		c = c->next;
	p->now = c;
	if (c)
		return true;
	if (!read_config(p))
		return false;
	c = ARENA_NEW(p->arena, struct client);
	c->name = name;
	c->arena = arena_new(p->arena);
	c->out = buf_in(c->arena, OUTPUT_MAX_BYTES);
	c->s = (struct session){
		.class = p->class,
		.id = ++p->next_id,
		.config = p->config,
		.listener = &p->listener,
		.host = &p->host,
		.peer = p->peer,
		.arena = arena_new(NULL),
		.scratch = arena_new(NULL),
		.stream = stream_open_memory(),
		/* Never touched on a memory stream: only that it is there matters. */
		.tls = p->listener.tls == CONFIG_TLS_NONE ? NULL : (struct tls_context *)(void *)p,
	};
	if (p->listener.tls == CONFIG_TLS_IMPLICIT)
		stream_memory_set_tls(c->s.stream, true);
	c->next = p->clients;
	p->clients = c;
	p->now = c;
	c->s.class->init(&c->s);
	return true;
}

static bool connect_client(struct play *p)
{
	bool is_new = !p->now;

	return need_client(p, p->now ? str_make(NULL, 0) : STR("main")) &&
	       (!is_new || wake(p, p->now, SESSION_WAKE_START));
}

/* ---- the lines of a story */

/* Lines end with CRLF; in HTTP, whose contents are no lines of the protocol, with LF as well. */
static bool take_line(const struct play *p, struct client *c, struct str *line_r)
{
	struct str rest = str_from(buf_str(&c->out), c->out_read);
	ptrdiff_t end = str_search(rest, STR("\r\n")), lf = str_find(rest, '\n');

	if (p->listener.protocol == CONFIG_PROTOCOL_HTTP && lf >= 0 && (end < 0 || lf < end)) {
		*line_r = str_first(rest, (size_t)lf);
		c->out_read += (size_t)lf + 1;
		return true;
	}
	if (end < 0)
		return false;
	*line_r = str_first(rest, (size_t)end);
	c->out_read += (size_t)end + 2;
	return true;
}

static struct str unread(const struct client *c)
{
	return str_from(buf_str(&c->out), c->out_read);
}

static bool do_server(struct play *p, const struct story_line *l)
{
	struct client *c = p->now;
	struct str line;

	if (l->verb.p[1] == '>') {
		struct str want = story_unescape(p->arena, l->rest);

		if (!str_starts(unread(c), want))
			return fail(p, "the server said", str_first(unread(c), 400));
		c->out_read += want.n;
		return true;
	}
	while (take_line(p, c, &line)) {
		bool is_it = l->verb.p[1] == '=' ? str_eq(l->rest, line)
		                                 : story_match(l->rest, line);

		if (is_it)
			return true;
		if (l->verb.p[1] != '~')
			return fail(p, "the server said", line);
	}
	return fail(p, "the server said nothing (more)", str_first(unread(c), 400));
}

static bool do_client(struct play *p, const struct story_line *l)
{
	struct str bytes, rest = l->rest, text;
	uint64_t count;
	struct buf b;

	switch (l->verb.p[1]) {
	case ':':
		bytes = str_printf(p->arena, "%.*s\r\n", STR_ARG(l->rest));
		break;
	case '>':
		bytes = story_unescape(p->arena, l->rest);
		break;
	default: /* C* COUNT TEXT: the text so many times */
		if (!str_to_u64(story_word(&rest), 1 << 26, &count))
			return fail(p, "a count is wanted:", l->rest);
		text = story_unescape(p->arena, rest);
		b = buf_in(p->arena, 1 << 27);
		while (count--)
			if (buf_add(&b, text))
				return fail(p, "too much:", l->rest);
		bytes = buf_str(&b);
	}
	return feed(p, p->now, bytes);
}

static bool do_clock(struct play *p, struct str rest)
{
	uint64_t seconds;

	if (!str_starts(rest, STR("+")) || !str_ends(rest, STR("s")) ||
	    !str_to_u64(str_first(str_from(rest, 1), rest.n - 2), 1 << 30, &seconds))
		return fail(p, "clock +SECONDSs is wanted:", rest);
	clock_test_advance((int64_t)seconds * 1000);
	for (struct client *c = p->clients; c; c = c->next)
		if (!c->is_closed && c->s.deadline_ms && c->s.deadline_ms <= clock_mono_ms() &&
		    !wake(p, c, SESSION_WAKE_TIMEOUT))
			return false;
	return true;
}

static bool do_closed(struct play *p)
{
	if (unread(p->now).n)
		return fail(p, "the server said more:", str_first(unread(p->now), 400));
	return p->now->is_closed || fail(p, "the connection is open", p->now->name);
}

static bool do_starttls(struct play *p)
{
	if (!p->now->wants_tls)
		return fail(p, "the server does not start TLS", p->now->name);
	p->now->wants_tls = false;
	stream_memory_set_tls(p->now->s.stream, true);
	return move_session(p, p->now) && wake(p, p->now, SESSION_WAKE_INPUT);
}

/* An address block: 192.0.2.0/24, 192.0.2.1, 2001:db8::/32. */
static bool read_net(struct str text, struct config_net *net_r)
{
	char address[64];
	struct str rest = text, head;
	uint64_t bits = 128;
	struct in_addr v4;
	bool is_v4;

	str_cut(&rest, '/', &head);
	snprintf(address, sizeof address, "%.*s", STR_ARG(head));
	is_v4 = inet_pton(AF_INET, address, &v4) == 1;
	if (rest.n && !str_to_u64(rest, 128, &bits))
		return false;
	memset(net_r, 0, sizeof *net_r);
	if (is_v4) {
		net_r->address[10] = net_r->address[11] = 0xff;
		memcpy(net_r->address + 12, &v4, 4);
		if (rest.n)
			bits += 96;
	} else if (inet_pton(AF_INET6, address, net_r->address) != 1) {
		return false;
	}
	net_r->bits = (uint8_t)bits;
	return true;
}

/* listener [protocol=P] [tls=none|starttls|implicit] [plaintext=yes] [xclient=NET]... */
static bool do_listener(struct play *p, struct str rest)
{
	struct str word, value;

	while ((word = story_word(&rest)).n) {
		if (story_value(word, "tls", &value)) {
			p->listener.tls = str_eq(value, STR("implicit"))   ? CONFIG_TLS_IMPLICIT
			                  : str_eq(value, STR("starttls")) ? CONFIG_TLS_STARTTLS
			                                                   : CONFIG_TLS_NONE;
		} else if (story_value(word, "plaintext", &value)) {
			p->listener.allow_plaintext_login = str_eq(value, STR("yes"));
		} else if (story_value(word, "xclient", &value)) {
			if (p->listener.n_xclient_from == NETS_MAX ||
			    !read_net(value, &p->xclient[p->listener.n_xclient_from++]))
				return fail(p, "listener:", word);
		} else {
			return fail(p, "listener:", word);
		}
	}
	return true;
}

/* peer ADDRESS [name=NAME] */
static bool do_peer(struct play *p, struct str rest)
{
	struct str address = story_word(&rest), value;
	struct config_net net;

	if (!read_net(address, &net))
		return fail(p, "peer:", address);
	memcpy(p->peer.address, net.address, sizeof p->peer.address);
	snprintf(p->peer.text, sizeof p->peer.text, "%.*s", STR_ARG(address));
	if (story_value(story_word(&rest), "name", &value))
		p->peer_name = value;
	return true;
}

static bool do_protocol(struct play *p, struct str name)
{
	for (int i = 0; i < CONFIG_PROTOCOL_COUNT; i++)
		if (str_eq(name, str_c(config_protocol_name((enum config_protocol)i)))) {
			p->listener.protocol = (enum config_protocol)i;
			return true;
		}
	return fail(p, "no such protocol:", name);
}

/* Lines that prepare the connection; true in *is_known_r when it was one. */
static bool do_setup(struct play *p, const struct story_line *l, bool *is_known_r)
{
	uint64_t n;

	*is_known_r = true;
	if (str_eq(l->verb, STR("protocol")))
		return do_protocol(p, l->rest);
	if (str_eq(l->verb, STR("listener")))
		return do_listener(p, l->rest);
	if (str_eq(l->verb, STR("peer")))
		return do_peer(p, l->rest);
	if (str_eq(l->verb, STR("config")))
		return !p->config ? !buf_add(&p->config_text, l->rest) &&
		                            !buf_add_byte(&p->config_text, '\n')
		                  : fail(p, "config comes before the first words:", l->rest);
	if (str_eq(l->verb, STR("store"))) {
		p->is_store_down = str_eq(l->rest, STR("down"));
		return true;
	}
	if (str_eq(l->verb, STR("spool")))
		return str_to_u64(l->rest, UINT64_MAX, &p->spool_free) ||
		       fail(p, "spool:", l->rest);
	if (str_eq(l->verb, STR("hold"))) {
		if (!str_to_u64(l->rest, UINT32_MAX, &n))
			return fail(p, "hold:", l->rest);
		p->hold_ms = (uint32_t)n;
		return true;
	}
	*is_known_r = false;
	return true;
}

/* Lines about the connection itself. */
static bool do_event(struct play *p, const struct story_line *l)
{
	if (str_eq(l->verb, STR("clock")))
		return do_clock(p, l->rest);
	if (str_eq(l->verb, STR("closed")))
		return do_closed(p);
	if (str_eq(l->verb, STR("none")))
		return !unread(p->now).n ||
		       fail(p, "the server said", str_first(unread(p->now), 400));
	if (str_eq(l->verb, STR("open")))
		return !p->now->is_closed || fail(p, "the connection is closed", p->now->name);
	if (str_eq(l->verb, STR("starttls")))
		return do_starttls(p);
	if (str_eq(l->verb, STR("eof"))) {
		stream_memory_feed(p->now->s.stream, str_make(NULL, 0), true);
		return wake(p, p->now, SESSION_WAKE_INPUT);
	}
	if (str_eq(l->verb, STR("drain")))
		return wake(p, p->now, SESSION_WAKE_DRAIN);
	if (str_eq(l->verb, STR("event")))
		return wake(p, p->now, SESSION_WAKE_EVENT);
	return fail(p, "unknown line", l->verb);
}

static bool play_line(struct play *p, const struct story_line *l)
{
	bool is_known;

	if (!world_line(p->world, l, &is_known, p->error))
		return false;
	if (is_known)
		return true;
	if (!do_setup(p, l, &is_known))
		return false;
	if (is_known)
		return true;
	if (str_eq(l->verb, STR("session"))) {
		size_t before = p->next_id;

		return need_client(p, l->rest) &&
		       (p->next_id == before || wake(p, p->now, SESSION_WAKE_START));
	}
	/* C0> : octets that are there before the server says its first word. */
	if (str_eq(l->verb, STR("C0>"))) {
		if (p->now || !need_client(p, STR("main")))
			return fail(p, "too late:", l->rest);
		stream_memory_feed(p->now->s.stream, story_unescape(p->arena, l->rest), false);
		return wake(p, p->now, SESSION_WAKE_START);
	}
	if (!connect_client(p))
		return false;
	if (l->verb.n == 2 && l->verb.p[0] == 'C')
		return do_client(p, l);
	if (l->verb.n == 2 && l->verb.p[0] == 'S')
		return do_server(p, l);
	return do_event(p, l);
}

static void end_clients(struct play *p)
{
	for (struct client *c = p->clients; c; c = c->next) {
		if (!c->is_closed)
			close_client(c);
		stream_close(&c->s.stream);
		arena_free(&c->s.arena);
		arena_free(&c->s.scratch);
	}
}

/* The same must be left at the end of every story: nothing unread, nothing kept. */
static bool check_end(struct play *p)
{
	for (struct client *c = p->clients; c; c = c->next)
		if (unread(c).n)
			return fail(p, "at the end the server has said more:",
			            str_first(unread(c), 400));
	return true;
}

bool play_story(const char *path, const struct session_class *class, const char *protocol,
                enum play_way way, struct buf *error)
{
	struct arena *a = arena_new(NULL);
	struct play p = { .arena = a, .class = class, .way = way, .error = error };
	uint64_t spool = UINT64_MAX / 2;
	struct story_line *first;
	bool is_good = false;

	clock_test_set(EPOCH_S * INT64_C(1000), 1000000);
	p.world = world_open();
	p.config_text = buf_in(a, CONFIG_MAX_BYTES);
	/* Each story has a store of its own: nothing learnt in one may count in the next. */
	must(!buf_add_c(&p.config_text, "smtp { recipient_cache_time = \"0s\" }\n"));
	p.spool_free = spool;
	p.listener = (struct config_listener){ .name = "story",
		                               .address = "127.0.0.1",
		                               .xclient_from = p.xclient };
	p.host = (struct session_host){
		.context = &p,
		.spool_reserve = spool_reserve,
		.spool_release = spool_release,
		.user_enter = user_enter,
		.user_leave = user_leave,
		.login_failed = login_failed,
		.rate_take = rate_take,
		.watch = watch,
		.peer_name = peer_name,
	};
	if (story_read(a, path, &first))
		(void)!buf_printf(error, "cannot read it");
	else
		is_good = p.world && do_protocol(&p, str_c(protocol)) &&
		          do_peer(&p, STR("192.0.2.1"));
	for (struct story_line *l = first; is_good && l; l = l->next) {
		is_good = play_line(&p, l);
		if (!is_good)
			(void)!buf_printf(error, "\n  at line %u: %.*s %.*s", l->number,
			                  STR_ARG(l->verb), STR_ARG(str_first(l->rest, 200)));
	}
	is_good = is_good && check_end(&p);
	end_clients(&p);
	if (p.config)
		config_unref(&p.config);
	world_close(&p.world);
	arena_free(&a);
	clock_test_clear();
	return is_good;
}
