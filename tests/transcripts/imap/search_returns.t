# RFC 4731, RFC 9394: what RETURN asks for comes as ESEARCH
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX date=1795402645000
M: From: Bob <bob@example.net>
M: Subject: number 1
M:
M: body 1
mail ann@example.org INBOX \Seen date=1795489045000
M: From: Bob <bob@example.net>
M: Subject: number 2
M:
M: body 2
mail ann@example.org INBOX \Seen date=1795575445000
M: From: Bob <bob@example.net>
M: Subject: number 3
M:
M: body 3
mail ann@example.org INBOX date=1795661845000
M: From: Bob <bob@example.net>
M: Subject: number 4
M:
M: body 4
mail ann@example.org INBOX \Seen date=1795748245000
M: From: Bob <bob@example.net>
M: Subject: number 5
M:
M: body 5
mail ann@example.org INBOX date=1795834645000
M: From: Bob <bob@example.net>
M: Subject: number 6
M:
M: body 6
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S~ a OK *
C: s SELECT INBOX
S~ s OK [READ-WRITE] *
C: a SEARCH RETURN (MIN MAX COUNT ALL) SEEN
S= * ESEARCH (TAG "a") MIN 2 MAX 5 ALL 2:3,5 COUNT 3
S: a OK *
C: b UID SEARCH RETURN () SEEN
S= * ESEARCH (TAG "b") UID ALL 2:3,5
S: b OK *
C: c SEARCH RETURN (COUNT) FLAGGED
S= * ESEARCH (TAG "c") COUNT 0
S: c OK *
C: d SEARCH RETURN (MIN MAX ALL) FLAGGED
S= * ESEARCH (TAG "d")
S: d OK *
C: e SEARCH RETURN (MIN) UNSEEN
S= * ESEARCH (TAG "e") MIN 1
S: e OK *
C: f SEARCH RETURN (PARTIAL 2:3) UNSEEN
S= * ESEARCH (TAG "f") PARTIAL (2:3 4,6)
S: f OK *
C: g SEARCH RETURN (PARTIAL -1:-2) UNSEEN
S= * ESEARCH (TAG "g") PARTIAL (-1:-2 4,6)
S: g OK *
C: h SEARCH RETURN (PARTIAL 4:5 COUNT) UNSEEN
S= * ESEARCH (TAG "h") COUNT 3 PARTIAL (4:5 NIL)
S: h OK *
C: i UID SEARCH RETURN (PARTIAL 3:1) ALL
S= * ESEARCH (TAG "i") UID PARTIAL (3:1 1:3)
S: i OK *
C: j SEARCH RETURN (ALL PARTIAL 1:2) ALL
S: j BAD * expected either ALL or PARTIAL.
C: k SEARCH RETURN (PARTIAL 1:-2) ALL
S: k BAD *
C: l SEARCH RETURN (PARTIAL 0:2) ALL
S: l BAD *
C: m SEARCH RETURN (NONSENSE) ALL
S: m BAD * expected MIN, MAX, ALL, COUNT, SAVE or PARTIAL.
C: n SEARCH RETURN (MIN COUNT MODSEQ 1
S: n BAD *
C: o SEARCH RETURN (ALL) CHARSET UTF-8 SUBJECT "number 4"
S= * ESEARCH (TAG "o") ALL 4
S: o OK *
C: p STORE 3 +FLAGS (\Flagged)
S: * 3 FETCH *
S: p OK *
C: q SEARCH RETURN (MIN) MODSEQ 1
S: * OK [HIGHESTMODSEQ *
S: * ESEARCH (TAG "q") MIN 1 MODSEQ *
S: q OK *
C: r SEARCH RETURN (ALL COUNT) MODSEQ 999999
S= * ESEARCH (TAG "r") COUNT 0
S: r OK *
C: s1 UID FETCH 2:6 UID (PARTIAL -1:-2)
S= * 5 FETCH (UID 5)
S= * 6 FETCH (UID 6)
S: s1 OK *
C: s2 UID FETCH 2:* UID (PARTIAL 2:1)
S= * 2 FETCH (UID 2)
S= * 3 FETCH (UID 3)
S: s2 OK *
C: s3 UID FETCH 1:* UID (PARTIAL 7:9)
S: s3 OK *
C: s4 UID FETCH 1:* UID (PARTIAL -1:-4 CHANGEDSINCE 999999)
S: s4 OK *
C: s5 FETCH 1:* UID (PARTIAL 1:2)
S: s5 BAD *
C: s ENABLE IMAP4rev2
S: * ENABLED IMAP4rev2
S: s OK *
C: t UID SEARCH SEEN
S= * ESEARCH (TAG "t") UID ALL 2:3,5
S: t OK *
C: u SEARCH ANSWERED
S= * ESEARCH (TAG "u")
S: u OK *
C: v ENABLE UTF8=ACCEPT
S: \* ENABLED UTF8=ACCEPT
S: v OK *
C: w SEARCH CHARSET UTF-8 SEEN
S: w BAD *
C: x SEARCH SUBJECT "number 4"
S= * ESEARCH (TAG "x") ALL 4
S: x OK *
