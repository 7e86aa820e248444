# RFC 6154: which special uses a mailbox can be given, and LIST of them
with ann
with login
C: a CREATE news (USE (\Archive \Important))
S: a OK *
C: b CREATE all (USE (\All))
S: b NO [USEATTR] *
C: c CREATE stars (USE (\Flagged \Sent))
S: c NO [USEATTR] *
C: d CREATE other (USE (\Other))
S: d NO [USEATTR] *
C: e CREATE plain (USE ())
S: e OK *
C: f CREATE more (COLOUR red)
S: f BAD *
C: g CREATE more (USE \Sent)
S: g BAD *
C: h LIST "" (all stars other more)
S: h OK *
C: i LIST (SPECIAL-USE) "" *
S= * LIST (\HasNoChildren \Archive) "/" Archive
S= * LIST (\HasNoChildren \Drafts) "/" Drafts
S= * LIST (\HasNoChildren \Junk) "/" Junk
S= * LIST (\HasNoChildren \Sent) "/" Sent
S= * LIST (\HasNoChildren \Trash) "/" Trash
S= * LIST (\HasNoChildren \Archive \Important) "/" news
S: i OK *
C: j LIST "" plain RETURN (SPECIAL-USE)
S= * LIST (\HasNoChildren) "/" plain
S: j OK *
