/*
 * Text of HTML for previews: tags, comments, styles and scripts gone, entities replaced. Not a
 * parser of HTML: its result is only ever shown as plain text.
 */
#ifndef TAYORI_MAIL_HTML_PRIV_H
#define TAYORI_MAIL_HTML_PRIV_H

#include "src/base/str.h"

/* Give the characters of the UTF-8 text `html` to `add` one by one, until it returns false. */
void html_to_text(struct str html, bool (*add)(void *context, uint32_t c), void *context);

#endif
