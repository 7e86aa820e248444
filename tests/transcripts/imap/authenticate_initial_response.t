# RFC 4959: the initial response
listener plaintext=yes
account ann@example.org
S: * OK *
C: a AUTHENTICATE PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: a OK [CAPABILITY *] Logged in.
