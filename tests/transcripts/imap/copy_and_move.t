# RFC 3501 section 6.4.7, RFC 6851, RFC 4315: COPYUID, TRYCREATE, nothing to take
with ann
mail ann@example.org INBOX \Seen subject=one
M: hello
mail ann@example.org INBOX subject=two
M: hello
mail ann@example.org INBOX subject=three
M: hello
with login
C: b CREATE box
S: b OK *
with select
S= * 3 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 2] First unseen.
S~ s OK [READ-WRITE] *
C: c COPY 1:2 box
S: c OK [COPYUID * 1:2 1:2] COPY done.
C: d COPY 1 nowhere
S: d NO [TRYCREATE] *
C: e UID COPY 99 box
S: e OK *
C: f COPY 4 box
S: f BAD *
C: g UID MOVE 1,3 box
S: * OK [COPYUID * 1,3 3:4] Moved.
S= * 3 EXPUNGE
S= * 1 EXPUNGE
S: g OK *
C: h MOVE 1 nowhere
S: h NO [TRYCREATE] *
C: i STATUS box (MESSAGES UNSEEN)
S= * STATUS box (MESSAGES 4 UNSEEN 2)
S: i OK *
C: j EXAMINE box
S~ j OK *
C: k MOVE 1 INBOX
S: k NO [READ-ONLY] *
C: l COPY 1 INBOX
S: l OK [COPYUID * 1 4] *
C: m FETCH 1:4 FLAGS
S: \* 1 FETCH (FLAGS (\Seen*))
S: \* 2 FETCH (FLAGS (*))
S: \* 3 FETCH (FLAGS (\Seen*))
S: \* 4 FETCH (FLAGS (*))
S: m OK *
