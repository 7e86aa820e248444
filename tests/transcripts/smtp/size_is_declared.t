# RFC 1870: what is too large is refused at MAIL
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   limits { message_max = 10000 }
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net> SIZE=10001
S: 552 5.3.4 *
C: MAIL FROM:<bob@example.net> SIZE=99999999999999999999
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net> SIZE=
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net> SIZE=-1
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net> SIZE=1 SIZE=1
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net> SIZE
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net> SIZE=10000
S: 250 2.1.0 *
C: QUIT
S: 221 2.0.0 *
closed
