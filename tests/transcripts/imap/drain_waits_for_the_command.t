# A command that has begun is finished first
listener plaintext=yes
account ann@example.org
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: b APPEND INBOX {15}
S: + *
drain
open
C> Subject: x\r\n\r\ny
open
C:
S: b OK [APPENDUID *] *
S: * BYE *
closed
exists ann@example.org INBOX 1 bytes=15
