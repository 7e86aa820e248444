# RFC 3501 section 5.1.3: names beyond ASCII, one spelling only
with ann
with login
C: b CREATE &U,BTFw-
S: b OK *
C: c CREATE "&ZeVnLIqe-/a&-b"
S: c OK *
C: d LIST "" &ZeVnLIqe-*
S= * LIST (\Noselect \HasChildren) "/" &ZeVnLIqe-
S= * LIST (\HasNoChildren) "/" &ZeVnLIqe-/a&-b
S: d OK *
C: e LIST "" *&-b
S= * LIST (\HasNoChildren) "/" &ZeVnLIqe-/a&-b
S: e OK *
C: f CREATE &AGE-
S: f NO [CANNOT] *
C: g CREATE &AOk
S: g NO [CANNOT] *
C> h CREATE "\xc3\xa9"\r\n
S: h NO [CANNOT] *
C: i SELECT &U,BTFw-
S~ i OK *
C: j STATUS "&U,BTFw-" (MESSAGES)
S= * STATUS &U,BTFw- (MESSAGES 0)
S: j OK *
