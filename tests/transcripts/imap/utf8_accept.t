# RFC 6855, 9755: UTF-8 in headers goes as it is to clients that take it, to others as a surrogate in ASCII (RFC 6858)
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX date=1795402645000
M: From: 花子 <花子@例え.jp>
M: To: Ann <ann@example.org>
M: Subject: こんにちは
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <one@example.net>
M: MIME-Version: 1.0
M: Content-Type: multipart/mixed; boundary=x
M:
M: --x
M: Content-Type: text/plain; charset=utf-8
M:
M: 本文
M: --x--
mail ann@example.org INBOX date=1795402645000
M: From: Bob <bob@example.net>
M: Subject: plain
M:
M: hello
S: * OK *
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY * UTF8=ACCEPT *
C: b EXAMINE INBOX
S~ b OK *
C: c FETCH 1 (ENVELOPE)
S= * 1 FETCH (ENVELOPE ("Mon, 23 Nov 2026 12:34:56 +0900" "=?utf-8?B?44GT44KT44Gr44Gh44Gv?=" (("=?utf-8?B?6Iqx5a2Q?=" NIL "invalid" "internationalized-address.invalid")) (("=?utf-8?B?6Iqx5a2Q?=" NIL "invalid" "internationalized-address.invalid")) (("=?utf-8?B?6Iqx5a2Q?=" NIL "invalid" "internationalized-address.invalid")) (("Ann" NIL "ann" "example.org")) NIL NIL NIL "<one@example.net>"))
S: c OK *
C: d FETCH 1 (BODY[HEADER.FIELDS (SUBJECT)])
S= * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {45}
S= Subject: =?utf-8?B?44GT44KT44Gr44Gh44Gv?=
S= 
S= )
S: d OK *
C: e FETCH 1:2 (RFC822.SIZE BODY[])
S= * 1 FETCH (RFC822.SIZE 339 BODY[] {339}
S= From: =?utf-8?B?6Iqx5a2Q?= <invalid@internationalized-address.invalid>
S= To: Ann <ann@example.org>
S= Subject: =?utf-8?B?44GT44KT44Gr44Gh44Gv?=
S= Date: Mon, 23 Nov 2026 12:34:56 +0900
S= Message-ID: <one@example.net>
S= MIME-Version: 1.0
S= Content-Type: multipart/mixed; boundary=x
S= 
S= --x
S= Content-Type: text/plain; charset=utf-8
S= 
S= 本文
S= --x--
S= )
S= * 2 FETCH (RFC822.SIZE 54 BODY[] {54}
S= From: Bob <bob@example.net>
S= Subject: plain
S= 
S= hello
S= )
S: e OK *
C: f FETCH 1 (BODY[1] BODY[TEXT]<0.3> BODY[]<0.30> BODY[1.MIME])
S= * 1 FETCH (BODY[1] {6}
S= 本文 BODY[TEXT]<0> {3}
S= --x BODY[]<0> {30}
S= From: =?utf-8?B?6Iqx5a2Q?= <in BODY[1.MIME] {43}
S= Content-Type: text/plain; charset=utf-8
S= 
S= )
S: f OK *
C: g FETCH 1 (BODY[]<290.30> RFC822.SIZE BODY[1])
S~ * 1 FETCH *
S~ g OK *
C: h ENABLE UTF8=ACCEPT
S= * ENABLED UTF8=ACCEPT
S: h OK *
C: i FETCH 1 (BODY[HEADER.FIELDS (SUBJECT FROM)])
S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT FROM)] {*}
S= From: 花子 <花子@例え.jp>
S= Subject: こんにちは
S= 
S= )
S: i OK *
C: j FETCH 1 ENVELOPE
S~ j OK *
C> k CREATE "caf\xe9"\r\n
S: k BAD CREATE: expected UTF-8 in a quoted string.
C: l SEARCH CHARSET UTF-8 SUBJECT "こんにちは"
S: l BAD *
C: m SEARCH SUBJECT "こんにちは"
S= * SEARCH 1
S: m OK *
