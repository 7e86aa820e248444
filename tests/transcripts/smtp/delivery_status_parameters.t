# RFC 3461: RET, ENVID, NOTIFY and ORCPT are checked
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net> RET=ALL
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net> ENVID=a+3
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net> RET=HDRS RET=HDRS
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net> RET=HDRS ENVID=QQ+2B314159
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org> NOTIFY=NEVER,SUCCESS
S: 501 5.5.4 *
C: RCPT TO:<ann@example.org> NOTIFY=SOMETIMES
S: 501 5.5.4 *
C: RCPT TO:<ann@example.org> NOTIFY=
S: 501 5.5.4 *
C: RCPT TO:<ann@example.org> NOTIFY=DELAY,DELAY
S: 501 5.5.4 *
C: RCPT TO:<ann@example.org> ORCPT=ann@example.org
S: 501 5.5.4 *
C: RCPT TO:<ann@example.org> ORCPT=rfc822;a+b@example.org
S: 501 5.5.4 *
C: RCPT TO:<ann@example.org> ORCPT=rfc822;a NOTIFY=NEVER ORCPT=rfc822;a
S: 501 5.5.4 *
C: RCPT TO:<ann@example.org> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a+2Bb@example.org
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org> notify=never
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: delivered as *
C: QUIT
S: 221 2.0.0 *
closed
