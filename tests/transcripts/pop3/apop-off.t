# APOP is off unless pop3.apop says otherwise: no timestamp, and a refusal, whatever secrets there are
listener plaintext=yes
account ann@example.org apop=tanstaaf
S: +OK * POP3 ready
C: APOP ann@example.org c4c9334bac560ecc979e58001b3e22fb
S: -ERR APOP is not available
C: USER ann@example.org
S: +OK *
C: PASS tanstaaf
S: -ERR [AUTH] *
C: PASS secret
S: -ERR send USER first
