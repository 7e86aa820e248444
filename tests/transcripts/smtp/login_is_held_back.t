# Guessing is slow: the answer waits, the thread does not
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
hold     2000
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwB3cm9uZw==
none
clock +1s
none
clock +1s
S: 535 5.7.8 *
C: NOOP
S: 250 2.0.0 *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwB3cm9uZw==
none
C: NOOP
closed
