# RFC 2177: news come while the client waits; a sign of life now and then; DONE ends it
listener plaintext=yes
account ann@example.org
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: s SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft *)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft *\*)] *
S= * 0 EXISTS
S: \* * RECENT
S~ s OK [READ-WRITE] *
C: a IDLE
S= + idling
none
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: To: ann@example.org
M: Subject: one
M: Date: Mon, 23 Nov 2026 12:34:56 +0900
M: Message-ID: <one@example.net>
M:
M: hello
event
S= * 1 EXISTS
S= * 1 RECENT
clock +130s
S: * OK Still here.
C: DONE
S: a OK IDLE done.
C: b IDLE
S= + idling
C: NOOP
S: b BAD IDLE: expected DONE.
C: c IDLE
S= + idling
clock +1750s
S~ * OK Still here.
open
clock +200s
S~ * BYE *
closed
