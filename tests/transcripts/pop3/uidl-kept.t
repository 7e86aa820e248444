# RFC 1939 section 7: unique-ids of imported mail are kept as they were; others come from UIDVALIDITY and UID
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX uidl=0000000a4c3e5f2b
M: Subject: one
M:
M: first
mail ann@example.org INBOX
M: Subject: two
M:
M: second
mail ann@example.org INBOX uidl=!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab
M: Subject: three
M:
M: third
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK maildrop has 3 messages *
C: UIDL
S: +OK *
S= 1 0000000a4c3e5f2b
S: 2 *.2
S= 3 !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab
S: .
C: UIDL 1
S= +OK 1 0000000a4c3e5f2b
C: DELE 1
S: +OK *
C: UIDL 1
S: -ERR *
C: UIDL 3
S= +OK 3 !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab
C: QUIT
S: +OK *
closed
session b
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK maildrop has 2 messages *
C: UIDL
S: +OK *
S: 1 *.2
S= 2 !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab
S: .
