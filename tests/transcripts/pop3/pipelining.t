# RFC 2449 section 6.6: commands may come in one piece, log-in as well
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
C> USER ann@example.org\r\nPASS secret\r\nSTAT\r\nLIST 1\nRETR 1\r\nDELE 1\r\nQUIT\r\nNOOP\r\n
S: +OK send PASS
S: +OK maildrop has 3 messages *
S: +OK 3 85
S: +OK 1 23
S: +OK 23 octets
S: Subject: one
S:
S: first
S: .
S: +OK message 1 deleted
S: +OK deleted, goodbye
closed
exists ann@example.org INBOX 2
