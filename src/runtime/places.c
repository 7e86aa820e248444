#include "src/runtime/places.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/config/config.h"
#include "src/runtime/sockets.h"

struct runtime_owner runtime_places_owner(const struct config *config)
{
	struct runtime_owner me = { .uid = geteuid(), .gid = getegid() };
	const struct passwd *pw;

	if (me.uid != 0 || !*config->server.user)
		return me;
	pw = getpwnam(config->server.user);
	if (!pw)
		return me;
	return (struct runtime_owner){ .uid = pw->pw_uid,
		                       .gid = pw->pw_gid,
		                       .is_other = pw->pw_uid != 0 };
}

/* A directory that was made for us, with nothing in it yet, is given to the roles' user. */
static bool can_give_away(const char *path, const struct stat *st)
{
	bool is_empty = true;
	DIR *d;

	if (st->st_uid != geteuid())
		return false;
	d = opendir(path);
	if (!d)
		return false;
	for (const struct dirent *e = readdir(d); e && is_empty; e = readdir(d))
		is_empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	closedir(d);
	return is_empty;
}

static enum err make_directory(const char *option, const char *path, mode_t mode,
                               const struct runtime_owner *owner, struct errinfo *info)
{
	struct stat st;

	if (mkdir(path, mode) == 0) {
		/* The mask may have taken something away. */
		if (chmod(path, mode) != 0 ||
		    (owner->is_other && chown(path, owner->uid, owner->gid) != 0))
			return err_set_errno(info, ERR_IO, "%s: cannot set the rights of %s",
			                     option, path);
		return ERR_OK;
	}
	if (errno == ENOENT)
		return err_set(info, ERR_NOTFOUND,
		               "%s: cannot make %s, its parent does not exist; make it, or "
		               "choose another directory",
		               option, path);
	if (errno == EACCES || errno == EPERM || errno == EROFS)
		return err_set_errno(info, ERR_DENIED,
		                     "%s: cannot make %s; start as root, or choose a directory "
		                     "of your own",
		                     option, path);
	if (errno != EEXIST)
		return err_set_errno(info, ERR_IO, "%s: cannot make %s", option, path);
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(info, ERR_INVALID, "%s: %s is not a directory", option, path);
	if (st.st_uid != owner->uid && can_give_away(path, &st) &&
	    chown(path, owner->uid, owner->gid) == 0)
		return ERR_OK;
	if (st.st_uid != owner->uid)
		return err_set(info, ERR_DENIED,
		               "%s: %s belongs to user %u, but the server runs as user %u; change "
		               "it with: chown -R %u:%u %s",
		               option, path, (unsigned)st.st_uid, (unsigned)owner->uid,
		               (unsigned)owner->uid, (unsigned)owner->gid, path);
	if (access(path, W_OK | X_OK) != 0)
		return err_set_errno(info, ERR_DENIED, "%s: cannot write to %s", option, path);
	return ERR_OK;
}

enum err runtime_places_make(const struct config *config, const struct runtime_owner *owner,
                             struct errinfo *info)
{
	/* The roles only connect to what is in the run directory; they may not put anything there.
	 */
	const struct runtime_owner me = { .uid = geteuid(), .gid = getegid() };
	enum err e = make_directory("server.data_directory", config->server.data_directory, 0700,
	                            owner, info);

	if (e)
		return e;
	return make_directory("server.run_directory", config->server.run_directory, 0711, &me,
	                      info);
}

enum err runtime_places_lock(const char *run_directory, int *fd_r, struct errinfo *info)
{
	char path[4096], text[32] = "";
	int fd, n;

	snprintf(path, sizeof path, "%s/tayori.pid", run_directory);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, "cannot open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		enum err e;

		(void)!read(fd, text, sizeof text - 1);
		text[strcspn(text, "\n")] = 0;
		if (errno == EWOULDBLOCK)
			e = err_set(info, ERR_BUSY,
			            "server.run_directory: the server with process id %s already "
			            "runs in %s",
			            text, run_directory);
		else
			e = err_set_errno(info, ERR_IO, "cannot lock %s", path);
		close(fd);
		return e;
	}
	n = snprintf(text, sizeof text, "%d\n", (int)getpid());
	(void)fchmod(fd, 0644);
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n) {
		enum err e = err_set_errno(info, ERR_IO, "cannot write %s", path);

		close(fd);
		return e;
	}
	*fd_r = fd;
	return ERR_OK;
}

/* --- ports.json */

static const char *tls_name(enum config_tls tls)
{
	return tls == CONFIG_TLS_IMPLICIT   ? "implicit"
	       : tls == CONFIG_TLS_STARTTLS ? "starttls"
	                                    : "none";
}

/* Names of listeners and addresses hold no octet that JSON would need escaped, but for these two.
 */
static enum err add_json_text(struct buf *b, const char *text)
{
	enum err e = buf_add_byte(b, '"');

	for (; *text && !e; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\' || c < 0x20)
			e = buf_printf(b, "\\u%04x", c);
		else
			e = buf_add_byte(b, c);
	}
	return e ? e : buf_add_byte(b, '"');
}

static enum err format_ports(struct buf *b, const struct config *config,
                             const struct runtime_sockets *sockets)
{
	enum err e = buf_printf(b, "{\"pid\":%d,\"listeners\":[", (int)getpid());

	for (size_t i = 0; i < sockets->n && !e; i++) {
		const struct config_listener *l = &config->listeners[i];

		e = buf_add_c(b, i ? ",{\"name\":" : "{\"name\":");
		if (!e)
			e = add_json_text(b, l->name);
		if (!e)
			e = buf_add_c(b, ",\"address\":");
		if (!e)
			e = add_json_text(b, l->address);
		if (!e)
			e = buf_printf(b, ",\"port\":%d,\"protocol\":\"%s\",\"tls\":\"%s\"}",
			               (int)sockets->sockets[i].real_port,
			               config_protocol_name(l->protocol), tls_name(l->tls));
	}
	return e ? e : buf_add_c(b, "]}\n");
}

enum err runtime_places_tell_ports(const struct config *config,
                                   const struct runtime_sockets *sockets, struct errinfo *info)
{
	struct buf text = buf_in(NULL, 1 << 20);
	char path[4096], fresh[4096 + 8];
	enum err e = format_ports(&text, config, sockets);
	int fd;

	snprintf(path, sizeof path, "%s/ports.json", config->server.run_directory);
	snprintf(fresh, sizeof fresh, "%s.new", path);
	fd = e ? -1 : open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || fchmod(fd, 0644) != 0 || write(fd, text.p, text.n) != (ssize_t)text.n ||
	    rename(fresh, path) != 0)
		e = err_set_errno(info, ERR_IO, "cannot write %s", path);
	if (fd >= 0)
		close(fd);
	buf_clear(&text);
	return e;
}

void runtime_places_forget_ports(const struct config *config)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/ports.json", config->server.run_directory);
	(void)unlink(path);
}
