# The verified name of the client stands in Received
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
peer     192.0.2.5 name=mail.example.net
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
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
stored ann@example.org
M~ Received: from client.example.net (mail.example.net *192.0.2.5*
C: QUIT
S: 221 2.0.0 *
closed
