# RFC 5321 section 4.5.1: postmaster, with and without a domain
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  postmaster@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<>
S: 250 2.1.0 *
C: RCPT TO:<postmaster>
S: 250 2.1.5 *
C: RCPT TO:<PostMaster@Example.ORG>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: delivered as *
exists postmaster@example.org INBOX 1
stored postmaster@example.org
M: Return-Path: <>
C: QUIT
S: 221 2.0.0 *
closed
