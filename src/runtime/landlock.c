#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/log.h"
#include "src/runtime/seccomp_priv.h"

/*
 * Landlock's interface as of ABI 6, spelled out because the system's header may be older than the
 * kernel that runs; see landlock(7). A kernel that knows less ignores what lies behind its own
 * struct only if that is zero.
 */
struct ruleset {
	uint64_t handled_fs;
	uint64_t handled_net; /* ABI 4 */
	uint64_t scoped;      /* ABI 6 */
};

struct path_rule {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

struct port_rule {
	uint64_t allowed;
	uint64_t port;
};

enum {
	RULE_PATH = 1,
	RULE_PORT = 2
};
enum {
	FS_EXECUTE = 1,
	FS_READ_FILE = 4,
	FS_READ_DIR = 8
};
enum {
	NET_BIND_TCP = 1,
	NET_CONNECT_TCP = 2
};
enum {
	SCOPE_ABSTRACT_UNIX = 1,
	SCOPE_SIGNAL = 2
};

/* File rights by ABI: 1 knows 13 of them, 2 adds refer, 3 truncate, 5 ioctl on devices. */
static uint64_t all_fs_rights(long abi)
{
	unsigned bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;

	return ((uint64_t)1 << bits) - 1;
}

static size_t ruleset_size(long abi)
{
	return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

static enum err allow_path(int ruleset, const char *path, uint64_t rights, struct errinfo *info)
{
	struct path_rule rule = { .allowed = rights };
	long rc;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return err_set_errno(info, ERR_NOTFOUND, "landlock: cannot open %s", path);
	rc = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0);
	close(rule.parent_fd);
	return rc == 0 ? ERR_OK : err_set_errno(info, ERR_IO, "landlock: no rule for %s", path);
}

static enum err allow_port(int ruleset, uint16_t port, struct errinfo *info)
{
	struct port_rule rule = { .allowed = NET_CONNECT_TCP, .port = port };

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) == 0)
		return ERR_OK;
	return err_set_errno(info, ERR_IO, "landlock: no rule for port %d", (int)port);
}

/* Where libpq and the resolver look for their settings, read only. */
static enum err allow_settings(int ruleset, struct errinfo *info)
{
	static const char *const paths[] = { "/etc", "/usr/share", "/usr/lib/ssl" };
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof paths / sizeof *paths && !e; i++)
		if (access(paths[i], F_OK) == 0)
			e = allow_path(ruleset, paths[i], FS_READ_FILE | FS_READ_DIR, info);
	return e;
}

/* What a sanitizer's report needs to name functions. */
static enum err allow_report(int ruleset, struct errinfo *info)
{
	enum err e = allow_path(ruleset, "/proc", FS_READ_FILE | FS_READ_DIR, info);

	if (!e)
		e = allow_path(ruleset, "/usr", FS_READ_FILE | FS_READ_DIR, info);
	return e ? e : allow_path(ruleset, "/proc/self/exe", FS_READ_FILE, info);
}

static enum err add_rules(int ruleset, long abi, enum runtime_role_kind role,
                          const struct runtime_sandbox *s, struct errinfo *info)
{
	enum err e = ERR_OK;

	if (role == RUNTIME_ROLE_STORE)
		e = allow_path(ruleset, s->data_directory,
		               all_fs_rights(abi) & ~(uint64_t)FS_EXECUTE, info);
	if (!e && role == RUNTIME_ROLE_STORE && s->is_network_store)
		e = allow_settings(ruleset, info);
	if (!e && role == RUNTIME_ROLE_SESSION && abi >= 4)
		e = allow_port(ruleset, s->dns_port ? s->dns_port : 53, info);
	if (!e && RUNTIME_HAS_SANITIZER)
		e = allow_report(ruleset, info);
	return e;
}

enum err runtime_landlock_load(enum runtime_role_kind role, const struct runtime_sandbox *s,
                               struct errinfo *info)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	struct ruleset attr = { .handled_fs = all_fs_rights(abi),
		                .scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL };
	enum err e;
	int fd;

	if (abi < 1) {
		log_event(LOG_LEVEL_WARN, "sandbox.partial", LOG_C("missing", "landlock"));
		return ERR_OK;
	}
	if (abi < 6)
		log_event(LOG_LEVEL_INFO, "sandbox.partial", LOG_C("missing", "landlock scopes"),
		          LOG_I("landlock_abi", abi));
	/* The store reaches a database on a port that only its connection string knows. */
	attr.handled_net = NET_BIND_TCP | (s->is_network_store ? 0 : NET_CONNECT_TCP);
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, ruleset_size(abi), 0);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, "landlock: cannot make a rule set");
	e = add_rules(fd, abi, role, s, info);
	if (!e && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		e = err_set_errno(info, ERR_IO, "landlock: the kernel refused the rules");
	close(fd);
	return e;
}
