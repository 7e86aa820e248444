# RFC 3501 section 6.4.6: what .SILENT leaves untold is our own change only
with ann
mail ann@example.org INBOX
M: Subject: one
M:
M: x
mail ann@example.org INBOX
M: Subject: two
M:
M: x
with login
C: b SELECT INBOX
S~ b OK *
mail ann@example.org Sent
M: Subject: elsewhere
M:
M: x
C: c STORE 1:2 +FLAGS.SILENT (\Flagged)
S: c OK *
C: d NOOP
S: d OK *
session other
with login
C: b SELECT INBOX
S~ b OK *
C: c STORE 1 +FLAGS.SILENT (\Answered)
S: c OK *
session main
C: e STORE 1:2 +FLAGS.SILENT (\Seen)
S: \* 1 FETCH (UID 1 FLAGS (\Answered \Flagged \Seen \Recent))
S: \* 2 FETCH (UID 2 FLAGS (\Flagged \Seen \Recent))
S: e OK *
C: f NOOP
S: f OK *
