# RFC 1939 section 7: APOP for accounts that have a secret for it, with the timestamp of the greeting
config pop3 { apop = true } auth { failure_delay = 0s }
account ann@example.org apop=tanstaaf
account ben@example.org
S: +OK * POP3 ready <*@*>
C: CAPA
S~ .
C: APOP ann@example.org
S: -ERR a name and a digest *
C: APOP ann@example.org c4c9334bac560ecc979e58001b3e22f
S: -ERR a name and a digest *
C: APOP ann@example.org c4c9334bac560ecc979e58001b3e22fb
S: -ERR [AUTH] wrong user name or password
C: APOP ben@example.org c4c9334bac560ecc979e58001b3e22fb
S: -ERR [AUTH] wrong user name or password
C: APOP nobody@example.org c4c9334bac560ecc979e58001b3e22fb
S: -ERR [AUTH] wrong user name or password
