/*
 * Patterns of LIST and LSUB: "*" stands for any octets, "%" for any within one level. INBOX matches
 * in any letter case. Names and patterns are in the store's form.
 */
#ifndef TAYORI_IMAP_PATTERN_PRIV_H
#define TAYORI_IMAP_PATTERN_PRIV_H

#include "src/base/str.h"

struct arena;
struct imap_pattern;

enum {
	IMAP_PATTERN_MAX = 2100 /* octets: the longest name and wildcards around it */
};

/* Make a pattern of at most IMAP_PATTERN_MAX octets ready; lives in `a`, takes 32 times its octets.
 */
struct imap_pattern *imap_pattern_new(struct arena *a, struct str text);

/* Does a name match? All ways that wildcards can go are followed at once, 64 octets of the pattern
 * in a word, so that no pattern makes this slow. */
bool imap_pattern_match(const struct imap_pattern *p, struct str name);

#endif
