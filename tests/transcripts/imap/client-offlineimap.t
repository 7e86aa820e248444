# offlineimap copies a mailbox
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
C: OLAF1 CAPABILITY
S: \* CAPABILITY *
S: OLAF1 OK CAPABILITY done.
C: OLAF2 ID ("name" "OfflineIMAP" "version" "8.0.0")
S: \* ID (*
S: OLAF2 OK ID done.
C: OLAF3 LOGIN ann@example.test "secret-ann"
S: OLAF3 OK [CAPABILITY *] Logged in.
C: OLAF4 CAPABILITY
S: \* CAPABILITY *
S: OLAF4 OK CAPABILITY done.
C: OLAF5 LIST "" ""
S: \* LIST (\Noselect) "/" ""
S: OLAF5 OK LIST done.
C: OLAF6 LIST "" "*"
S: \* LIST (\HasNoChildren \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren) "/" INBOX
S: \* LIST (\HasNoChildren \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Trash) "/" Trash
S: OLAF6 OK LIST done.
C: OLAF7 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 2 EXISTS
S: \* 2 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 3] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: OLAF7 OK [READ-WRITE] SELECT done.
C: OLAF8 EXAMINE INBOX
S: \* OK [CLOSED] The mailbox is closed.
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS ()] No flag can be changed here.
S: \* 2 EXISTS
S: \* 0 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 3] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: OLAF8 OK [READ-ONLY] EXAMINE done.
C: OLAF9 FETCH 1:* (FLAGS UID INTERNALDATE)
S: \* 1 FETCH (UID 1 FLAGS () INTERNALDATE "*")
S: \* 2 FETCH (UID 2 FLAGS () INTERNALDATE "*")
S: OLAF9 OK FETCH done.
C: OLAF10 UID FETCH 1 (BODY.PEEK[])
S: \* 1 FETCH (UID 1 BODY[] {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S: Message-ID: <m1@example.com>
S:
S: body 1
S: )
S: OLAF10 OK FETCH done.
C: OLAF11 UID FETCH 2 (BODY.PEEK[])
S: \* 2 FETCH (UID 2 BODY[] {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: body 2
S: )
S: OLAF11 OK FETCH done.
C: OLAF12 LOGOUT
S: \* BYE Goodbye.
S: OLAF12 OK LOGOUT done.
