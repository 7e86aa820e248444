# RFC 3502: several messages in one APPEND, all or none, each with its flags and date; APPENDUID names all UIDs
listener plaintext=yes
config imap { literal_max = 4K }
account ann@example.org quota=1000
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MULTIAPPEND *] Logged in.
C: b APPEND INBOX (\Seen) "23-Nov-2026 03:04:05 +0900" {17+}
C> Subject: a\r\n\r\n1\r\n (\\Flagged work) {17}\r\n
S: + Ready for the literal.
C> Subject: b\r\n\r\n2\r\n {17+}\r\nSubject: c\r\n\r\n3\r\n
C:
S: b OK [APPENDUID * 1:3] APPEND done.
exists ann@example.org INBOX 3 bytes=51
stored ann@example.org INBOX 2
M: Subject: b
M:
M: 2
M.
C: c SELECT INBOX
S~ c OK *
C: d FETCH 1:3 (FLAGS INTERNALDATE RFC822.SIZE)
S: \* 1 FETCH (FLAGS (\Seen \Recent) INTERNALDATE "22-Nov-2026 18:04:05 +0000" RFC822.SIZE 17)
S: \* 2 FETCH (FLAGS (\Flagged \Recent work) INTERNALDATE "*" RFC822.SIZE 17)
S: \* 3 FETCH (FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 17)
S: d OK *
# A mailbox name as a literal before them.
C: e APPEND {5+}
C: INBOX {17+}
C> Subject: d\r\n\r\n4\r\n {17+}\r\nSubject: e\r\n\r\n5\r\n
C:
S= * 5 EXISTS
S: \* * RECENT
S: e OK [APPENDUID * 4:5] APPEND done.
# None when one cannot be had: a faulty flag, an empty one, one over the quota, no room.
C: f APPEND INBOX {17+}
C> Subject: f\r\n\r\n6\r\n (\\Seen {17+}\r\nSubject: g\r\n\r\n7\r\n
C:
S: f BAD APPEND: *
C: g APPEND INBOX {17+}
C> Subject: f\r\n\r\n6\r\n {0}\r\n
S: g NO [CANNOT] *
C: h APPEND INBOX {17+}
C> Subject: f\r\n\r\n6\r\n {914+}\r\nSubject: g\r\n\r\n
C* 900 x
C:
S: h NO [OVERQUOTA] *
spool 10
C: i APPEND INBOX {17+}
C> Subject: f\r\n\r\n6\r\n {17+}\r\nSubject: g\r\n\r\n7\r\n
C:
S: i NO [UNAVAILABLE] *
spool 20
C: j APPEND INBOX {17+}
C> Subject: f\r\n\r\n6\r\n {17}\r\n
S: j NO [UNAVAILABLE] *
spool 100000
C: k APPEND nowhere {17+}
C> Subject: f\r\n\r\n6\r\n {17+}\r\nSubject: g\r\n\r\n7\r\n
C:
S: k NO [TRYCREATE] *
C: l APPEND INBOX {17+}
C> Subject: f\r\n\r\n6\r\n \r\n
S: l BAD *
C: m APPEND INBOX {17+}
C> Subject: f\r\n\r\n6\r\n "text"\r\n
S: m BAD *
exists ann@example.org INBOX 5
C: n NOOP
S: n OK *
