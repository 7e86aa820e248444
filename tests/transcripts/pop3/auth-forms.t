# RFC 5034: with and without an initial response, cancelled, malformed, unknown
listener plaintext=yes
account ann@example.org
S: +OK *
C: AUTH PLAIN
S: + 
C: *
S: -ERR authentication cancelled
C: AUTH PLAIN
S: + 
C: no base64!
S: -ERR malformed authentication data
C: AUTH PLAIN =
S: -ERR malformed authentication data
C: AUTH CRAM-MD5
S: -ERR this mechanism is not available
C: AUTH SCRAM-SHA-256-PLUS
S: -ERR this mechanism is not available
C: AUTH PLAIN Ym9iAGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: -ERR [AUTH] *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwB3cm9uZw==
S: -ERR [AUTH] *
C: AUTH LOGIN YW5uQGV4YW1wbGUub3Jn
S: + UGFzc3dvcmQ6
C: d3Jvbmc=
S: -ERR [AUTH] *
C: auth plain
S: + 
C: AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK *
C: QUIT
S: +OK *
closed
