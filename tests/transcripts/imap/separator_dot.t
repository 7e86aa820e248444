# With "." between levels a "/" in a name is kept, and the other way round
listener plaintext=yes
config imap { hierarchy_separator = "." }
account ann@example.org
with login
C: b NAMESPACE
S= * NAMESPACE (("" ".")) NIL NIL
S: b OK *
C: c CREATE a.b/c
S: c OK *
C: d LIST "" a*
S= * LIST (\Noselect \HasChildren) "." a
S= * LIST (\HasNoChildren) "." a.b/c
S: d OK *
C: e LIST "" a.%
S= * LIST (\HasNoChildren) "." a.b/c
S: e OK *
C: f CREATE INBOX.work
S: f OK *
C: g LIST "" inbox.%
S= * LIST (\HasNoChildren) "." INBOX.work
S: g OK *
exists ann@example.org a/b.c 0
