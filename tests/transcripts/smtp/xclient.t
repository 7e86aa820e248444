# XCLIENT from a trusted address: the client it names is believed
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
listener xclient=192.0.2.0/24
S: 220 mx.example.org ESMTP *
C: EHLO front.example.org
S~ 250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT
S~ 250 HELP
C: XCLIENT NAME=real.example.net ADDR=198.51.100.7 PORT=4711 HELO=real.example.net
S: 220 mx.example.org ESMTP *
C: MAIL FROM:<bob@example.net>
S: 503 5.5.1 *
C: EHLO real.example.net
S~ 250-XCLIENT *
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
M~ Received: from real.example.net (real.example.net *198.51.100.7*
C: XCLIENT ADDR=IPV6:2001:db8::7 NAME=[UNAVAILABLE] LOGIN=ann+40example.org DESTADDR=192.0.2.2 DESTPORT=25 PROTO=ESMTP
S: 220 *
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
stored ann@example.org INBOX 2
M~ Received: from client.example.net (*2001:db8::7*
C: XCLIENT ADDR=nonsense
S: 501 5.5.4 *
C: XCLIENT FROB=1
S: 501 5.5.4 *
C: XCLIENT
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: XCLIENT ADDR=192.0.2.3
S: 503 5.5.1 *
C: QUIT
S: 221 2.0.0 *
closed
