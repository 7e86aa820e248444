# The session that deletes its own mailbox is left without one; others are told BYE
listener plaintext=yes
account ann@example.org
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: b CREATE box
S: b OK *
C: c SELECT box
S~ c OK *
session b
S: * OK *
C: a LOGIN ann@example.org secret
S: a OK *
C: b SELECT box
S~ b OK *
session main
C: d DELETE box
S: * OK [CLOSED] *
S: d OK *
C: e CHECK
S: e BAD *
session b
C: c NOOP
S: * BYE *
closed
