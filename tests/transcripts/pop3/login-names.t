# Names: full address in any case, domain alias, bare local part when there is one domain; aliases are no accounts
listener plaintext=yes
account ann@example.org
domain example.net alias_of=example.org
alias all@example.org ann@example.org
S: +OK *
C: USER ANN@Example.ORG
S: +OK *
C: PASS secret
S: +OK *
C: QUIT
S: +OK *
session b
S: +OK *
C: USER ann@example.net
S: +OK *
C: PASS secret
S: +OK *
C: QUIT
S: +OK *
session c
S: +OK *
C: USER ann
S: +OK *
C: PASS secret
S: +OK *
C: QUIT
S: +OK *
session d
S: +OK *
C: USER all@example.org
S: +OK *
C: PASS secret
S: -ERR [AUTH] *
C: USER nobody@example.org
S: +OK *
C: PASS secret
S: -ERR [AUTH] wrong user name or password
C: USER ann@example.org
S: +OK *
C: PASS Secret
S: -ERR [AUTH] wrong user name or password
C: USER not an address@@
S: +OK *
C: PASS secret
S: -ERR [AUTH] *
C: QUIT
S: +OK *
