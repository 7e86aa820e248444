# RFC 3501 section 7.1: the greeting, and CAPABILITY before and after log-in
with ann
S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE AUTH=* ready.
C: a CAPABILITY
S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE AUTH=*
S: a OK *
C: b LOGIN ann@example.org secret
S: b OK [CAPABILITY IMAP4rev1 * UIDPLUS * MOVE * APPENDLIMIT=*] Logged in.
C: c capability
S: * CAPABILITY IMAP4rev1 * UIDPLUS * MOVE *
S: c OK *
C: d NOOP
S: d OK *
C: e LOGOUT
S= * BYE Goodbye.
S: e OK *
closed
