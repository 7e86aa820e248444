# RFC 2449 sections 6.5 and 8.1.1: [LOGIN-DELAY] until the time is over; the lock goes before
listener plaintext=yes
config pop3 { login_delay = 90s }
account ann@example.org
S: +OK *
C: CAPA
S~ LOGIN-DELAY 90
S~ .
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK maildrop has 0 messages (0 octets)
C: CAPA
S~ LOGIN-DELAY 90
S~ .
session b
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: -ERR [IN-USE] *
session main
C: QUIT
S: +OK goodbye
closed
clock +89s
session b
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: -ERR [LOGIN-DELAY] *
clock +1s
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK maildrop has 0 messages (0 octets)
