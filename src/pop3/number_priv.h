/*
 * Message numbers as arguments.
 */
#ifndef TAYORI_POP3_NUMBER_PRIV_H
#define TAYORI_POP3_NUMBER_PRIV_H

#include "src/base/str.h"

struct pop3_entry;
struct pop3_session;

/* The message that `arg` names; false when there is none or it is marked as deleted, which has then
 * been answered. */
bool pop3_number_take(struct pop3_session *p, struct str arg, struct pop3_entry *e_r);

#endif
