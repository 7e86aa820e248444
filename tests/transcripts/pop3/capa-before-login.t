# RFC 2449: CAPA tells what can be done now; without TLS no password is asked for
listener tls=starttls
S: +OK * POP3 ready
C: CAPA
S: +OK *
S: TOP
S: UIDL
S: RESP-CODES
S: AUTH-RESP-CODE
S: PIPELINING
S: EXPIRE NEVER
S: UTF8 USER
S: LANG
S: SASL SCRAM-SHA-256
S: STLS
S: IMPLEMENTATION *
S: .
C: USER ann@example.org
S: -ERR log-in needs TLS *
C: AUTH PLAIN
S: -ERR log-in needs TLS *
C: capa
S: +OK *
S~ .
C: QUIT
S: +OK *
closed
