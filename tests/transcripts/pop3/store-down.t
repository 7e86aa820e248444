# The store fails within a session: an explained refusal, nothing deleted, and it goes on afterwards
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX \Seen
M: Subject: one
M:
M: first
mail ann@example.org
M: Subject: two
M:
M: .dot
M: ..
M:
M: .
M: end
mail ann@example.org
M> Subject: three\n\nbare\nlines
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK maildrop has 3 messages (85 octets)
C: DELE 1
S: +OK *
store down
C: RETR 2
S: -ERR [SYS/TEMP] *
C: TOP 2 1
S: -ERR [SYS/TEMP] *
C: STAT
S: +OK 2 *
store up
C: RETR 2
S: +OK *
S~ .
store down
C: QUIT
S: -ERR [SYS/TEMP] *
closed
store up
exists ann@example.org INBOX 3
