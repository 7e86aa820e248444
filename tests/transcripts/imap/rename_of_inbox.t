# RFC 3501 section 6.3.5: INBOX gives its messages away and stays
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
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: b RENAME INBOX old
S: b OK *
C: c STATUS old (MESSAGES)
S= * STATUS old (MESSAGES 1)
S: c OK *
C: d STATUS INBOX (MESSAGES)
S= * STATUS INBOX (MESSAGES 0)
S: d OK *
