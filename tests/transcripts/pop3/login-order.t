# RFC 1939 section 4: commands belong to their state
listener plaintext=yes
account ann@example.org
S: +OK *
C: STAT
S: -ERR log in first
C: PASS secret
S: -ERR send USER first
C: USER
S: -ERR an argument is missing
C: USER ann@example.org
S: +OK *
C: NOOP
S: -ERR log in first
C: PASS secret
S: +OK *
C: USER ann@example.org
S: -ERR already logged in
C: AUTH PLAIN
S: -ERR already logged in
C: XYZZY
S: -ERR unknown command
C: NOOP 1
S: -ERR this command takes no argument
C: noop
S: +OK *
C: QUIT
S: +OK *
closed
