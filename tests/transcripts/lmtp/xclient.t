# XCLIENT over LMTP
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
listener xclient=192.0.2.1
S: 220 mx.example.org LMTP *
C: LHLO front.example.org
S: 250-mx.example.org
S~ 250 HELP
C: XCLIENT ADDR=198.51.100.7 NAME=real.example.net
S: 220 mx.example.org LMTP *
C: LHLO front.example.org
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: x
C: .
S: 250 2.1.5 *
stored ann@example.org
M~ Received: from front.example.org (real.example.net *198.51.100.7*
C: QUIT
S: 221 2.0.0 *
closed
