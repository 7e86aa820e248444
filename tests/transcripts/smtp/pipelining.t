# RFC 2920: commands come together, answers go together
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C> EHLO x\r\nMAIL FROM:<bob@example.net>\r\nRCPT TO:<ann@example.org>\r\nRCPT TO:<nobody@example.org>\r\nDATA\r\n
S~ 250 HELP
S: 250 2.1.0 *
S: 250 2.1.5 *
S: 550 5.1.1 *
S: 354 *
C> Subject: a\r\n\r\na\r\n.\r\nMAIL FROM:<bob@example.net>\r\nRCPT TO:<nobody@example.org>\r\nDATA\r\nRSET\r\nQUIT\r\n
S: 250 2.0.0 *
S: 250 2.1.0 *
S: 550 5.1.1 *
S: 554 5.5.1 *
S: 250 2.0.0 *
S: 221 2.0.0 *
closed
exists ann@example.org INBOX 1
