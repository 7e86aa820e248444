# A client that only guesses is sent away
listener plaintext=yes
config pop3 { errors_max = 3 }
account ann@example.org
S: +OK *
C: USER ann@example.org
S: +OK *
C: PASS a
S: -ERR [AUTH] *
C: BLAH
S: -ERR unknown command
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBi
S: -ERR [AUTH] *
closed
