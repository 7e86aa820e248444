# A server that goes down says BYE to those who wait, and between commands
listener plaintext=yes
account ann@example.org
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: a IDLE
S= + idling
drain
S: * BYE [UNAVAILABLE] *
closed
