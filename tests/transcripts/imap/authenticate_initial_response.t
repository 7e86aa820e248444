# RFC 4959: the initial response
with ann
S: * OK *
C: a AUTHENTICATE PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: a OK [CAPABILITY *] Logged in.
