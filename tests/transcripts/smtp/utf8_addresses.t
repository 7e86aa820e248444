# RFC 6531: addresses in UTF-8 need SMTPUTF8
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C> MAIL FROM:<\xe5\xa4\xaa\xe9\x83\x8e@example.net>\r\n
S: 553 5.6.7 *
C> MAIL FROM:<\xe5\xa4\xaa\xe9\x83\x8e@example.net> BODY=8BITMIME SMTPUTF8\r\n
S: 250 2.1.0 *
C> RCPT TO:<\xe5\xa4\xaa\xe9\x83\x8e@example.org>\r\n
S: 550 5.1.1 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: delivered as *
stored ann@example.org
M: Return-Path: <太郎@example.net>
M~ *with UTF8SMTP id *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C> RCPT TO:<\xe5\xa4\xaa@example.org>\r\n
S: 553 5.6.7 *
C: RSET
S: 250 2.0.0 *
C: MAIL FROM:<bob@example.net> SMTPUTF8=yes
S: 501 5.5.4 *
C: QUIT
S: 221 2.0.0 *
closed
