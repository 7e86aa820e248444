# RFC 3207: what came before TLS is forgotten, what came along is thrown away
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
listener tls=starttls
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S~ 250-STARTTLS
S~ 250 HELP
C: STARTTLS now
S: 501 5.5.4 *
C: STARTTLS
S: 220 2.0.0 *
starttls
C: MAIL FROM:<bob@example.net>
S: 503 5.5.1 *
C: EHLO client.example.net
S: 250-mx.example.org
S: 250-PIPELINING
S: 250-SIZE *
S: 250-ENHANCEDSTATUSCODES
S~ 250 HELP
C: STARTTLS
S: 503 5.5.1 *
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
M~ *with ESMTPS id *
C: QUIT
S: 221 2.0.0 *
closed
