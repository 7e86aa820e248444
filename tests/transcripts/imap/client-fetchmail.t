# fetchmail takes all mail away
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
C: A0001 LOGIN "ann@example.test" "secret-ann"
S: A0001 OK [CAPABILITY *] Logged in.
C: A0002 SELECT "INBOX"
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 2 EXISTS
S: \* 2 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 3] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: A0002 OK [READ-WRITE] SELECT done.
C: A0003 EXPUNGE
S: A0003 OK EXPUNGE done.
C: A0004 FETCH 1:2 RFC822.SIZE
S: \* 1 FETCH (RFC822.SIZE 156)
S: \* 2 FETCH (RFC822.SIZE 156)
S: A0004 OK FETCH done.
C: A0005 FETCH 1 RFC822.HEADER
S: \* 1 FETCH (RFC822.HEADER {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S: Message-ID: <m1@example.com>
S:
S: )
S: A0005 OK FETCH done.
C: A0006 FETCH 1 BODY.PEEK[TEXT]
S: \* 1 FETCH (BODY[TEXT] {8}
S: body 1
S: )
S: A0006 OK FETCH done.
C: A0007 STORE 1 +FLAGS (\Seen \Deleted)
S: \* 1 FETCH (FLAGS (\Deleted \Seen \Recent))
S: A0007 OK STORE done.
C: A0008 EXPUNGE
S: \* 1 EXPUNGE
S: A0008 OK EXPUNGE done.
C: A0009 FETCH 1 RFC822.HEADER
S: \* 1 FETCH (RFC822.HEADER {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: )
S: A0009 OK FETCH done.
C: A0010 FETCH 1 BODY.PEEK[TEXT]
S: \* 1 FETCH (BODY[TEXT] {8}
S: body 2
S: )
S: A0010 OK FETCH done.
C: A0011 STORE 1 +FLAGS (\Seen \Deleted)
S: \* 1 FETCH (FLAGS (\Deleted \Seen \Recent))
S: A0011 OK STORE done.
C: A0012 EXPUNGE
S: \* 1 EXPUNGE
S: A0012 OK EXPUNGE done.
C: A0013 LOGOUT
S: \* BYE Goodbye.
S: A0013 OK LOGOUT done.
