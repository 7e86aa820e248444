# NOOP, HELP, VRFY, EXPN and the words of older days
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: NOOP
S: 250 2.0.0 Ok
C: noop with words
S: 250 2.0.0 Ok
C: HELP
S: 214-2.0.0 *
S: 214 2.0.0 *
C: VRFY ann
S: 252 2.5.0 *
C: VRFY nobody
S: 252 2.5.0 *
C: VRFY
S: 501 5.5.4 *
C: EXPN all
S: 502 5.7.0 *
C: ETRN example.org
S: 502 5.5.1 *
C: TURN
S: 502 5.5.1 *
C: FROB
S: 500 5.5.2 *
C:
S: 500 5.5.2 *
C: QUIT now
S: 501 5.5.4 *
C: QUIT
S: 221 2.0.0 *
closed
