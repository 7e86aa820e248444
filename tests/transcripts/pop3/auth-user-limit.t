# A user may have so many sessions at once
listener plaintext=yes
config limits { connections_per_user_max = 1 }
account ann@example.org
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK *
session b
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: -ERR [SYS/TEMP] too many sessions of this user
session main
C: QUIT
S: +OK *
closed
session b
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK *
C: QUIT
S: +OK *
