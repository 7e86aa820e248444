# The MX adds its trace and leaves the message alone
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
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
C: Bcc: secret@example.net
C: Subject: as it is
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
stored ann@example.org
M~ Bcc: secret@example.net
M: Subject: as it is
M:
M: x
M.
C: QUIT
S: 221 2.0.0 *
closed
