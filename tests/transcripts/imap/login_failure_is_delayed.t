# The answer to a wrong password is held back without a thread; what was sent meanwhile waits
with ann
hold 5000
S: * OK *
C: a LOGIN ann@example.org wrong
none
C: b CAPABILITY
clock +4s
none
clock +1s
S= a NO [AUTHENTICATIONFAILED] Wrong user name or password.
S: * CAPABILITY *
S: b OK *
C: c LOGIN nobody@example.org secret
clock +5s
S= c NO [AUTHENTICATIONFAILED] Wrong user name or password.
C: d LOGIN ann@example.org secret
S: d OK *
