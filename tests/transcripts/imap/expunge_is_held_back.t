# RFC 3501 section 7.4.1: no EXPUNGE during FETCH, STORE, SEARCH with sequence numbers; the numbers stay as they were
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
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: s SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft *)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft *\*)] *
S= * 3 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
session b
S: * OK *
C: a LOGIN ann@example.org secret
S: a OK *
C: b SELECT INBOX
S~ b OK *
C: c STORE 1 +FLAGS (\Deleted)
S: \* 1 FETCH (FLAGS (\Deleted))
S: c OK *
C: d EXPUNGE
S= * 1 EXPUNGE
S: d OK *
session main
C: a FETCH 2 (UID)
S= * 2 FETCH (UID 2)
S: a OK *
C: b FETCH 1:3 (UID)
S= * 2 FETCH (UID 2)
S= * 3 FETCH (UID 3)
S: b OK [EXPUNGEISSUED] *
C: c SEARCH ALL
S= * SEARCH 2 3
S: c OK *
C: d STORE 1 +FLAGS (\Seen)
S: d NO [EXPUNGEISSUED] *
C: e COPY 1:2 Trash
S: * 1 EXPUNGE
S: e NO [EXPUNGEISSUED] *
C: f FETCH 1:2 UID
S= * 1 FETCH (UID 2)
S= * 2 FETCH (UID 3)
S: f OK *
