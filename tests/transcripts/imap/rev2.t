# RFC 9051: what changes with ENABLE IMAP4rev2: LIST in SELECT, no RECENT, names and strings in UTF-8
with ann
mail ann@example.org INBOX  date=1795402645000
M: From: Bob <bob@example.net>
M: Subject: one
M:
M: hello
with login
C: b CREATE "&ZeVnLIqe-"
S: b OK [MAILBOXID (F*)] CREATE done.
C: c ENABLE IMAP4rev2 UTF8=ACCEPT FOO
S= * ENABLED IMAP4rev2 UTF8=ACCEPT
S: c OK *
C: c ENABLE IMAP4rev2
S= * ENABLED
S: c OK *
C: d SELECT inbox
S: * FLAGS *
S: * OK [PERMANENTFLAGS *
S= * 1 EXISTS
S: * OK [UIDVALIDITY *
S: * OK [UIDNEXT 2] *
S: * OK [MAILBOXID (F*)] *
S: * OK [HIGHESTMODSEQ *
S= * LIST (\HasNoChildren \Subscribed) "/" INBOX ("OLDNAME" ("inbox"))
S: d OK [READ-WRITE] *
C: e FETCH 1 FLAGS
S= * 1 FETCH (FLAGS ())
S: e OK *
session b
with login
C: b APPEND INBOX (work) {10+}
C: Subject: x
S: b OK [APPENDUID *
session main
C: f NOOP
S= * 2 EXISTS
S: \* FLAGS (* work)
S: \* OK [PERMANENTFLAGS (* work *)] *
S: f OK *
C: g LIST "" "%"
S~ * LIST (\HasNoChildren) "/" "日本語"
S: g OK *
C: h SELECT "日本語"
S: * OK [CLOSED] *
S~ * LIST (\HasNoChildren) "/" "日本語"
S: h OK [READ-WRITE] *
C: i STATUS {9+}
C: 日本語 (MESSAGES SIZE DELETED MAILBOXID)
S: \* STATUS "日本語" (MESSAGES 0 SIZE 0 DELETED 0 MAILBOXID (F*))
S: i OK *
# e and a combining accent: the same name as with the composed letter
C> j CREATE "cafe\xcc\x81"\r\n
S: * LIST (\HasNoChildren) "/" "café" ("OLDNAME" ("*"))
S: j OK [MAILBOXID (F*)] *
C: k CREATE "café"
S: k NO [ALREADYEXISTS] *
C> l CREATE {4+}\r\ncaf\xe9\r\n
S: l NO [CANNOT] This is no mailbox name in UTF-8 (RFC 9051 5.1).
C: m UNSELECT
S: m OK *
session b
C: c LIST "" "caf%"
S= * LIST (\HasNoChildren) "/" caf&AOk-
S: c OK *
