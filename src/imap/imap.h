/*
 * IMAP4rev1 (RFC 3501) as a session class: what a connection to a listener of protocol "imap" runs.
 *
 * Beyond RFC 3501 it speaks the extensions listed in capability.c, and nothing that is not listed
 * there. No message list is kept: sequence numbers are a function of the view (src/store/store.h),
 * so the part of a session that survives between commands is a few hundred octets and can be saved
 * anywhere.
 */
#ifndef TAYORI_IMAP_IMAP_H
#define TAYORI_IMAP_IMAP_H

#include "src/net/session.h"

extern const struct session_class imap_session_class;

#endif
