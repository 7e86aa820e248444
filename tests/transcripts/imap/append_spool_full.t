# No room for the message now: a passing refusal, nothing is lost
listener plaintext=yes
account ann@example.org
spool 10
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: b APPEND INBOX {15}
S: b NO [UNAVAILABLE] *
C: c APPEND INBOX {15+}
C> Subject: c\r\n\r\nd\r\n
S: c NO [UNAVAILABLE] *
spool 100000
C: d APPEND INBOX {15+}
C> Subject: c\r\n\r\nd\r\n
S: d OK *
