# RFC 3501 section 6.3.5: a tree moves with all that is below; INBOX leaves its children where they are
with ann
mail ann@example.org INBOX subject=one
M: hello
with login
C: a CREATE a/b/c
S: a OK *
C: b CREATE a-b
S: b OK *
C: c CREATE INBOX/sub
S: c OK *
C: d SELECT a/b/c
S~ d OK *
C: e RENAME a x/y/z
S: e OK *
# The one that is selected is the same mailbox, whatever its name.
C: f NOOP
S: f OK *
C: g LIST "" (a* x*)
S= * LIST (\HasNoChildren) "/" a-b
S= * LIST (\Noselect \HasChildren) "/" x
S= * LIST (\Noselect \HasChildren) "/" x/y
S= * LIST (\Noselect \HasChildren) "/" x/y/z
S= * LIST (\Noselect \HasChildren) "/" x/y/z/b
S= * LIST (\HasNoChildren) "/" x/y/z/b/c
S: g OK *
C: h RENAME x x/inside
S: h NO [CANNOT] *
C: i RENAME x x
S: i NO [ALREADYEXISTS] *
C: j RENAME x inbox
S: j NO [ALREADYEXISTS] *
C: k RENAME a-b p/
S: k OK *
C: l RENAME inbox old/mail
S: l OK *
C: m LIST "" (INBOX* old*)
S= * LIST (\HasChildren) "/" INBOX
S= * LIST (\HasNoChildren) "/" INBOX/sub
S= * LIST (\Noselect \HasChildren) "/" old
S= * LIST (\HasNoChildren) "/" old/mail
S: m OK *
C: n STATUS old/mail (MESSAGES UIDNEXT)
S= * STATUS old/mail (MESSAGES 1 UIDNEXT 2)
S: n OK *
C: o STATUS INBOX (MESSAGES UIDNEXT)
S= * STATUS INBOX (MESSAGES 0 UIDNEXT 2)
S: o OK *
C: p RENAME INBOX/sub inbox/Sub
S: p OK *
C: q LIST "" inbox/*
S= * LIST (\HasNoChildren) "/" INBOX/Sub
S: q OK *
