# RFC 5256, RFC 5957, RFC 5267: each sort criterion; ties by number; results by RETURN
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX date=5000000
M: From: Zoe <beta@example.net>
M: To: x@example.org
M: Subject: Re: banana
M: Date: Mon, 23 Nov 2026 12:00:00 +0900
M:
M: text
mail ann@example.org INBOX date=4000000
M: From: Adam <gamma@example.net>
M: To: a@example.org
M: Subject: [list] apple
M: Date: Mon, 23 Nov 2026 05:00:00 +0000
M:
M: text
mail ann@example.org INBOX date=3000000
M: From: ALPHA@example.net
M: Cc: c@example.org
M: Subject: Banana
M: Date: not a date
M:
M: text
mail ann@example.org INBOX date=2000000
M: From: =?UTF-8?B?5bGx55Sw?= <delta@example.net>
M: To: A@example.org
M: Subject: =?iso-8859-1?q?=C9clair?=
M: Date: Sun, 22 Nov 2026 23:00:00 -0800
M:
M: text
mail ann@example.org INBOX date=1000000
M: Subject: 
M:
M: text
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S~ a OK *
C: s SELECT INBOX
S~ s OK [READ-WRITE] *
C: a SORT (ARRIVAL) UTF-8 ALL
S= * SORT 5 4 3 2 1
S: a OK *
C: b SORT (REVERSE ARRIVAL) US-ASCII ALL
S= * SORT 1 2 3 4 5
S: b OK *
C: c SORT (SUBJECT) UTF-8 ALL
S= * SORT 5 2 1 3 4
S: c OK *
C: d SORT (REVERSE SUBJECT) UTF-8 ALL
S= * SORT 4 1 3 2 5
S: d OK *
C: e SORT (SUBJECT REVERSE DATE) UTF-8 1:3
S= * SORT 2 1 3
S: e OK *
C: f SORT (DATE) UTF-8 ALL
S= * SORT 5 3 1 2 4
S: f OK *
C: g SORT (FROM) UTF-8 ALL
S= * SORT 5 3 1 4 2
S: g OK *
C: h SORT (TO) UTF-8 ALL
S= * SORT 3 5 2 4 1
S: h OK *
C: i SORT (CC) UTF-8 ALL
S= * SORT 1 2 4 5 3
S: i OK *
C: j SORT (DISPLAYFROM) UTF-8 ALL
S= * SORT 5 2 3 1 4
S: j OK *
C: k SORT (DISPLAYTO) UTF-8 ALL
S= * SORT 3 5 2 4 1
S: k OK *
C: l SORT (SIZE) UTF-8 5
S= * SORT 5
S: l OK *
C: m UID SORT (SUBJECT SUBJECT) UTF-8 UID 2:4
S= * SORT 2 3 4
S: m OK *
C: n SORT (SUBJECT) UTF-8 DELETED
S= * SORT
S: n OK *
C: o SORT RETURN (MIN MAX COUNT) (SUBJECT) UTF-8 ALL
S= * ESEARCH (TAG "o") MIN 5 MAX 4 COUNT 5
S: o OK *
C: p UID SORT RETURN () (REVERSE ARRIVAL) UTF-8 ALL
S= * ESEARCH (TAG "p") UID ALL 1:5
S: p OK *
C: q SORT RETURN (ALL) (ARRIVAL) UTF-8 ALL
S= * ESEARCH (TAG "q") ALL 5,4,3,2,1
S: q OK *
C: r SORT RETURN (PARTIAL -1:-2 SAVE) (SUBJECT) UTF-8 ALL
S= * ESEARCH (TAG "r") PARTIAL (-1:-2 3:4)
S: r OK *
C: s SEARCH $
S= * SEARCH 3 4
S: s OK *
C: t SORT (SUBJECT) UTF-8 MODSEQ 1
S: * OK [HIGHESTMODSEQ *
S: * SORT 5 2 1 3 4 (MODSEQ *)
S: t OK *
C: u SORT (COLOUR) UTF-8 ALL
S: u BAD * expected ARRIVAL, *
C: v SORT SUBJECT UTF-8 ALL
S: v BAD *
C: w SORT () UTF-8 ALL
S: w BAD *
C: x SORT (SUBJECT) X-NONE ALL
S: x NO [BADCHARSET (*)] *
C: y SORT (SUBJECT) UTF-8
S: y BAD *
C: z SORT (REVERSE) UTF-8 ALL
S: z BAD *
C: z1 ENABLE IMAP4rev2
S: * ENABLED IMAP4rev2
S: z1 OK *
C: z2 SORT (ARRIVAL) UTF-8 ALL
S: * SORT 5 4 3 2 1*
S: z2 OK *
