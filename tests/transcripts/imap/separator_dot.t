# With "." between levels a "/" in a name is kept, and the other way round
listener plaintext=yes
config imap { hierarchy_separator = "." }
account ann@example.org
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
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
