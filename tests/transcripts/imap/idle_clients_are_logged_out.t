# RFC 3501 section 5.4: autologout after at least 30 minutes
listener plaintext=yes
account ann@example.org
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
clock +1799s
C: b NOOP
S: b OK *
clock +1799s
open
none
clock +2s
S: * BYE *
closed
