# RFC 3501 section 6.4.5: part numbers inside multiparts and enclosed messages
with ann
mail ann@example.org INBOX
M: Subject: outer
M: MIME-Version: 1.0
M: Content-Type: multipart/mixed; boundary=x
M:
M: --x
M: Content-Type: text/plain
M:
M: one
M: --x
M: Content-Type: message/rfc822
M:
M: Subject: inner
M: Content-Type: multipart/alternative; boundary=y
M:
M: --y
M:
M: plain
M: --y
M: Content-Type: text/html
M:
M: <b>html</b>
M: --y--
M: --x--
with login
with select
S= * 1 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
C: a FETCH 1 (BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2.HEADER] BODY.PEEK[2.1] BODY.PEEK[2.2])
S= * 1 FETCH (BODY[1] {3}
S> one BODY[1.MIME] {28}\r\nContent-Type: text/plain\r\n\r\n BODY[2.HEADER] {67}\r\n
S= Subject: inner
S= Content-Type: multipart/alternative; boundary=y
S=
S>  BODY[2.1] {5}\r\nplain BODY[2.2] {11}\r\n<b>html</b>)\r\n
S: a OK *
C: b FETCH 1 (BODY.PEEK[2.2.MIME] BODY.PEEK[2.HEADER.FIELDS (subject)] BODY.PEEK[1.HEADER] BODY.PEEK[2.3] BODY.PEEK[9.9.9])
S= * 1 FETCH (BODY[2.2.MIME] {27}
S> Content-Type: text/html\r\n\r\n BODY[2.HEADER.FIELDS (subject)] {18}\r\nSubject: inner\r\n\r\n BODY[1.HEADER] NIL BODY[2.3] NIL BODY[9.9.9] NIL)\r\n
S: b OK *
C: c FETCH 1 BODY.PEEK[2.TEXT]<0.5>
S= * 1 FETCH (BODY[2.TEXT]<0> {5}
S> --y\r\n)\r\n
S: c OK *
