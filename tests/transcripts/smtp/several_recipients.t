# One message, several recipients, one copy each; none is told of the others
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  bob@example.org
account  eve@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<bob@example.org>
S: 250 2.1.5 *
C: RCPT TO:<eve@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
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
exists eve@example.org INBOX 1
stored bob@example.org
M: Return-Path: <bob@example.net>
M: Delivered-To: bob@example.org
M! *ann@example.org*
C: QUIT
S: 221 2.0.0 *
closed
