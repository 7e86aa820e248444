# RFC 3501 section 6.4.5: BODY[] sets \Seen and says so in the same answer; PEEK and EXAMINE do not
with ann
mail ann@example.org INBOX subject=one
M: first
mail ann@example.org INBOX subject=two
M: second
mail ann@example.org INBOX subject=three
M: third
with login
with select
S= * 3 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
C: a FETCH 1 BODY.PEEK[TEXT]
S= * 1 FETCH (BODY[TEXT] {7}
S> first\r\n)\r\n
S: a OK *
C: b FETCH 1:2 (UID BODY[TEXT])
S= * 1 FETCH (UID 1 FLAGS (\Seen \Recent) BODY[TEXT] {7}
S> first\r\n)\r\n
S= * 2 FETCH (UID 2 FLAGS (\Seen \Recent) BODY[TEXT] {8}
S> second\r\n)\r\n
S: b OK *
C: c FETCH 1 BODY[TEXT]
S= * 1 FETCH (BODY[TEXT] {7}
S> first\r\n)\r\n
S: c OK *
C: d EXAMINE INBOX
S~ d OK [READ-ONLY] *
C: e FETCH 3 BODY[TEXT]
S= * 3 FETCH (BODY[TEXT] {7}
S> third\r\n)\r\n
S: e OK *
C: f FETCH 1:* FLAGS
S: \* 1 FETCH (FLAGS (\Seen*))
S: \* 2 FETCH (FLAGS (\Seen*))
S: \* 3 FETCH (FLAGS (*))
S: f OK *
C: g STORE 3 +FLAGS (\Seen)
S: g NO [READ-ONLY] *
