/*
 * Octets as text and back: base64 (RFC 4648 section 4) and lower-case hexadecimal.
 */
#ifndef TAYORI_BASE_CODEC_H
#define TAYORI_BASE_CODEC_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

/* `s` in base64 with padding, in `a`. */
struct str codec_base64_encode(struct arena *a, struct str s);

/* What a digit of base64 stands for, 0 to 63; -1: it is none. */
int codec_base64_digit(unsigned char c);

/* Strict base64: padding required, no blanks. Fails with: ERR_INVALID. */
enum err codec_base64_decode(struct arena *a, struct str s, struct str *octets_r) MUST_USE;

/* `s` in lower-case hexadecimal, in `a`. */
struct str codec_hex_encode(struct arena *a, struct str s);

/* Pairs of hexadecimal digits, either case. Fails with: ERR_INVALID. */
enum err codec_hex_decode(struct arena *a, struct str s, struct str *octets_r) MUST_USE;

#endif
