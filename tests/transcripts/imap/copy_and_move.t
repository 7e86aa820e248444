# RFC 3501 section 6.4.7, RFC 6851, RFC 4315: COPYUID, TRYCREATE, nothing to take
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX \Seen date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: one
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <one@example.net>
M:
M: hello
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: two
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <two@example.net>
M:
M: hello
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: three
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <three@example.net>
M:
M: hello
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: b CREATE box
S: b OK *
C: s SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft *)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft *\*)] *
S= * 3 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 2] First unseen.
S~ s OK [READ-WRITE] *
C: c COPY 1:2 box
S: c OK [COPYUID * 1:2 1:2] COPY done.
C: d COPY 1 nowhere
S: d NO [TRYCREATE] *
C: e UID COPY 99 box
S: e OK *
C: f COPY 4 box
S: f BAD *
C: g UID MOVE 1,3 box
S: * OK [COPYUID * 1,3 3:4] Moved.
S= * 3 EXPUNGE
S= * 1 EXPUNGE
S: g OK *
C: h MOVE 1 nowhere
S: h NO [TRYCREATE] *
C: i STATUS box (MESSAGES UNSEEN)
S= * STATUS box (MESSAGES 4 UNSEEN 2)
S: i OK *
C: j EXAMINE box
S~ j OK *
C: k MOVE 1 INBOX
S: k NO [READ-ONLY] *
C: l COPY 1 INBOX
S: l OK [COPYUID * 1 4] *
C: m FETCH 1:4 FLAGS
S: \* 1 FETCH (FLAGS (\Seen*))
S: \* 2 FETCH (FLAGS (*))
S: \* 3 FETCH (FLAGS (\Seen*))
S: \* 4 FETCH (FLAGS (*))
S: m OK *
