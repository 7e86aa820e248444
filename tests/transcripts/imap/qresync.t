# RFC 7162 section 3.2: a client that comes back is told what has changed, and what has vanished, since the MODSEQ it kept
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX
M: Subject: one
M:
mail ann@example.org INBOX
M: Subject: two
M:
mail ann@example.org INBOX
M: Subject: three
M:
mail ann@example.org INBOX
M: Subject: four
M:
mail ann@example.org INBOX
M: Subject: five
M:
S: * OK *
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY * CONDSTORE QRESYNC *
C: b SELECT INBOX (QRESYNC (1 1))
S: b BAD SELECT: expected ENABLE QRESYNC before this parameter.
C: c ENABLE QRESYNC
S= * ENABLED QRESYNC
S: c OK *
C: d UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
S: d BAD *
C: e SELECT INBOX
S~ * OK [UIDVALIDITY *
S~ e OK [READ-WRITE] *
C: f STORE 2,4 +FLAGS.SILENT (\Deleted)
S: \* 2 FETCH (UID 2 MODSEQ (*))
S: \* 4 FETCH (UID 4 MODSEQ (*))
S: f OK *
C: g EXPUNGE
S= * VANISHED 2,4
S: g OK [HIGHESTMODSEQ *] EXPUNGE done.
C: h EXPUNGE
S= h OK EXPUNGE done.
C: i UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
S= * VANISHED (EARLIER) 2,4
S: \* 1 FETCH (UID 1 FLAGS (\Recent) MODSEQ (*))
S: \* 2 FETCH (UID 3 FLAGS (\Recent) MODSEQ (*))
S: \* 3 FETCH (UID 5 FLAGS (\Recent) MODSEQ (*))
S: i OK *
C: j UID FETCH 3:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
S= * VANISHED (EARLIER) 4
S: \* 2 FETCH (UID 3 FLAGS (\Recent) MODSEQ (*))
S: \* 3 FETCH (UID 5 FLAGS (\Recent) MODSEQ (*))
S: j OK *
C: k FETCH 1 (FLAGS) (CHANGEDSINCE 1 VANISHED)
S: k BAD FETCH: expected VANISHED with UID FETCH only.
C: l UID FETCH 1 (FLAGS) (VANISHED)
S: l BAD UID FETCH: expected CHANGEDSINCE beside VANISHED.
C: m STORE 1 +FLAGS (\Deleted)
S: \* 1 FETCH (UID 1 FLAGS (\Deleted \Recent) MODSEQ (*))
S: m OK *
C: n CLOSE
S= n OK CLOSE done.
C: o SELECT INBOX (QRESYNC (1 1))
S~ o OK [READ-WRITE] *
C: p SELECT INBOX (CONDSTORE QRESYNC (4000000000 1))
S: * OK [CLOSED] *
S~ p OK [READ-WRITE] *
C: q SELECT INBOX (QRESYNC (1 1 *))
S: q BAD SELECT: expected known UIDs without *.
C: r SELECT INBOX (QRESYNC (1 1 1:5 (1:2 1)))
S: r BAD SELECT: expected as many UIDs as message numbers.
C: s SELECT INBOX (QRESYNC)
S: s BAD *
C: t SELECT INBOX (NONSENSE)
S: t BAD SELECT: expected CONDSTORE or QRESYNC (...).
C: u SELECT INBOX (QRESYNC (1795403045 7))
S: * OK [CLOSED] *
S~ * OK [HIGHESTMODSEQ 10] *
S= * VANISHED (EARLIER) 1:2,4
S: u OK [READ-WRITE] *
C: v SELECT INBOX (QRESYNC (1795403045 8 1:5))
S: * OK [CLOSED] *
S~ * OK [HIGHESTMODSEQ 10] *
S= * VANISHED (EARLIER) 1
S: v OK [READ-WRITE] *
C: w SELECT INBOX (QRESYNC (1795403045 8 3:5))
S~ * OK [HIGHESTMODSEQ 10] *
S: w OK [READ-WRITE] *
# the message number 1 has UID 3, as the client believes: what lies below is known
C: x EXAMINE INBOX (QRESYNC (1795403045 5 1:5 (1,2 3,4)))
S~ * OK [HIGHESTMODSEQ 10] *
S= * VANISHED (EARLIER) 4
S= * 2 FETCH (UID 5 FLAGS () MODSEQ (6))
S: x OK [READ-ONLY] *
# a MODSEQ that the mailbox never had: everything is told
C: y SELECT INBOX (QRESYNC (1795403045 999 1:9))
S~ * OK [HIGHESTMODSEQ 10] *
S= * VANISHED (EARLIER) 1:2,4,6:9
S= * 1 FETCH (UID 3 FLAGS () MODSEQ (4))
S= * 2 FETCH (UID 5 FLAGS () MODSEQ (6))
S: y OK [READ-WRITE] *
C: z SELECT INBOX (QRESYNC (1795403045 10))
S~ * OK [HIGHESTMODSEQ 10] *
S: z OK [READ-WRITE] *
# what others do: VANISHED instead of EXPUNGE, at the same moments
session b
S: * OK *
C: a LOGIN ann@example.org secret
S: a OK *
C: b SELECT INBOX
S~ b OK *
C: c UID STORE 3 +FLAGS.SILENT (\Deleted)
S: c OK *
C: d EXPUNGE
S= * 1 EXPUNGE
S= d OK EXPUNGE done.
session main
C: a FETCH 2 (UID)
S= * 2 FETCH (UID 5)
S: a OK *
C: b UID FETCH 1:* (FLAGS) (CHANGEDSINCE 10 VANISHED)
S= * VANISHED 3
S: b OK *
C: c UID FETCH 1:* (FLAGS) (CHANGEDSINCE 10 VANISHED)
S= * VANISHED (EARLIER) 3
S: c OK *
C: d UID MOVE 5 Trash
S: * OK [COPYUID *] Moved.
S= * VANISHED 5
S: d OK [HIGHESTMODSEQ 13] MOVE done.
