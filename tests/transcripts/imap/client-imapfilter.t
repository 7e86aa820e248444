# imapfilter moves and flags what it has searched
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
mail ann@example.test INBOX date=1795402603000
M: From: Sender <sender@example.com>
M: To: ann@example.test
M: Subject: message 3
M: Date: Tue, 03 Oct 2024 10:00:00 +0000
M: Message-ID: <m3@example.com>
M:
M: body 3
S: \* OK *
C: 1000 CAPABILITY
S: \* CAPABILITY *
S: 1000 OK CAPABILITY done.
C: 1001 LOGIN "ann@example.test" "secret-ann"
S: 1001 OK [CAPABILITY *] Logged in.
C: 1002 CAPABILITY
S: \* CAPABILITY *
S: 1002 OK CAPABILITY done.
C: 1003 NAMESPACE
S: \* NAMESPACE (("" "/")) NIL NIL
S: 1003 OK NAMESPACE done.
C: 1004 SELECT "INBOX"
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 3 EXISTS
S: \* 3 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: 1004 OK [READ-WRITE] SELECT done.
C: 1005 UID SEARCH ALL SUBJECT "message 2"
S: \* SEARCH 2
S: 1005 OK SEARCH done.
C: 1006 UID COPY 2 "Archive"
S: 1006 OK [COPYUID * 2 1] COPY done.
C: 1007 UID STORE 2 +FLAGS.SILENT (\Deleted)
S: 1007 OK STORE done.
C: 1008 EXPUNGE
S: \* 2 EXPUNGE
S: 1008 OK EXPUNGE done.
C: 1009 UID SEARCH ALL BODY "body 3"
S: \* SEARCH 3
S: 1009 OK SEARCH done.
C: 100A UID STORE 3 +FLAGS.SILENT (\Flagged)
S: 100A OK STORE done.
C: 100B LOGOUT
S: \* BYE Goodbye.
S: 100B OK LOGOUT done.
