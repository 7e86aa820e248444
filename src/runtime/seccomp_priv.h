/* The system call filter of a role. */
#ifndef TAYORI_RUNTIME_SECCOMP_PRIV_H
#define TAYORI_RUNTIME_SECCOMP_PRIV_H

#include "src/runtime/sandbox.h"

/* True in builds with AddressSanitizer or ThreadSanitizer, whose runtimes need a little more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RUNTIME_HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RUNTIME_HAS_SANITIZER 1
#endif
#endif
#ifndef RUNTIME_HAS_SANITIZER
#define RUNTIME_HAS_SANITIZER 0
#endif

/* Load the filter of `role` for all threads. Fails with: ERR_IO. */
enum err runtime_seccomp_load(enum runtime_role_kind role, struct errinfo *info) MUST_USE;

/* Lay Landlock over the process; logs what the kernel lacks. Fails with: ERR_IO, ERR_NOTFOUND. */
enum err runtime_landlock_load(enum runtime_role_kind role, const struct runtime_sandbox *s,
                               struct errinfo *info) MUST_USE;

#endif
