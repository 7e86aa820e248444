/* tayori status: what the store holds, and how the server that runs stands. */
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/must.h"
#include "src/cli/commands.h"
#include "src/config/config.h"
#include "src/store/store.h"

enum {
	ROWS_MAX = 64,
	TEXT_MAX_BYTES = 16384,
	PATIENCE_S = 2
};

struct rows {
	const char *names[ROWS_MAX];
	struct cli_value values[ROWS_MAX];
	size_t n;
};

static void add(struct rows *r, const char *name, struct cli_value value)
{
	must(r->n < ROWS_MAX);
	r->names[r->n] = name;
	r->values[r->n++] = value;
}

/* What the supervisor says to whoever connects to its status.sock: lines "NAME NUMBER". */
static enum err ask_server(struct cli *c, struct buf *text)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct str path = str_printf(c->arena, "%s/status.sock", c->config->server.run_directory);
	enum err e = ERR_OK;
	char piece[4096];
	ssize_t n;
	int fd;

	if (path.n >= sizeof address.sun_path)
		return ERR_NOTFOUND;
	memcpy(address.sun_path, path.p, path.n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		e = ERR_NOTFOUND;
	while (!e && (n = read(fd, piece, sizeof piece)) != 0)
		e = n < 0 ? ERR_IO : buf_add(text, str_make(piece, (size_t)n));
	close(fd);
	return e;
}

static void add_server(struct cli *c, struct rows *r)
{
	struct buf text = buf_in(c->arena, TEXT_MAX_BYTES);
	bool is_running = ask_server(c, &text) == ERR_OK && text.n > 0;
	struct str rest = buf_str(&text), line, name;
	uint64_t number;

	add(r, "running", CLI_BOOL(is_running));
	while (is_running && rest.n && r->n < ROWS_MAX) {
		str_cut(&rest, '\n', &line);
		str_cut(&line, ' ', &name);
		if (str_to_u64(line, UINT64_MAX, &number))
			add(r, str_dup_c(c->arena, name), CLI_NUMBER(number));
	}
}

enum cli_exit cli_status(struct cli *c)
{
	struct store_status_req q = { 0 };
	struct store_status_res s;
	struct rows r = { .n = 0 };
	enum cli_exit code = cli_open_store(c);
	enum err e;

	if (code != CLI_OK)
		return code;
	e = store_status(c->store, c->arena, &q, &s);
	if (e)
		return cli_fail(c, e, "read", "the status");
	add(&r, "engine", CLI_TEXT(s.engine));
	add(&r, "version", CLI_TEXT(s.version));
	add(&r, "path", CLI_TEXT(s.path));
	add(&r, "schema", CLI_NUMBER(s.schema_version));
	add(&r, "store_id", CLI_NUMBER(s.store_id));
	add(&r, "epoch", CLI_NUMBER(s.epoch));
	add(&r, "domains", CLI_NUMBER(s.domains));
	add(&r, "users", CLI_NUMBER(s.accounts));
	add(&r, "mailboxes", CLI_NUMBER(s.mailboxes));
	add(&r, "messages", CLI_NUMBER(s.messages));
	add(&r, "bytes", CLI_SIZE(s.bytes));
	add(&r, "queued", CLI_NUMBER(s.queued));
	add(&r, "accepted", CLI_NUMBER(s.accepted_total));
	add_server(c, &r);
	cli_record(c, r.names, r.values, r.n);
	return CLI_OK;
}
