# Without such an account postmaster is an unknown user
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<>
S: 250 2.1.0 *
C: RCPT TO:<postmaster>
S: 550 5.1.1 *
C: RCPT TO:<ann>
S: 501 5.1.3 *
C: QUIT
S: 221 2.0.0 *
closed
