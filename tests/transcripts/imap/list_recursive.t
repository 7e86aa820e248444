# RFC 5258 section 5, examples 8 to 11: RECURSIVEMATCH, CHILDINFO, and what is redundant
with ann
with login
C: a CREATE foo2
S: a OK *
C: b CREATE foo2/bar1
S: b OK *
C: c CREATE foo2/bar2
S: c OK *
C: d CREATE baz2
S: d OK *
C: e CREATE baz2/bar2
S: e OK *
C: f CREATE baz2/bar22
S: f OK *
C: g CREATE eps2
S: g OK *
C: h CREATE eps2/mamba
S: h OK *
C: i UNSUBSCRIBE INBOX
S: i OK *
C: i UNSUBSCRIBE Drafts
S: i OK *
C: i UNSUBSCRIBE Sent
S: i OK *
C: i UNSUBSCRIBE Junk
S: i OK *
C: i UNSUBSCRIBE Trash
S: i OK *
C: i UNSUBSCRIBE Archive
S: i OK *
C: j SUBSCRIBE foo2/bar1
S: j OK *
C: j SUBSCRIBE foo2/bar2
S: j OK *
C: j SUBSCRIBE baz2/bar2
S: j OK *
C: j SUBSCRIBE baz2/bar22
S: j OK *
C: j SUBSCRIBE eps2
S: j OK *
C: j SUBSCRIBE eps2/mamba
S: j OK *
C: j SUBSCRIBE qux2/bar2
S: j OK *
# Without RECURSIVEMATCH only the subscribed names themselves, and no CHILDINFO.
C: k LIST (SUBSCRIBED) "" "*"
S= * LIST (\HasNoChildren \Subscribed) "/" baz2/bar2
S= * LIST (\HasNoChildren \Subscribed) "/" baz2/bar22
S= * LIST (\HasChildren \Subscribed) "/" eps2
S= * LIST (\HasNoChildren \Subscribed) "/" eps2/mamba
S= * LIST (\HasNoChildren \Subscribed) "/" foo2/bar1
S= * LIST (\HasNoChildren \Subscribed) "/" foo2/bar2
S= * LIST (\NonExistent \Subscribed) "/" qux2/bar2
S: k OK *
# baz2 and qux2 would be redundant: all that is subscribed below them is shown (example 10).
C: l LIST (RECURSIVEMATCH SUBSCRIBED) "" "*2"
S= * LIST (\HasNoChildren \Subscribed) "/" baz2/bar2
S= * LIST (\HasNoChildren \Subscribed) "/" baz2/bar22
S= * LIST (\HasChildren \Subscribed) "/" eps2 ("CHILDINFO" ("SUBSCRIBED"))
S= * LIST (\HasChildren) "/" foo2 ("CHILDINFO" ("SUBSCRIBED"))
S= * LIST (\HasNoChildren \Subscribed) "/" foo2/bar2
S= * LIST (\NonExistent \Subscribed) "/" qux2/bar2
S: l OK *
# One level: each of them has something below that is not shown (example 8).
C: m LIST (SUBSCRIBED REMOTE RECURSIVEMATCH) "" "%" RETURN (STATUS (MESSAGES) CHILDREN SUBSCRIBED SPECIAL-USE)
S= * LIST (\HasChildren) "/" baz2 ("CHILDINFO" ("SUBSCRIBED"))
S= * LIST (\HasChildren \Subscribed) "/" eps2 ("CHILDINFO" ("SUBSCRIBED"))
S= * STATUS eps2 (MESSAGES 0)
S= * LIST (\HasChildren) "/" foo2 ("CHILDINFO" ("SUBSCRIBED"))
S= * LIST (\NonExistent) "/" qux2 ("CHILDINFO" ("SUBSCRIBED"))
S: m OK *
# Two conditions at once, met by one mailbox below.
C: n CREATE foo2/sent (USE (\Sent))
S: n OK *
C: o LIST (SPECIAL-USE RECURSIVEMATCH) "" foo%
S= * LIST (\HasChildren) "/" foo2 ("CHILDINFO" ("SPECIAL-USE"))
S: o OK *
C: p LIST (SPECIAL-USE SUBSCRIBED RECURSIVEMATCH) "" foo%
S: p OK *
C: q SUBSCRIBE foo2/sent
S: q OK *
C: r LIST (SPECIAL-USE SUBSCRIBED RECURSIVEMATCH) "" foo%
S= * LIST (\HasChildren) "/" foo2 ("CHILDINFO" ("SUBSCRIBED" "SPECIAL-USE"))
S: r OK *
C: s LIST (RECURSIVEMATCH REMOTE) "" *
S: s BAD *
# LSUB tells it with \Noselect, also where another name below the same level is shown.
C: t LSUB "" foo2/bar1
S= * LSUB (\HasNoChildren) "/" foo2/bar1
S: t OK *
C: u LSUB "" %
S= * LSUB (\Noselect \HasChildren) "/" baz2
S= * LSUB (\HasChildren) "/" eps2
S= * LSUB (\Noselect \HasChildren) "/" foo2
S= * LSUB (\Noselect) "/" qux2
S: u OK *
