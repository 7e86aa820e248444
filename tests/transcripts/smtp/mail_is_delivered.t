# RFC 5321 section 3.3: a message is accepted and is in the mailbox at once
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
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: delivered as *
exists ann@example.org INBOX 1
stored ann@example.org INBOX 1
M: Return-Path: <bob@example.net>
M: Delivered-To: ann@example.org
M: Received: from client.example.net *192.0.2.1*by mx.example.org*
M: *with ESMTP id * for <ann@example.org>;
M~ Subject: hello
M:
M: Hello Ann.
M.
C: QUIT
S: 221 2.0.0 *
closed
