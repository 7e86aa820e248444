# The answer to a wrong password is held back without a thread; what was sent meanwhile waits
listener plaintext=yes
account ann@example.org
hold 5000
S: +OK *
C: USER ann@example.org
S: +OK *
C: PASS wrong
none
C: USER ann@example.org
none
clock +4s
none
clock +1s
S: -ERR [AUTH] *
S: +OK send PASS
C: PASS secret
S: +OK *
C: QUIT
S: +OK *
closed
