# RFC 3501 section 7.4.1: EXPUNGE numbers go down as they are told; UID EXPUNGE takes only its set
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX  date=1795402645000
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
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: four
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <four@example.net>
M:
M: hello
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: five
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <five@example.net>
M:
M: hello
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: s SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft *)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft *\*)] *
S= * 5 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
C: a STORE 2:4 +FLAGS.SILENT (\Deleted)
S: a OK *
C: b UID EXPUNGE 3
S= * 3 EXPUNGE
S: b OK *
C: c EXPUNGE
S= * 3 EXPUNGE
S= * 2 EXPUNGE
S: c OK *
C: d FETCH 1:* UID
S= * 1 FETCH (UID 1)
S= * 2 FETCH (UID 5)
S: d OK *
C: e STORE 1 +FLAGS.SILENT (\Deleted)
S: e OK *
C: f CLOSE
S: f OK *
C: g STATUS INBOX (MESSAGES UNSEEN UIDNEXT DELETED RECENT)
S= * STATUS INBOX (MESSAGES 1 RECENT 0 UIDNEXT 6 UNSEEN 1 DELETED 0)
S: g OK *
C: s SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft *)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft *\*)] *
S= * 1 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
C: h STORE 1 +FLAGS.SILENT (\Deleted)
S: h OK *
C: i UNSELECT
S: i OK *
exists ann@example.org INBOX 1
