# The maildrop is frozen: mail that comes later is not in it
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
mail ann@example.org
M: Subject: four
M:
M: late
C: STAT
S: +OK 3 85
C: RETR 4
S: -ERR no such message
C: QUIT
S: +OK *
session b
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK maildrop has 4 messages *
C: RETR 4
S: +OK *
S: Subject: four
S:
S: late
S: .
C: QUIT
S: +OK *
