# RFC 1939 section 6: a session that does not end with QUIT deletes nothing, and unlocks
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
C: DELE 2
S: +OK *
eof
closed
exists ann@example.org INBOX 3
session b
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK maildrop has 3 messages *
C: DELE 1
S: +OK *
clock +601s
closed
exists ann@example.org INBOX 3
session c
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK maildrop has 3 messages *
C: QUIT
S: +OK *
