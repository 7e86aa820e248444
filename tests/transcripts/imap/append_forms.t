# RFC 3501 section 6.3.11: flags, date, literal of either kind; APPENDUID (RFC 4315)
with ann
with login
C: b APPEND INBOX (\Seen work) "23-Nov-2026 03:04:05 +0900" {16}
S: + Ready for the literal.
C> Subject: a\r\n\r\nb\r\r\n
S: b OK [APPENDUID * 1] APPEND done.
C: c APPEND {5+}
C: INBOX {15+}
C> Subject: c\r\n\r\nd\r\n
S: c OK [APPENDUID * 2] APPEND done.
C: d APPEND nowhere {70000}
S: d NO [TRYCREATE] *
C: e APPEND nowhere {15+}
C> Subject: c\r\n\r\nd\r\n
S: e NO [TRYCREATE] *
C: f APPEND INBOX (\Seen {15+}
C> a LOGOUT\r\n12345\r\n
S: f BAD *
C: g APPEND INBOX {0}
S: g NO [CANNOT] *
C: h APPEND INBOX
S: h BAD *
C: i APPEND INBOX "text"
S: i BAD *
with select
S= * 2 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 2] First unseen.
S~ s OK [READ-WRITE] *
C: j FETCH 1:2 (FLAGS INTERNALDATE RFC822.SIZE)
S: \* 1 FETCH (FLAGS (\Seen \Recent work) INTERNALDATE "22-Nov-2026 18:04:05 +0000" RFC822.SIZE 16)
S: \* 2 FETCH (FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 15)
S: j OK *
C: k APPEND INBOX (\Seen) {15+}
C> Subject: e\r\n\r\nf\r\n
S= * 3 EXISTS
S= * 3 RECENT
S: k OK [APPENDUID *] *
