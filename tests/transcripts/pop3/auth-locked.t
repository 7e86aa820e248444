# A locked account is told only to who knows the password; a moving one is a temporary trouble
listener plaintext=yes
account ann@example.org state=locked
account bob@example.org state=moving
S: +OK *
C: USER ann@example.org
S: +OK *
C: PASS wrong
S: -ERR [AUTH] wrong user name or password
C: USER ann@example.org
S: +OK *
C: PASS secret
S: -ERR [AUTH] this account is locked
C: USER bob@example.org
S: +OK *
C: PASS secret
S: -ERR [SYS/TEMP] *
C: QUIT
S: +OK *
