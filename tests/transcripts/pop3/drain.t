# The server goes away: said at a command boundary, nothing deleted
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
drain
S: -ERR [SYS/TEMP] *
closed
exists ann@example.org INBOX 3
