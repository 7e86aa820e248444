# RFC 3501 section 6.4.6: replace, add, remove, silently; keywords in any letter case are one
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
C: a STORE 1 +FLAGS (\Seen work)
S: \* FLAGS (* work)
S: \* OK [PERMANENTFLAGS (* work *)] *
S: \* 1 FETCH (FLAGS (\Seen \Recent work))
S: a OK *
C: b STORE 1:2 FLAGS \Flagged $Junk
S: \* 1 FETCH (FLAGS (\Flagged \Recent $Junk))
S: \* 2 FETCH (FLAGS (\Flagged \Recent $Junk))
S: b OK *
C: c UID STORE 2 -FLAGS ($junk)
S: \* 2 FETCH (UID 2 FLAGS (\Flagged \Recent))
S: c OK *
C: d STORE 1:2 +FLAGS.SILENT (\Deleted)
S: d OK *
C: e FETCH 1:2 FLAGS
S: \* 1 FETCH (FLAGS (\Flagged \Deleted \Recent $Junk))
S: \* 2 FETCH (FLAGS (\Flagged \Deleted \Recent))
S: e OK *
C: f STORE 1 FLAGS ()
S: \* 1 FETCH (FLAGS (\Recent))
S: f OK *
C: g UID STORE 77 +FLAGS (\Seen)
S: g OK *
C: h STORE 3 +FLAGS (\Seen)
S: h BAD *
