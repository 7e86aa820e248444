# RFC 3501 section 6.4.5: every item of FETCH
with ann
mail ann@example.org INBOX subject=one
M: first
with login
with select
S= * 1 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
C: a FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE UID ENVELOPE)
S= * 1 FETCH (UID 1 FLAGS (\Recent) INTERNALDATE "23-Nov-2026 02:57:25 +0000" RFC822.SIZE 143 ENVELOPE ("Mon, 23 Nov 2026 12:34:56 +0900" "one" (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) ((NIL NIL "ann" "example.org")) NIL NIL NIL "<one@example.net>"))
S: a OK FETCH done.
C: b FETCH 1 ALL
S: \* 1 FETCH (FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 143 ENVELOPE (*))
S: b OK *
C: c FETCH 1 FAST
S: \* 1 FETCH (FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 143)
S: c OK *
C: d FETCH 1 FULL
S: \* 1 FETCH (FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 143 ENVELOPE (*) BODY ("text" "plain" *7 1))
S: d OK *
C: e FETCH 1 (BODY BODYSTRUCTURE)
S: \* 1 FETCH (BODY ("text" "plain" *) BODYSTRUCTURE ("text" "plain" *))
S: e OK *
C: f FETCH 1 BODY.PEEK[HEADER.FIELDS (subject DATE)]
S= * 1 FETCH (BODY[HEADER.FIELDS (subject DATE)] {55}
S> Subject: one\r\nDate: Mon, 23 Nov 2026 12:34:56 +0900\r\n\r\n)\r\n
S: f OK *
C: g FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (subject DATE To message-id)]
S= * 1 FETCH (BODY[HEADER.FIELDS.NOT (subject DATE To message-id)] {31}
S> From: Bob <bob@example.net>\r\n\r\n)\r\n
S: g OK *
C: h FETCH 1 (RFC822.HEADER)
S= * 1 FETCH (RFC822.HEADER {136}
S~ )
S: h OK *
C: i FETCH 1 (FLAGS BODY.PEEK[TEXT])
S= * 1 FETCH (FLAGS (\Recent) BODY[TEXT] {7}
S> first\r\n)\r\n
S: i OK *
C: j FETCH 1 BODY.PEEK[]<137.100>
S= * 1 FETCH (BODY[]<137> {6}
S> irst\r\n)\r\n
S: j OK *
C: k FETCH 1 BODY.PEEK[]<500.100>
S= * 1 FETCH (BODY[]<500> {0}
S> )\r\n
S: k OK *
C: l FETCH 1 (BODY.PEEK[1] BODY.PEEK[2] BODY.PEEK[1.MIME])
S= * 1 FETCH (BODY[1] {7}
S> first\r\n BODY[2] NIL BODY[1.MIME] {136}\r\n
S~ )
S: l OK *
