# RFC 3501 section 6.3.8, RFC 5258, RFC 5819, RFC 6154: patterns, selections, returns
with ann
mail ann@example.org INBOX subject=one
M: hello
with login
C: b LIST "" ""
S= * LIST (\Noselect) "/" ""
S: b OK *
C: c LIST "" Inbox
S= * LIST (\HasNoChildren) "/" INBOX
S: c OK *
C: d CREATE a/b/c
S: d OK *
C: e SUBSCRIBE a/b/c
S: e OK *
C: f SUBSCRIBE gone/far
S: f OK *
C: g UNSUBSCRIBE INBOX
S: g OK *
C: h LIST (SUBSCRIBED) "" (a* gone*)
S= * LIST (\HasNoChildren \Subscribed) "/" a/b/c
S= * LIST (\NonExistent \Subscribed) "/" gone/far
S: h OK *
C: i LIST (SUBSCRIBED RECURSIVEMATCH) "" a/%
S= * LIST (\Noselect \HasChildren) "/" a/b ("CHILDINFO" ("SUBSCRIBED"))
S: i OK *
C: j LIST "" (INBOX a/b/%) RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES UNSEEN))
S= * LIST (\HasNoChildren) "/" INBOX
S= * STATUS INBOX (MESSAGES 1 UNSEEN 1)
S= * LIST (\HasNoChildren \Subscribed) "/" a/b/c
S= * STATUS a/b/c (MESSAGES 0 UNSEEN 0)
S: j OK *
C: k LSUB "" a*
S= * LSUB (\HasNoChildren) "/" a/b/c
S: k OK *
C: l LSUB "" a/%
S= * LSUB (\Noselect \HasChildren) "/" a/b
S: l OK *
C: m LSUB "" %
S~ * LSUB (\Noselect) "/" gone
S~ m OK *
C: m2 LSUB "" ""
S: m2 OK *
C: m3 LSUB a/ ""
S: m3 OK *
C: n CREATE mine (USE (\Important))
S: n OK *
C: o LIST (SPECIAL-USE) "" m*
S= * LIST (\HasNoChildren \Important) "/" mine
S: o OK *
C: p CREATE other (USE (\Nonsense))
S: p NO [USEATTR] *
C: q LIST (RECURSIVEMATCH) "" *
S: q BAD *
C: r LIST "" * RETURN (NONSENSE)
S: r BAD *
C: s LIST "" () RETURN ()
S: s BAD *
