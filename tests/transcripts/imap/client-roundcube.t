# Roundcube logs in, lists, reads, flags and moves: a connection for each click
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
C: A0001 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: A0001 OK [CAPABILITY *] Logged in.
C: A0002 ID ("name" "Roundcube" "version" "1.6.5" "php" "8.2.36" "os" "Linux" "command" "/?_task=login")
S: \* ID (*
S: A0002 OK ID done.
C: A0003 NAMESPACE
S: \* NAMESPACE (("" "/")) NIL NIL
S: A0003 OK NAMESPACE done.
C: A0004 LIST (SPECIAL-USE) "" "*" RETURN (SUBSCRIBED)
S: \* LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Subscribed \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren \Subscribed \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Subscribed \Trash) "/" Trash
S: A0004 OK LIST done.
C: A0005 LOGOUT
S: \* BYE Goodbye.
S: A0005 OK LOGOUT done.
session a
S: \* OK *
C: A0001 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: A0001 OK [CAPABILITY *] Logged in.
C: A0002 ID ("name" "Roundcube" "version" "1.6.5" "php" "8.2.36" "os" "Linux" "command" "/?_task=mail&_token=y9Uau2lHCTdFkYPjhIKAEnY0VHQ1LvSu")
S: \* ID (*
S: A0002 OK ID done.
C: A0003 LIST (SUBSCRIBED) "" "*"
S: \* LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Subscribed \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren \Subscribed) "/" INBOX
S: \* LIST (\HasNoChildren \Subscribed \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Subscribed \Trash) "/" Trash
S: A0003 OK LIST done.
C: A0004 GETQUOTAROOT INBOX
S: \* QUOTAROOT INBOX ""
S: \* QUOTA "" (MAILBOX 6 10000)
S: A0004 OK GETQUOTAROOT done.
C: A0005 LOGOUT
S: \* BYE Goodbye.
S: A0005 OK LOGOUT done.
session b
S: \* OK *
C: A0001 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: A0001 OK [CAPABILITY *] Logged in.
C: A0002 ID ("name" "Roundcube" "version" "1.6.5" "php" "8.2.36" "os" "Linux" "command" "/?_task=mail&_action=list&_refresh=1&_layout=widescreen&_mbox=INBOX&_page=&_remote=1&_unlock=loading1795419381664&_=1795419381411")
S: \* ID (*
S: A0002 OK ID done.
C: A0003 STATUS INBOX (MESSAGES UNSEEN)
S: \* STATUS INBOX (MESSAGES 3 UNSEEN 3)
S: A0003 OK STATUS done.
C: A0004 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 3 EXISTS
S: \* 3 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: A0004 OK [READ-WRITE] SELECT done.
C: A0005 UID SEARCH 3
S: \* SEARCH 3
S: A0005 OK SEARCH done.
C: A0006 UID SEARCH ALL
S: \* SEARCH 1 2 3
S: A0006 OK SEARCH done.
C: A0007 UID FETCH 1:3 (UID RFC822.SIZE FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (DATE FROM TO SUBJECT CONTENT-TYPE CC REPLY-TO LIST-POST DISPOSITION-NOTIFICATION-TO X-PRIORITY)])
S: \* 1 FETCH (UID 1 FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 156 BODY[HEADER.FIELDS (DATE FROM TO SUBJECT CONTENT-TYPE CC REPLY-TO LIST-POST DISPOSITION-NOTIFICATION-TO X-PRIORITY)] {118}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S:
S: )
S: \* 2 FETCH (UID 2 FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 156 BODY[HEADER.FIELDS (DATE FROM TO SUBJECT CONTENT-TYPE CC REPLY-TO LIST-POST DISPOSITION-NOTIFICATION-TO X-PRIORITY)] {118}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S:
S: )
S: \* 3 FETCH (UID 3 FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 156 BODY[HEADER.FIELDS (DATE FROM TO SUBJECT CONTENT-TYPE CC REPLY-TO LIST-POST DISPOSITION-NOTIFICATION-TO X-PRIORITY)] {118}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 3
S: Date: Tue, 03 Oct 2024 10:00:00 +0000
S:
S: )
S: A0007 OK FETCH done.
C: A0008 GETQUOTAROOT INBOX
S: \* QUOTAROOT INBOX ""
S: \* QUOTA "" (MAILBOX 6 10000)
S: A0008 OK GETQUOTAROOT done.
C: A0009 LOGOUT
S: \* BYE Goodbye.
S: A0009 OK LOGOUT done.
session c
S: \* OK *
C: A0001 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: A0001 OK [CAPABILITY *] Logged in.
C: A0002 ID ("name" "Roundcube" "version" "1.6.5" "php" "8.2.36" "os" "Linux" "command" "/?_task=mail&_action=getunread&_page=1&_remote=1&_unlock=0&_=1795419381412")
S: \* ID (*
S: A0002 OK ID done.
C: A0003 LIST (SUBSCRIBED) "" "*"
S: \* LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Subscribed \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren \Subscribed) "/" INBOX
S: \* LIST (\HasNoChildren \Subscribed \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Subscribed \Trash) "/" Trash
S: A0003 OK LIST done.
C: A0004 STATUS INBOX (MESSAGES UNSEEN)
S: \* STATUS INBOX (MESSAGES 3 UNSEEN 3)
S: A0004 OK STATUS done.
C: A0005 STATUS Drafts (MESSAGES UNSEEN)
S: \* STATUS Drafts (MESSAGES 0 UNSEEN 0)
S: A0005 OK STATUS done.
C: A0006 STATUS Sent (MESSAGES UNSEEN)
S: \* STATUS Sent (MESSAGES 0 UNSEEN 0)
S: A0006 OK STATUS done.
C: A0007 STATUS Junk (MESSAGES UNSEEN)
S: \* STATUS Junk (MESSAGES 0 UNSEEN 0)
S: A0007 OK STATUS done.
C: A0008 STATUS Trash (MESSAGES UNSEEN)
S: \* STATUS Trash (MESSAGES 0 UNSEEN 0)
S: A0008 OK STATUS done.
C: A0009 STATUS Archive (MESSAGES UNSEEN)
S: \* STATUS Archive (MESSAGES 0 UNSEEN 0)
S: A0009 OK STATUS done.
C: A0010 LOGOUT
S: \* BYE Goodbye.
S: A0010 OK LOGOUT done.
session d
S: \* OK *
C: A0001 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: A0001 OK [CAPABILITY *] Logged in.
C: A0002 ID ("name" "Roundcube" "version" "1.6.5" "php" "8.2.36" "os" "Linux" "command" "/?_task=mail&_caps=pdf%3D1%2Cflash%3D0%2Ctiff%3D0%2Cwebp%3D1%2Cpgpmime%3D0&_uid=2&_mbox=INBOX&_framed=1&_action=preview")
S: \* ID (*
S: A0002 OK ID done.
C: A0003 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 3 EXISTS
S: \* 0 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: A0003 OK [READ-WRITE] SELECT done.
C: A0004 UID FETCH 2 (UID RFC822.SIZE FLAGS INTERNALDATE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (DATE FROM TO SUBJECT CONTENT-TYPE CC REPLY-TO LIST-POST DISPOSITION-NOTIFICATION-TO X-PRIORITY CONTENT-TRANSFER-ENCODING BCC IN-REPLY-TO MAIL-FOLLOWUP-TO MAIL-REPLY-TO MESSAGE-ID REFERENCES RESENT-BCC RETURN-PATH SENDER X-DRAFT-INFO)])
S: \* 2 FETCH (UID 2 FLAGS () INTERNALDATE "*" RFC822.SIZE 156 BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1 NIL NIL NIL NIL) BODY[HEADER.FIELDS (DATE FROM TO SUBJECT CONTENT-TYPE CC REPLY-TO LIST-POST DISPOSITION-NOTIFICATION-TO X-PRIORITY CONTENT-TRANSFER-ENCODING BCC IN-REPLY-TO MAIL-FOLLOWUP-TO MAIL-REPLY-TO MESSAGE-ID REFERENCES RESENT-BCC RETURN-PATH SENDER X-DRAFT-INFO)] {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: )
S: A0004 OK FETCH done.
C: A0005 UID FETCH 2 (BODY.PEEK[TEXT])
S: \* 2 FETCH (UID 2 BODY[TEXT] {8}
S: body 2
S: )
S: A0005 OK FETCH done.
C: A0006 LIST (SUBSCRIBED) "" "*"
S: \* LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Subscribed \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren \Subscribed) "/" INBOX
S: \* LIST (\HasNoChildren \Subscribed \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Subscribed \Trash) "/" Trash
S: A0006 OK LIST done.
C: A0007 UID STORE 2 +FLAGS.SILENT (\Seen)
S: A0007 OK STORE done.
C: A0008 LOGOUT
S: \* BYE Goodbye.
S: A0008 OK LOGOUT done.
session e
S: \* OK *
C: A0001 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: A0001 OK [CAPABILITY *] Logged in.
C: A0002 ID ("name" "Roundcube" "version" "1.6.5" "php" "8.2.36" "os" "Linux" "command" "/?_task=mail&_action=mark")
S: \* ID (*
S: A0002 OK ID done.
C: A0003 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 3 EXISTS
S: \* 0 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: A0003 OK [READ-WRITE] SELECT done.
C: A0004 UID STORE 2 +FLAGS.SILENT (\Flagged)
S: A0004 OK STORE done.
C: A0005 LOGOUT
S: \* BYE Goodbye.
S: A0005 OK LOGOUT done.
session f
S: \* OK *
C: A0001 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: A0001 OK [CAPABILITY *] Logged in.
C: A0002 ID ("name" "Roundcube" "version" "1.6.5" "php" "8.2.36" "os" "Linux" "command" "/?_task=mail&_action=move")
S: \* ID (*
S: A0002 OK ID done.
C: A0003 STATUS INBOX (MESSAGES UNSEEN)
S: \* STATUS INBOX (MESSAGES 3 UNSEEN 2)
S: A0003 OK STATUS done.
C: A0004 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 3 EXISTS
S: \* 0 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: A0004 OK [READ-WRITE] SELECT done.
C: A0005 UID SEARCH 3
S: \* SEARCH 3
S: A0005 OK SEARCH done.
C: A0006 UID MOVE 2 Archive
S: \* OK [COPYUID * 2 1] Moved.
S: \* 2 EXPUNGE
S: A0006 OK MOVE done.
C: A0007 STATUS INBOX (MESSAGES UNSEEN)
S: \* STATUS INBOX (MESSAGES 2 UNSEEN 2)
S: A0007 OK STATUS done.
C: A0008 UID SEARCH 2
S: \* SEARCH 3
S: A0008 OK SEARCH done.
C: A0009 STATUS Archive (MESSAGES UNSEEN)
S: \* STATUS Archive (MESSAGES 1 UNSEEN 0)
S: A0009 OK STATUS done.
C: A0010 GETQUOTAROOT INBOX
S: \* QUOTAROOT INBOX ""
S: \* QUOTA "" (MAILBOX 6 10000)
S: A0010 OK GETQUOTAROOT done.
C: A0011 LOGOUT
S: \* BYE Goodbye.
S: A0011 OK LOGOUT done.
session g
S: \* OK *
C: A0001 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: A0001 OK [CAPABILITY *] Logged in.
C: A0002 ID ("name" "Roundcube" "version" "1.6.5" "php" "8.2.36" "os" "Linux" "command" "/?_task=mail&_caps=pdf%3D1%2Cflash%3D0%2Ctiff%3D0%2Cwebp%3D1%2Cpgpmime%3D0&_uid=1&_mbox=INBOX&_framed=1&_action=preview")
S: \* ID (*
S: A0002 OK ID done.
C: A0003 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 2 EXISTS
S: \* 0 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: A0003 OK [READ-WRITE] SELECT done.
C: A0004 UID FETCH 1 (UID RFC822.SIZE FLAGS INTERNALDATE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (DATE FROM TO SUBJECT CONTENT-TYPE CC REPLY-TO LIST-POST DISPOSITION-NOTIFICATION-TO X-PRIORITY CONTENT-TRANSFER-ENCODING BCC IN-REPLY-TO MAIL-FOLLOWUP-TO MAIL-REPLY-TO MESSAGE-ID REFERENCES RESENT-BCC RETURN-PATH SENDER X-DRAFT-INFO)])
S: \* 1 FETCH (UID 1 FLAGS () INTERNALDATE "*" RFC822.SIZE 156 BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1 NIL NIL NIL NIL) BODY[HEADER.FIELDS (DATE FROM TO SUBJECT CONTENT-TYPE CC REPLY-TO LIST-POST DISPOSITION-NOTIFICATION-TO X-PRIORITY CONTENT-TRANSFER-ENCODING BCC IN-REPLY-TO MAIL-FOLLOWUP-TO MAIL-REPLY-TO MESSAGE-ID REFERENCES RESENT-BCC RETURN-PATH SENDER X-DRAFT-INFO)] {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S: Message-ID: <m1@example.com>
S:
S: )
S: A0004 OK FETCH done.
C: A0005 UID FETCH 1 (BODY.PEEK[TEXT])
S: \* 1 FETCH (UID 1 BODY[TEXT] {8}
S: body 1
S: )
S: A0005 OK FETCH done.
C: A0006 LIST (SUBSCRIBED) "" "*"
S: \* LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Subscribed \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren \Subscribed) "/" INBOX
S: \* LIST (\HasNoChildren \Subscribed \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Subscribed \Trash) "/" Trash
S: A0006 OK LIST done.
C: A0007 LOGOUT
S: \* BYE Goodbye.
S: A0007 OK LOGOUT done.
