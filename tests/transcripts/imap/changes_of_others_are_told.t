# New mail, flags and expunges of another session are told with the next command
with ann
mail ann@example.org INBOX subject=one
M: hello
mail ann@example.org INBOX subject=two
M: hello
with login
with select
S= * 2 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
session b
with login
C: b SELECT INBOX
S~ b OK *
C: c STORE 1 +FLAGS.SILENT (\Flagged)
S: c OK *
C: d STORE 2 +FLAGS.SILENT (\Deleted)
S: d OK *
mail ann@example.org INBOX subject=three
M: hello
session main
C: a NOOP
S= * 3 EXISTS
S= * 3 RECENT
S: \* 1 FETCH (UID 1 FLAGS (\Flagged \Recent))
S: \* 2 FETCH (UID 2 FLAGS (\Deleted \Recent))
S: a OK *
session b
C: e EXPUNGE
S= * 2 EXPUNGE
S= * 2 EXISTS
S= * 1 RECENT
S: e OK *
session main
C: b NOOP
S= * 2 EXPUNGE
S: b OK *
C: c NOOP
S: c OK *
