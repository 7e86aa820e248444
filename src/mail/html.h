/*
 * What a reader of an HTML part sees of its text, for searches.
 */
#ifndef TAYORI_MAIL_HTML_H
#define TAYORI_MAIL_HTML_H

#include "src/base/str.h"

struct arena;

/*
 * The text of HTML in UTF-8: without tags, comments, styles and scripts, entities replaced, soft
 * hyphens left out, each run of white space as one space. At most `max` octets.
 */
struct str mail_html_text(struct arena *a, struct str html, size_t max);

#endif
