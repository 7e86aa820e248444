# mbsync fetches a mailbox
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
C: 1 LOGIN "ann@example.test" "secret-ann"
S: 1 OK [CAPABILITY *] Logged in.
C: 2 NAMESPACE
S: \* NAMESPACE (("" "/")) NIL NIL
S: 2 OK NAMESPACE done.
C: 3 LIST "" "*"
S: \* LIST (\HasNoChildren \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren) "/" INBOX
S: \* LIST (\HasNoChildren \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Trash) "/" Trash
S: 3 OK LIST done.
C: 4 SELECT "INBOX"
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 3 EXISTS
S: \* 3 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: 4 OK [READ-WRITE] SELECT done.
C: 5 UID FETCH 1:3 (UID FLAGS)
S: \* 1 FETCH (UID 1 FLAGS (\Recent))
S: \* 2 FETCH (UID 2 FLAGS (\Recent))
S: \* 3 FETCH (UID 3 FLAGS (\Recent))
S: 5 OK FETCH done.
C: 6 UID FETCH 1 (BODY.PEEK[])
C: 7 UID FETCH 2 (BODY.PEEK[])
C: 8 UID FETCH 3 (BODY.PEEK[])
S: \* 1 FETCH (UID 1 BODY[] {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S: Message-ID: <m1@example.com>
S:
S: body 1
S: )
S: 6 OK FETCH done.
S: \* 2 FETCH (UID 2 BODY[] {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: body 2
S: )
S: 7 OK FETCH done.
S: \* 3 FETCH (UID 3 BODY[] {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 3
S: Date: Tue, 03 Oct 2024 10:00:00 +0000
S: Message-ID: <m3@example.com>
S:
S: body 3
S: )
S: 8 OK FETCH done.
C: 9 CLOSE
S: 9 OK CLOSE done.
C: 10 LOGOUT
S: \* BYE Goodbye.
S: 10 OK LOGOUT done.
