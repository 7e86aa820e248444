# A header above what the store hands out at once is read in pieces; the last field is found as well
with ann
with login
C: b APPEND INBOX {1600022+}
C* 100000 X-Filler: 1234\r\n
C> Subject: last\r\n\r\nend\r\n\r\n
S: b OK *
C: c SELECT INBOX
S~ c OK *
C: d FETCH 1 (RFC822.SIZE BODY.PEEK[HEADER.FIELDS (Subject)] BODY.PEEK[HEADER.FIELDS.NOT (X-Filler)]<3.5> BODY.PEEK[TEXT])
S= * 1 FETCH (RFC822.SIZE 1600022 BODY[HEADER.FIELDS (Subject)] {17}
S> Subject: last\r\n\r\n BODY[HEADER.FIELDS.NOT (X-Filler)]<3> {5}\r\nject: BODY[TEXT] {5}\r\nend\r\n)\r\n
S: d OK *
C: e SEARCH SUBJECT last
S= * SEARCH 1
S: e OK *
