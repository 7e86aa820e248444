#include "src/runtime/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/runtime/bundle.h"
#include "src/runtime/control.h"
#include "src/runtime/setup.h"
#include "src/runtime/sockets.h"

enum {
	CERTIFICATE_WARN_S = 14 * 86400,
	CONFIG_MAX_BYTES = 1 << 20
};

/* The file's text, which the roles get instead of the file. */
static enum err read_text(struct arena *a, const char *path, struct str *text_r,
                          struct errinfo *info)
{
	unsigned char *p = arena_alloc(a, CONFIG_MAX_BYTES + 1);
	size_t n = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_set_errno(info, ERR_NOTFOUND, "%s: cannot be opened", path);
	do {
		got = read(fd, p + n, CONFIG_MAX_BYTES + 1 - n);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	close(fd);
	if (got < 0 || n > CONFIG_MAX_BYTES)
		return err_set(info, ERR_INVALID, "%s: cannot be read, or is larger than 1M", path);
	*text_r = str_make(p, n);
	return ERR_OK;
}

/* Warn in time: an expired certificate looks like a dead server. */
static void check_expiry(const struct runtime_setup *setup)
{
	int64_t now = clock_wall_ms() / 1000;

	for (size_t i = 0; i < setup->config->n_listeners; i++)
		if (setup->tls[i] && tls_context_expires(setup->tls[i]) < now + CERTIFICATE_WARN_S)
			log_event(
				LOG_LEVEL_WARN, "tls.certificate_expires",
				LOG_C("listener", setup->config->listeners[i].name),
				LOG_I("days", (tls_context_expires(setup->tls[i]) - now) / 86400));
}

static struct runtime_bundle start_bundle(const struct runtime_fixed *fixed,
                                          const struct config *config, struct str text)
{
	return (struct runtime_bundle){
		.config_name = str_c(config->path),
		.config_text = text,
		.store_socket = fixed->store_socket,
		.data_directory = fixed->data_directory,
	};
}

enum err runtime_snapshot_store_bundle(const struct runtime_fixed *fixed,
                                       const struct config *config, struct str text, int *fd_r,
                                       struct errinfo *info)
{
	struct runtime_bundle b = start_bundle(fixed, config, text);

	return runtime_bundle_write(&b, fd_r, info);
}

/* With certificates and keys, after proving that a role can use them. */
static enum err make_session_bundle(struct arena *a, struct runtime_snapshot *s,
                                    const struct runtime_fixed *fixed, struct str text,
                                    struct errinfo *info)
{
	struct runtime_bundle b = start_bundle(fixed, s->config, text);
	struct runtime_setup *setup;
	enum err e;

	b.generation = s->generation;
	b.ticket_key = str_make(fixed->ticket_key, sizeof fixed->ticket_key);
	e = runtime_bundle_read_certificates(a, s->config, &b.certificates, info);
	if (!e)
		e = runtime_bundle_setup(&b, &setup, info);
	if (e)
		return e;
	check_expiry(setup);
	runtime_setup_unref(&setup);
	return runtime_bundle_write(&b, &s->bundle, info);
}

void runtime_snapshot_clear(struct runtime_snapshot *s)
{
	if (s->bundle >= 0)
		close(s->bundle);
	runtime_sockets_free(&s->sockets);
	config_unref(&s->config);
	s->bundle = -1;
}

enum err runtime_snapshot_load(struct arena *a, const char *path, const struct config **config_r,
                               struct str *text_r, struct errinfo *info)
{
	const struct config *checked;
	enum err e = config_load(path, &checked, info); /* with the checks of files */
	const char *text;

	if (e)
		return e;
	e = read_text(a, checked->path, text_r, info);
	text = e ? NULL : str_dup_c(a, *text_r);
	if (!e && !text)
		e = err_set(info, ERR_INVALID, "%s: contains an octet of zero; is it a text file?",
		            path);
	if (!e)
		e = config_parse(checked->path, text, config_r, info);
	config_unref(&checked);
	return e;
}

enum err runtime_snapshot_make(struct runtime_snapshot *s, const struct runtime_fixed *fixed,
                               const char *path, const struct runtime_sockets *old,
                               struct errinfo *info)
{
	struct arena *a = arena_new(NULL);
	struct str text = STR("");
	enum err e;

	*s = (struct runtime_snapshot){ .bundle = -1, .generation = s->generation };
	e = runtime_snapshot_load(a, path, &s->config, &text, info);
	if (!e && s->config->n_listeners + 1 > RUNTIME_CONTROL_FDS_MAX)
		e = err_set(info, ERR_LIMIT, "%s: more than %d listeners", s->config->path,
		            RUNTIME_CONTROL_FDS_MAX - 1);
	if (!e)
		e = make_session_bundle(a, s, fixed, text, info);
	if (!e)
		e = runtime_sockets_open(s->config, fixed->n_sessions, old, &s->sockets, info);
	if (e)
		runtime_snapshot_clear(s);
	arena_free(&a);
	return e;
}
