# s-nail lists and shows
listener plaintext=yes
config server { hostname = "mail.example.test" default_domain = "example.test" }
account ann@example.test password=secret-ann
mail ann@example.test INBOX date=1795402601000
M: From: Sender <sender@example.com>
M: To: ann@example.test
M: Subject: message 1
M: Date: Tue, 01 Oct 2024 10:00:00 +0000
M: Message-ID: <m1@example.com>
M:
M: body 1
mail ann@example.test INBOX date=1795402602000
M: From: Sender <sender@example.com>
M: To: ann@example.test
M: Subject: message 2
M: Date: Tue, 02 Oct 2024 10:00:00 +0000
M: Message-ID: <m2@example.com>
M:
M: body 2
S: \* OK *
C: T1 CAPABILITY
S: \* CAPABILITY *
S: T1 OK CAPABILITY done.
C: T2 LOGIN "ann@example.test" "secret-ann"
S: T2 OK [CAPABILITY *] Logged in.
C: T3 SELECT "INBOX"
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 2 EXISTS
S: \* 2 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 3] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: T3 OK [READ-WRITE] SELECT done.
C: T4 FETCH 1:2 (FLAGS UID)
S: \* 1 FETCH (UID 1 FLAGS (\Recent))
S: \* 2 FETCH (UID 2 FLAGS (\Recent))
S: T4 OK FETCH done.
C: T5 FETCH 1:2 (RFC822.SIZE INTERNALDATE)
S: \* 1 FETCH (INTERNALDATE "*" RFC822.SIZE 156)
S: \* 2 FETCH (INTERNALDATE "*" RFC822.SIZE 156)
S: T5 OK FETCH done.
C: T6 UID FETCH 1:2 (RFC822.HEADER)
S: \* 1 FETCH (UID 1 RFC822.HEADER {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S: Message-ID: <m1@example.com>
S:
S: )
S: \* 2 FETCH (UID 2 RFC822.HEADER {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: )
S: T6 OK FETCH done.
C: T7 UID FETCH 1 (BODY.PEEK[TEXT])
S: \* 1 FETCH (UID 1 BODY[TEXT] {8}
S: body 1
S: )
S: T7 OK FETCH done.
C: T8 UID STORE 1 +FLAGS (\Seen)
S: \* 1 FETCH (UID 1 FLAGS (\Seen \Recent))
S: T8 OK STORE done.
C: T9 LOGOUT
S: \* BYE Goodbye.
S: T9 OK LOGOUT done.
