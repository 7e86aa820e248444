# RFC 1939 sections 5 and 6: DELE marks, RSET takes back, QUIT removes
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
S: +OK message 1 deleted
C: DELE 1
S: -ERR this message is deleted
C: RETR 1
S: -ERR this message is deleted
C: LIST
S: +OK 2 messages (62 octets)
S: 2 36
S: 3 26
S: .
C: UIDL 1
S: -ERR this message is deleted
C: STAT
S: +OK 2 62
C: RSET
S: +OK maildrop has 3 messages (85 octets)
C: DELE 2
S: +OK *
C: DELE 3
S: +OK *
C: QUIT
S: +OK deleted, goodbye
closed
exists ann@example.org INBOX 1
stored ann@example.org INBOX 1
M: Subject: one
