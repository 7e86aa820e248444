# Aliases, domain aliases, catch-all and user+detail; one mailbox gets one copy
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  bob@example.org
alias    all@example.org ann@example.org bob@example.org
alias    @catch.example ann@example.org
domain   example.com alias_of=example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<all@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann+lists@example.org>
S: 250 2.1.5 *
C: RCPT TO:<bob@example.com>
S: 250 2.1.5 *
C: RCPT TO:<anything@catch.example>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: delivered as *
exists ann@example.org INBOX 1
exists bob@example.org INBOX 1
stored bob@example.org
M~ Delivered-To: bob@example.org
M: X-Original-To: all@example.org
C: QUIT
S: 221 2.0.0 *
closed
