# RFC 1939 section 5: STAT, LIST, UIDL, RETR; dots are stuffed, line ends become CRLF
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
C: STAT
S: +OK 3 85
C: LIST
S: +OK 3 messages (85 octets)
S: 1 23
S: 2 36
S: 3 26
S: .
C: LIST 2
S: +OK 2 36
C: LIST 0
S: -ERR no such message
C: LIST 4
S: -ERR no such message
C: LIST 99999999999999999999999
S: -ERR a message number is wanted
C: LIST x
S: -ERR a message number is wanted
C: UIDL
S: +OK *
S: 1 *
S: 2 *
S: 3 *
S: .
C: UIDL 3
S: +OK 3 *
C: RETR 1
S: +OK 23 octets
S: Subject: one
S:
S: first
S: .
C: RETR 2
S: +OK 36 octets
S> Subject: two\r\n\r\n..dot\r\n...\r\n\r\n..\r\nend\r\n.\r\n
C: RETR 3
S: +OK 26 octets
S> Subject: three\r\n\r\nbare\r\nlines\r\n.\r\n
C: RETR 4
S: -ERR no such message
C: RETR
S: -ERR an argument is missing
C: QUIT
S: +OK goodbye
closed
exists ann@example.org INBOX 3
