# Our own trouble is never a wrong password (RFC 3206)
listener plaintext=yes
account ann@example.org
S: +OK *
store down
C: USER ann@example.org
S: +OK *
C: PASS secret
S: -ERR [SYS/TEMP] *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: -ERR [SYS/TEMP] *
store up
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK *
C: QUIT
S: +OK *
closed
