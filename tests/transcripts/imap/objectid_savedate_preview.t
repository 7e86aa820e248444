# RFC 8474, 8514, 8970: ids that stay with a message and a mailbox, the date of saving, the first words
with ann
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: Subject: one
M: Message-ID: <one@example.net>
M:
M: hello
M:   world
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: Subject: two
M: MIME-Version: 1.0
M: Content-Type: text/plain; charset=iso-2022-jp
M> In-Reply-To: <one@example.net>\r\n\r\n\x1b$B$3$s$K$A$O\x1b(B\r\n
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: Subject: three
M: References: <zero@example.net> <one@example.net>
M:  <four@example.net>
M:
S: * OK *
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY * OBJECTID SAVEDATE PREVIEW *
C: b SELECT INBOX
S~ * OK [MAILBOXID (F*)] *
S~ b OK *
C: c FETCH 1 (EMAILID THREADID SAVEDATE PREVIEW (LAZY) UID)
S: * 1 FETCH (UID 1 SAVEDATE "23-Nov-2026 *" EMAILID (M*) THREADID (T*) PREVIEW "hello world")
S: c OK *
C: d UID FETCH 2 PREVIEW
S= * 2 FETCH (UID 2 PREVIEW {15}
S= こんにちは)
S: d OK *
C: e FETCH 3 PREVIEW (LAZY)
S= * 3 FETCH (PREVIEW "")
S: e OK *
C: f FETCH 3 PREVIEW (CHANGEDSINCE 1)
S: * OK [HIGHESTMODSEQ 4] *
S: * 3 FETCH (MODSEQ (*) PREVIEW "")
S: f OK *
C: g FETCH 3 (PREVIEW (EAGER))
S: g BAD FETCH: *
C: h ENABLE UTF8=ACCEPT
S= * ENABLED UTF8=ACCEPT
S: h OK *
C: i UID FETCH 2 (PREVIEW)
S= * 2 FETCH (UID 2 PREVIEW "こんにちは")
S: i OK *
C: j STATUS INBOX (MAILBOXID APPENDLIMIT)
S: \* STATUS INBOX (APPENDLIMIT * MAILBOXID (F*))
S: j OK *
