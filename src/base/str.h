/*
 * A view of bytes: pointer and length.
 *
 * A `struct str` never owns memory and is never assumed to end with NUL; it may hold any octet. An
 * empty view may have p == NULL. Case-insensitive functions fold ASCII only.
 */
#ifndef TAYORI_BASE_STR_H
#define TAYORI_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct str {
	const unsigned char *p;
	size_t n;
};

/* View of a string literal. */
#define STR(literal) ((struct str){ (const unsigned char *)("" literal), sizeof(literal) - 1 })

/* Arguments for "%.*s". */
#define STR_ARG(s) (int)(s).n, (const char *)(s).p

/* View of `n` bytes at `p` (borrows). */
static inline struct str str_make(const void *p, size_t n)
{
	return (struct str){ (const unsigned char *)p, n };
}

/* View of a C string, without its NUL; empty for NULL. */
struct str str_c(const char *s);

/* Equal octet by octet. */
bool str_eq(struct str a, struct str b);

/* Equal when ASCII letters are folded. */
bool str_ieq(struct str a, struct str b);

/* Equal in a time that depends on the lengths only. */
bool str_eq_secret(struct str a, struct str b);

/* Order like memcmp, the shorter first when one is a prefix of the other. */
int str_cmp(struct str a, struct str b);

/* True when `s` begins with `prefix`; the `i` form folds ASCII case. */
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* From byte `from` to the end; empty when `from` is beyond it. */
struct str str_from(struct str s, size_t from);

/* At most the first `n` bytes. */
struct str str_first(struct str s, size_t n);

/* Index of the first / last octet `c`, or -1. */
ptrdiff_t str_find(struct str s, unsigned char c);
ptrdiff_t str_rfind(struct str s, unsigned char c);

/* Index of the first occurrence of `needle` (not empty), or -1. */
ptrdiff_t str_search(struct str s, struct str needle);

/* The same with ASCII case ignored in `s`; `needle` has no capitals. */
ptrdiff_t str_isearch(struct str s, struct str needle);

/* Without leading and trailing SP, HTAB, CR and LF. */
struct str str_trim(struct str s);

/*
 * Split at the first octet `c`: `*head_r` is what stands before it and `*rest` what follows.
 * Without `c`, all of `*rest` becomes the head, `*rest` empty, and false is returned.
 */
bool str_cut(struct str *rest, unsigned char c, struct str *head_r);

/* A copy in `a`; str_dup_c also appends a NUL and refuses an inner NUL by returning NULL. */
struct str str_dup(struct arena *a, struct str s);
char *str_dup_c(struct arena *a, struct str s);

/* A copy in `a` with ASCII letters in lower case. */
struct str str_lower(struct arena *a, struct str s);

/* Formatted text in `a`, NUL after its end. */
struct str str_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* True when all octets are below 0x80. */
bool str_is_ascii(struct str s);

/* True when the bytes are well-formed UTF-8 (RFC 3629); NUL counts as well-formed. */
bool str_is_utf8(struct str s);

/*
 * Whole of `s` as an unsigned decimal number, digits only, no sign, no spaces. False (result
 * untouched) when it is empty, has anything else in it, or is above `max`.
 */
bool str_to_u64(struct str s, uint64_t max, uint64_t *value_r);

/* 64-bit FNV-1a, for hash tables; not for anything an attacker may choose to collide. */
uint64_t str_hash(struct str s);

#endif
