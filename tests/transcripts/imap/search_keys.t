# RFC 3501 section 6.4.4: each key
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX \Seen \Flagged date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: one
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <one@example.net>
M:
M: alpha beta
mail ann@example.org INBOX \Answered date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: two
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <two@example.net>
M:
M: beta gamma
mail ann@example.org INBOX \Draft \Deleted date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: three
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <three@example.net>
M:
M: delta
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: s SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft *)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft *\*)] *
S= * 3 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 2] First unseen.
S~ s OK [READ-WRITE] *
C: a STORE 3 +FLAGS.SILENT (work)
S: \* FLAGS (* work)
S: \* OK [PERMANENTFLAGS (* work *)] *
S: a OK *
C: x0 SEARCH ALL
S= * SEARCH 1 2 3
S: x0 OK *
C: x1 SEARCH SEEN
S= * SEARCH 1
S: x1 OK *
C: x2 SEARCH UNSEEN
S= * SEARCH 2 3
S: x2 OK *
C: x3 SEARCH ANSWERED
S= * SEARCH 2
S: x3 OK *
C: x4 SEARCH UNANSWERED
S= * SEARCH 1 3
S: x4 OK *
C: x5 SEARCH DRAFT
S= * SEARCH 3
S: x5 OK *
C: x6 SEARCH UNDRAFT
S= * SEARCH 1 2
S: x6 OK *
C: x7 SEARCH DELETED
S= * SEARCH 3
S: x7 OK *
C: x8 SEARCH UNDELETED
S= * SEARCH 1 2
S: x8 OK *
C: x9 SEARCH FLAGGED
S= * SEARCH 1
S: x9 OK *
C: x10 SEARCH UNFLAGGED
S= * SEARCH 2 3
S: x10 OK *
C: x11 SEARCH KEYWORD Work
S= * SEARCH 3
S: x11 OK *
C: x12 SEARCH UNKEYWORD work
S= * SEARCH 1 2
S: x12 OK *
C: x13 SEARCH RECENT
S= * SEARCH 1 2 3
S: x13 OK *
C: x14 SEARCH OLD
S= * SEARCH
S: x14 OK *
C: x15 SEARCH NEW
S= * SEARCH 2 3
S: x15 OK *
C: x16 SEARCH 2:*
S= * SEARCH 2 3
S: x16 OK *
C: x17 SEARCH UID 1,3
S= * SEARCH 1 3
S: x17 OK *
C: x18 SEARCH UID 50:*
S= * SEARCH 3
S: x18 OK *
C: x19 SEARCH UID *
S= * SEARCH 3
S: x19 OK *
C: x20 SEARCH NOT 2
S= * SEARCH 1 3
S: x20 OK *
C: x21 SEARCH 7
S= * SEARCH
S: x21 OK *
C: x22 SEARCH OR SEEN DELETED
S= * SEARCH 1 3
S: x22 OK *
C: x23 SEARCH (SEEN FLAGGED) SUBJECT ONE
S= * SEARCH 1
S: x23 OK *
C: x24 SEARCH NOT (OR SEEN DELETED)
S= * SEARCH 2
S: x24 OK *
C: x25 SEARCH FROM bob
S= * SEARCH 1 2 3
S: x25 OK *
C: x26 SEARCH FROM BOB@EXAMPLE
S= * SEARCH 1 2 3
S: x26 OK *
C: x27 SEARCH TO ann
S= * SEARCH 1 2 3
S: x27 OK *
C: x28 SEARCH CC x
S= * SEARCH
S: x28 OK *
C: x29 SEARCH BCC x
S= * SEARCH
S: x29 OK *
C: x30 SEARCH SUBJECT t
S= * SEARCH 2 3
S: x30 OK *
C: x31 SEARCH HEADER Message-ID ONE@
S= * SEARCH 1
S: x31 OK *
C: x32 SEARCH HEADER subject ""
S= * SEARCH 1 2 3
S: x32 OK *
C: x33 SEARCH HEADER X-No ""
S= * SEARCH
S: x33 OK *
C: x34 SEARCH BODY beta
S= * SEARCH 1 2
S: x34 OK *
C: x35 SEARCH BODY Subject
S= * SEARCH
S: x35 OK *
C: x36 SEARCH TEXT GAMMA
S= * SEARCH 2
S: x36 OK *
C: x37 SEARCH TEXT three@
S= * SEARCH 3
S: x37 OK *
C: x38 SEARCH BODY beta NOT SEEN
S= * SEARCH 2
S: x38 OK *
C: x39 SEARCH LARGER 10
S= * SEARCH 1 2 3
S: x39 OK *
C: x40 SEARCH SMALLER 10
S= * SEARCH
S: x40 OK *
C: x41 SEARCH BEFORE 23-Nov-2026
S= * SEARCH
S: x41 OK *
C: x42 SEARCH ON 23-Nov-2026
S= * SEARCH 1 2 3
S: x42 OK *
C: x43 SEARCH SINCE 23-Nov-2026
S= * SEARCH 1 2 3
S: x43 OK *
C: x44 SEARCH SINCE 24-Nov-2026
S= * SEARCH
S: x44 OK *
C: x45 SEARCH SENTON 23-Nov-2026
S= * SEARCH 1 2 3
S: x45 OK *
C: x46 SEARCH SENTBEFORE "24-Nov-2026"
S= * SEARCH 1 2 3
S: x46 OK *
C: x47 SEARCH SENTSINCE 24-Nov-2026
S= * SEARCH
S: x47 OK *
C: x48 SEARCH CHARSET UTF-8 SUBJECT one
S= * SEARCH 1
S: x48 OK *
C: b UID SEARCH 1:2 UNDELETED
S= * SEARCH 1 2
S: b OK *
C: c SEARCH CHARSET X-NONSENSE SUBJECT x
S: c NO [BADCHARSET (*)] *
C: d SEARCH SUBJECT
S: d BAD *
C: e SEARCH (SEEN
S: e BAD *
C: f SEARCH NONSENSE
S: f BAD *
