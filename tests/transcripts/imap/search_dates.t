# RFC 5032, RFC 8514, RFC 8474: keys of age, of saving, of ids
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX date=946684800000
M: From: Bob <bob@example.net>
M: Subject: number 1
M:
M: body 1
mail ann@example.org INBOX date=4102444800000
M: From: Bob <bob@example.net>
M: Subject: number 2
M:
M: body 2
mail ann@example.org INBOX date=4102531200000
M: From: Bob <bob@example.net>
M: Subject: number 3
M:
M: body 3
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S~ a OK *
C: s SELECT INBOX
S~ s OK [READ-WRITE] *
C: a SEARCH OLDER 1
S= * SEARCH 1
S: a OK *
C: b SEARCH YOUNGER 4294967295
S= * SEARCH 1 2 3
S: b OK *
C: b1 SEARCH YOUNGER 60
S= * SEARCH 2 3
S: b1 OK *
C: c SEARCH OLDER 0
S: c BAD *
C: d SEARCH YOUNGER soon
S: d BAD *
C: e SEARCH SINCE 1-Jan-2100 BEFORE 2-Jan-2100
S= * SEARCH 2
S: e OK *
C: f SEARCH ON 2-Jan-2100
S= * SEARCH 3
S: f OK *
C: g SEARCH NOT BEFORE 2-Jan-2100
S= * SEARCH 3
S: g OK *
C: h SEARCH SAVEDSINCE 1-Jan-2020 SAVEDATESUPPORTED
S= * SEARCH 1 2 3
S: h OK *
C: i SEARCH SAVEDBEFORE 1-Jan-2020
S= * SEARCH
S: i OK *
C: j SEARCH OR SAVEDON 1-Jan-2020 UID 2
S= * SEARCH 2
S: j OK *
C: k SEARCH EMAILID M0
S= * SEARCH
S: k OK *
C: l SEARCH THREADID nonsense
S= * SEARCH
S: l OK *
C: m SEARCH NOT EMAILID M12
S= * SEARCH 1 2 3
S: m OK *
C: n SEARCH SENTBEFORE 1-Jan-2030
S= * SEARCH
S: n OK *
