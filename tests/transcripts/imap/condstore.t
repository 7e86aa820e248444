# RFC 7162: MODSEQ in FETCH, CHANGEDSINCE, UNCHANGEDSINCE, SEARCH MODSEQ; enabled by use
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
C: b ENABLE CONDSTORE NONSENSE
S= * ENABLED CONDSTORE
S: b OK *
C: c SELECT INBOX (CONDSTORE)
S~ * OK [HIGHESTMODSEQ *] *
S: c OK [READ-WRITE] *
C: d STORE 1 +FLAGS.SILENT (\Seen)
S: \* 1 FETCH (UID 1 MODSEQ (*))
S: d OK *
C: e STORE 2 +FLAGS (\Seen)
S: \* 2 FETCH (UID 2 FLAGS (\Seen \Recent) MODSEQ (*))
S: e OK *
C: f FETCH 1:2 (FLAGS) (CHANGEDSINCE 1)
S: \* 1 FETCH (FLAGS (\Seen \Recent) MODSEQ (*))
S: \* 2 FETCH (FLAGS (\Seen \Recent) MODSEQ (*))
S: f OK *
C: g FETCH 1:2 (FLAGS) (CHANGEDSINCE 999999999)
S: g OK *
C: h STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\Flagged)
S: h OK [MODIFIED 1] *
C: i UID STORE 1:2 (UNCHANGEDSINCE 1) +FLAGS (\Flagged)
S: i OK [MODIFIED 1:2] *
C: j STORE 1 (UNCHANGEDSINCE 99999999) +FLAGS (\Flagged)
S: \* 1 FETCH (UID 1 FLAGS (\Flagged \Seen \Recent) MODSEQ (*))
S: j OK *
C: k SEARCH MODSEQ 1
S: * SEARCH 1 2 (MODSEQ *)
S: k OK *
C: l SEARCH MODSEQ "/flags/\\Seen" all 999999999
S= * SEARCH
S: l OK *
C: m STATUS INBOX (HIGHESTMODSEQ)
S: * STATUS INBOX (HIGHESTMODSEQ *)
S: m OK *
