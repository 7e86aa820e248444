# A message that has no header keeps all its lines
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
C: hello Ann,
C: this is no header: really
C: .
S: 250 2.0.0 Ok: delivered as *
stored ann@example.org
M~ Received: *
M~
M: hello Ann,
M: this is no header: really
M.
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: 
C: only a body
C: .
S: 250 2.0.0 Ok: delivered as *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: .
S: 250 2.0.0 Ok: delivered as *
stored ann@example.org INBOX 2
M~ Received: *
M~
M: only a body
M.
exists ann@example.org INBOX 3
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C:  for <forged@example.org>
C: Subject: it continues nothing of ours
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
stored ann@example.org INBOX 4
M~ *for <ann@example.org>;
M: *
M:
M:  for <forged@example.org>
C: QUIT
S: 221 2.0.0 *
closed
