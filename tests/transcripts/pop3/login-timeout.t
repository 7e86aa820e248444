# Who does not log in is cut off without an answer (RFC 1939 section 3)
listener plaintext=yes
S: +OK *
C: USER ann@example.org
S: +OK *
clock +3600s
closed
