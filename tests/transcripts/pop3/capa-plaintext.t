# A listener may allow passwords without TLS; then USER and the mechanisms are told
listener plaintext=yes
account ann@example.org
S: +OK *
C: CAPA
S~ USER
S: SASL SCRAM-SHA-256 PLAIN LOGIN
S: IMPLEMENTATION *
S: .
C: AUTH
S: +OK *
S: SCRAM-SHA-256
S: PLAIN
S: LOGIN
S: .
C: USER ann@example.org
S: +OK *
C: PASS secret
S: +OK maildrop has 0 messages (0 octets)
C: CAPA
S: +OK *
S: TOP
S~ UTF8 USER
S: LANG
S: IMPLEMENTATION *
S: .
C: STAT
S: +OK 0 0
C: LIST
S: +OK 0 messages (0 octets)
S: .
C: UIDL
S: +OK *
S: .
C: LIST 1
S: -ERR no such message
C: QUIT
S: +OK goodbye
closed
