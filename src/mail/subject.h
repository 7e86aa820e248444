/*
 * Subjects as SORT and THREAD compare them (RFC 5256 section 2.1).
 */
#ifndef TAYORI_MAIL_SUBJECT_H
#define TAYORI_MAIL_SUBJECT_H

#include "src/base/str.h"

struct arena;

/*
 * The base subject of a decoded subject: without "Re:", "Fwd:", "[list]" before them and "(fwd)"
 * behind, white space as single spaces. `*is_reply_r` tells whether one of the marks of a reply or
 * forward was taken off.
 */
struct str mail_subject_base(struct arena *a, struct str utf8, bool *is_reply_r);

#endif
