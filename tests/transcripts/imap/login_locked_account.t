# A locked account is told so only after the right password
listener plaintext=yes
account ann@example.org state=locked
S: * OK *
C: a LOGIN ann@example.org wrong
S: a NO [AUTHENTICATIONFAILED] *
C: b LOGIN ann@example.org secret
S: b NO [CONTACTADMIN] *
