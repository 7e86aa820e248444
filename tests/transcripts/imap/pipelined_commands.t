# Several commands at once are answered in order; literals among them
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
S: * OK *
C> a LOGIN ann@example.org secret\r\nb SELECT INBOX\r\nc FETCH 1 UID\r\nd APPEND INBOX {4+}\r\n\r\nx\n\r\ne NOOP\r\nf LOGOUT\r\n
S: a OK *
S~ b OK *
S= * 1 FETCH (UID 1)
S: c OK *
S~ d OK [APPENDUID *] *
S: e OK *
S: * BYE *
S: f OK *
closed
