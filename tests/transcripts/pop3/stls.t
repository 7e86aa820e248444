# RFC 2595: STLS once, before log-in; passwords may cross afterwards
listener tls=starttls
account ann@example.org
S: +OK *
C: STLS
S: +OK begin TLS now
starttls
none
C: STLS
S: -ERR TLS is active already
C: CAPA
S~ USER
S: SASL * PLAIN LOGIN
S: IMPLEMENTATION *
S: .
C: USER ann@example.org
S: +OK *
C: PASS secret
S: +OK *
C: STLS
S: -ERR already logged in
C: QUIT
S: +OK *
closed
