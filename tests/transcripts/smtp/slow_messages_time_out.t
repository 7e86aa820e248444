# A message that comes drop by drop ends with transaction_timeout
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   smtp { transaction_timeout = 10m }
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
C: Subject: slow
clock +299s
C: a
clock +299s
C: b
clock +2s
S: 421 4.4.2 *
closed
exists ann@example.org INBOX 0
