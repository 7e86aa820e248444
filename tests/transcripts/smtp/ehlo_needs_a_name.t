# EHLO without or with an impossible name is refused, an odd one is not
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO
S: 501 5.5.4 *
C: EHLO two words
S: 501 5.5.4 *
C> EHLO a\xe3\x81\x82\r\n
S: 501 5.5.4 *
C> EHLO a\x01b\r\n
S: 501 5.5.4 *
C: HELO
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net>
S: 503 5.5.1 *
C: EHLO [192.0.2.7]
S~ 250 HELP
C: EHLO my_pc-.local
S~ 250 HELP
C: ehlo x  
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: delivered as *
C: QUIT
S: 221 2.0.0 *
closed
