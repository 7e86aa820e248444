# getmail takes all mail away
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
C: JACE0 CAPABILITY
S: \* CAPABILITY *
S: JACE0 OK CAPABILITY done.
C: JACE1 LOGIN ann@example.test "secret-ann"
S: JACE1 OK [CAPABILITY *] Logged in.
C: JACE2 CAPABILITY
S: \* CAPABILITY *
S: JACE2 OK CAPABILITY done.
C: JACE3 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 2 EXISTS
S: \* 2 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 3] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: JACE3 OK [READ-WRITE] SELECT done.
C: JACE4 FETCH 1:2 (UID RFC822.SIZE)
S: \* 1 FETCH (UID 1 RFC822.SIZE 156)
S: \* 2 FETCH (UID 2 RFC822.SIZE 156)
S: JACE4 OK FETCH done.
C: JACE5 UID FETCH 1 (BODY.PEEK[])
S: \* 1 FETCH (UID 1 BODY[] {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S: Message-ID: <m1@example.com>
S:
S: body 1
S: )
S: JACE5 OK FETCH done.
C: JACE6 UID STORE 1 FLAGS (\Deleted \Seen)
S: \* 1 FETCH (UID 1 FLAGS (\Deleted \Seen \Recent))
S: JACE6 OK STORE done.
C: JACE7 UID FETCH 2 (BODY.PEEK[])
S: \* 2 FETCH (UID 2 BODY[] {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: body 2
S: )
S: JACE7 OK FETCH done.
C: JACE8 UID STORE 2 FLAGS (\Deleted \Seen)
S: \* 2 FETCH (UID 2 FLAGS (\Deleted \Seen \Recent))
S: JACE8 OK STORE done.
C: JACE9 EXPUNGE
S: \* 2 EXPUNGE
S: \* 1 EXPUNGE
S: JACE9 OK EXPUNGE done.
C: JACE10 CLOSE
S: JACE10 OK CLOSE done.
C: JACE11 LOGOUT
S: \* BYE Goodbye.
S: JACE11 OK LOGOUT done.
