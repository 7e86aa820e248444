# RFC 5321 section 4.1.1.1: after HELO there are no parameters
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: HELO client.example.net
S: 250 mx.example.org
C: MAIL FROM:<bob@example.net> SIZE=100
S: 555 5.5.4 *
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
stored ann@example.org
M~ *with SMTP id *
C: QUIT
S: 221 2.0.0 *
closed
