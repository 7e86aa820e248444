# New mail, flags and expunges of another session are told with the next command
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
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: s SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft *)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft *\*)] *
S= * 2 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
session b
S: * OK *
C: a LOGIN ann@example.org secret
S: a OK *
C: b SELECT INBOX
S~ b OK *
C: c STORE 1 +FLAGS.SILENT (\Flagged)
S: c OK *
C: d STORE 2 +FLAGS.SILENT (\Deleted)
S: d OK *
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: three
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <three@example.net>
M:
M: hello
session main
C: a NOOP
S= * 3 EXISTS
S= * 3 RECENT
S: \* 1 FETCH (UID 1 FLAGS (\Flagged \Recent))
S: \* 2 FETCH (UID 2 FLAGS (\Deleted \Recent))
S: a OK *
session b
C: e EXPUNGE
S= * 2 EXPUNGE
S= * 2 EXISTS
S= * 1 RECENT
S: e OK *
session main
C: b NOOP
S= * 2 EXPUNGE
S: b OK *
C: c NOOP
S: c OK *
