# RFC 3501 section 6.3.3 to 6.3.5: levels, INBOX, what cannot be
with ann
with login
C: b CREATE a/b/c
S: b OK *
C: c CREATE a/b
S: c OK *
C: c2 CREATE a/b
S: c2 NO [ALREADYEXISTS] *
C: d CREATE x/
S: d OK *
C: e CREATE inbox
S: e NO [ALREADYEXISTS] *
C: f CREATE "a//b"
S: f NO [CANNOT] *
C: g LIST "" a*
S= * LIST (\Noselect \HasChildren) "/" a
S= * LIST (\HasChildren) "/" a/b
S= * LIST (\HasNoChildren) "/" a/b/c
S: g OK *
C: h RENAME a/b z/y
S: h OK *
C: i LIST "" z/*
S= * LIST (\HasChildren) "/" z/y
S= * LIST (\HasNoChildren) "/" z/y/c
S: i OK *
C: j DELETE INBOX
S: j NO [CANNOT] *
C: k DELETE nowhere
S: k NO [NONEXISTENT] *
C: l DELETE z/y
S: l OK *
C: m LIST z %
S= * LIST (\Noselect \HasChildren) "/" z
S: m OK *
C: n LIST "" z/%
S= * LIST (\Noselect \HasChildren) "/" z/y
S: n OK *
C: o SELECT z/y
S: o NO [NONEXISTENT] *
C: p DELETE z/y
S: p NO [HASCHILDREN] *
C: q DELETE z/y/c
S: q OK *
C: r RENAME x a
S: r NO [ALREADYEXISTS] *
C: s RENAME nowhere b
S: s NO [NONEXISTENT] *
