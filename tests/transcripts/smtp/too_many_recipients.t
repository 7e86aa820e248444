# The limit of recipients is 452, and those accepted get their mail
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   smtp { recipients_max = 100 }
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 452 4.5.3 *
C: RCPT TO:<nobody@example.org>
S: 452 4.5.3 *
C: DATA
S: 354 *
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: delivered as *
exists ann@example.org INBOX 1
C: QUIT
S: 221 2.0.0 *
closed
