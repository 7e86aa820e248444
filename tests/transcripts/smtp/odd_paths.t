# Paths as machines really send them, and those that are none
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM: <bob@example.net>
S: 250 2.1.0 *
C: RSET
S: 250 2.0.0 *
C: mail from:bob@example.net
S: 250 2.1.0 *
C: RCPT TO: ann@example.org
S: 250 2.1.5 *
C: rcpt to:<ANN@EXAMPLE.ORG>
S: 250 2.1.5 *
C: RCPT TO:<>
S: 501 5.1.3 *
C: RCPT TO:<ann@@example.org>
S: 501 5.1.3 *
C: RCPT TO:<ann@example.org
S: 501 5.1.3 *
C: RCPT TO
S: 501 5.5.4 *
C: RCPT <ann@example.org>
S: 501 5.5.4 *
C: RCPT
S: 501 5.5.4 *
C: RSET
S: 250 2.0.0 *
C: MAIL
S: 501 5.5.4 *
C: MAIL FROM:
S: 501 5.1.7 *
C: MAIL FROM:<bob@exa mple.net>
S: 501 5.1.7 *
C: MAIL FROM:<a..b.@docomo.example>
S: 250 2.1.0 *
C: QUIT
S: 221 2.0.0 *
closed
