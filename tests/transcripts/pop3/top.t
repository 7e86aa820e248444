# RFC 1939 section 7: TOP gives the header, the empty line and so many lines
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
C: TOP 2 0
S: +OK *
S: Subject: two
S:
S: .
C: TOP 2 2
S: +OK *
S: Subject: two
S:
S: ..dot
S: ...
S: .
C: TOP 2 1000
S: +OK *
S> Subject: two\r\n\r\n..dot\r\n...\r\n\r\n..\r\nend\r\n.\r\n
C: TOP 3 1
S: +OK *
S> Subject: three\r\n\r\nbare\r\n.\r\n
C: TOP 1
S: -ERR a message number and a number of lines are wanted
C: TOP 1 -1
S: -ERR a message number and a number of lines are wanted
C: TOP 9 1
S: -ERR no such message
C: QUIT
S: +OK *
