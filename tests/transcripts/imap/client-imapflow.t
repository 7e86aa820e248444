# ImapFlow reads, flags, moves and deletes
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
C: 1 ID ("name" "imapflow" "version" "1.7.8" "vendor" "Postal Systems" "support-url" "https://github.com/postalsys/imapflow/issues")
S: \* ID (*
S: 1 OK ID done.
C: 2 LOGIN "ann@example.test" "secret-ann"
S: 2 OK [CAPABILITY *] Logged in.
C: 3 NAMESPACE
S: \* NAMESPACE (("" "/")) NIL NIL
S: 3 OK NAMESPACE done.
C: 4 ENABLE CONDSTORE UTF8=ACCEPT QRESYNC IMAP4REV2
S: \* ENABLED CONDSTORE QRESYNC IMAP4rev2 UTF8=ACCEPT
S: 4 OK ENABLE done.
C: 5 LIST "" "*" RETURN (SPECIAL-USE CHILDREN SUBSCRIBED)
S: \* LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Subscribed \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren \Subscribed) "/" INBOX
S: \* LIST (\HasNoChildren \Subscribed \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Subscribed \Trash) "/" Trash
S: 5 OK LIST done.
C: 6 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 3 EXISTS
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: \* LIST (\HasNoChildren \Subscribed) "/" INBOX
S: 6 OK [READ-WRITE] SELECT done.
C: 7 FETCH 1:* (UID FLAGS BODYSTRUCTURE ENVELOPE INTERNALDATE RFC822.SIZE EMAILID MODSEQ)
S: \* 1 FETCH (UID 1 FLAGS () MODSEQ (*) INTERNALDATE "*" RFC822.SIZE 156 ENVELOPE ("Tue, 01 Oct 2024 10:00:00 +0000" "message 1" (("Sender" NIL "sender" "example.com")) (("Sender" NIL "sender" "example.com")) (("Sender" NIL "sender" "example.com")) ((NIL NIL "ann" "example.test")) NIL NIL NIL "<m1@example.com>") BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1 NIL NIL NIL NIL) EMAILID (*))
S: \* 2 FETCH (UID 2 FLAGS () MODSEQ (*) INTERNALDATE "*" RFC822.SIZE 156 ENVELOPE ("Tue, 02 Oct 2024 10:00:00 +0000" "message 2" (("Sender" NIL "sender" "example.com")) (("Sender" NIL "sender" "example.com")) (("Sender" NIL "sender" "example.com")) ((NIL NIL "ann" "example.test")) NIL NIL NIL "<m2@example.com>") BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1 NIL NIL NIL NIL) EMAILID (*))
S: \* 3 FETCH (UID 3 FLAGS () MODSEQ (*) INTERNALDATE "*" RFC822.SIZE 156 ENVELOPE ("Tue, 03 Oct 2024 10:00:00 +0000" "message 3" (("Sender" NIL "sender" "example.com")) (("Sender" NIL "sender" "example.com")) (("Sender" NIL "sender" "example.com")) ((NIL NIL "ann" "example.test")) NIL NIL NIL "<m3@example.com>") BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1 NIL NIL NIL NIL) EMAILID (*))
S: 7 OK FETCH done.
C: 8 FETCH 2 (UID RFC822.SIZE BODY.PEEK[]<0.65536> EMAILID MODSEQ)
S: \* 2 FETCH (UID 2 MODSEQ (*) RFC822.SIZE 156 EMAILID (*) BODY[]<0> {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: body 2
S: )
S: 8 OK FETCH done.
C: 9 UID SEARCH SUBJECT "message 3"
S: \* ESEARCH (TAG "9") UID ALL 3
S: 9 OK SEARCH done.
C: A STORE 1 +FLAGS (\Flagged)
S: \* 1 FETCH (UID 1 FLAGS (\Flagged) MODSEQ (*))
S: A OK STORE done.
C: B MOVE 2 Archive
S: \* OK [COPYUID * 2 1] Moved.
S: \* VANISHED 2
S: B OK [HIGHESTMODSEQ *] MOVE done.
C: C STORE 1 +FLAGS (\Deleted)
S: \* 1 FETCH (UID 1 FLAGS (\Flagged \Deleted) MODSEQ (*))
S: C OK STORE done.
C: D EXPUNGE
S: \* VANISHED 1
S: D OK [HIGHESTMODSEQ *] EXPUNGE done.
C: E LOGOUT
S: \* BYE Goodbye.
S: E OK LOGOUT done.
