# RFC 3501 section 7.4.1: EXPUNGE numbers go down as they are told; UID EXPUNGE takes only its set
with ann
mail ann@example.org INBOX subject=one
M: hello
mail ann@example.org INBOX subject=two
M: hello
mail ann@example.org INBOX subject=three
M: hello
mail ann@example.org INBOX subject=four
M: hello
mail ann@example.org INBOX subject=five
M: hello
with login
with select
S= * 5 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
C: a STORE 2:4 +FLAGS.SILENT (\Deleted)
S: a OK *
C: b UID EXPUNGE 3
S= * 3 EXPUNGE
S: b OK *
C: c EXPUNGE
S= * 3 EXPUNGE
S= * 2 EXPUNGE
S: c OK *
C: d FETCH 1:* UID
S= * 1 FETCH (UID 1)
S= * 2 FETCH (UID 5)
S: d OK *
C: e STORE 1 +FLAGS.SILENT (\Deleted)
S: e OK *
C: f CLOSE
S: f OK *
C: g STATUS INBOX (MESSAGES UNSEEN UIDNEXT DELETED RECENT)
S= * STATUS INBOX (MESSAGES 1 RECENT 0 UIDNEXT 6 UNSEEN 1 DELETED 0)
S: g OK *
with select
S= * 1 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
C: h STORE 1 +FLAGS.SILENT (\Deleted)
S: h OK *
C: i UNSELECT
S: i OK *
exists ann@example.org INBOX 1
