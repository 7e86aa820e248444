# RFC 4954: PLAIN with a challenge, LOGIN, cancelling
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN
S: 334 
C: *
S: 501 5.7.0 *
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: YW5uQGV4YW1wbGUub3Jn
S: 334 UGFzc3dvcmQ6
C: c2VjcmV0
S: 235 2.7.0 *
C: AUTH PLAIN
S: 503 5.5.1 *
C: EHLO again.example.net
S: 250-mx.example.org
S: 250-PIPELINING
S: 250-SIZE *
S: 250-ENHANCEDSTATUSCODES
S~ 250 HELP
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: From: ann@example.org
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
C: QUIT
S: 221 2.0.0 *
closed
