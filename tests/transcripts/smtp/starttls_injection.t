# RFC 3207 section 5: commands that come with STARTTLS are not obeyed under TLS
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
listener tls=starttls
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C> STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@example.net>\r\n
S: 220 2.0.0 *
starttls
none
C: NOOP
S: 250 2.0.0 *
C: RCPT TO:<ann@example.org>
S: 503 5.5.1 *
C: QUIT
S: 221 2.0.0 *
closed
