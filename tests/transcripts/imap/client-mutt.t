# mutt deletes, flags and copies
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
C: a0000 AUTHENTICATE LOGIN YW5uQGV4YW1wbGUudGVzdA==
S: + UGFzc3dvcmQ6
C: c2VjcmV0LWFubg==
S: a0000 OK [CAPABILITY *] Logged in.
C: a0001 CAPABILITY
S: \* CAPABILITY *
S: a0001 OK CAPABILITY done.
C: a0002 ENABLE UTF8=ACCEPT
C: a0003 LIST "" ""
S: \* ENABLED UTF8=ACCEPT
S: a0002 OK ENABLE done.
S: \* LIST (\Noselect) "/" ""
S: a0003 OK LIST done.
C: a0004 SELECT "INBOX"
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 3 EXISTS
S: \* 3 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: a0004 OK [READ-WRITE] SELECT done.
C: a0005 FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM SENDER SUBJECT TO CC MESSAGE-ID REFERENCES CONTENT-TYPE CONTENT-DESCRIPTION IN-REPLY-TO REPLY-TO LINES LIST-POST X-LABEL)])
S: \* 1 FETCH (UID 1 FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 156 BODY[HEADER.FIELDS (DATE FROM SENDER SUBJECT TO CC MESSAGE-ID REFERENCES CONTENT-TYPE CONTENT-DESCRIPTION IN-REPLY-TO REPLY-TO LINES LIST-POST X-LABEL)] {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S: Message-ID: <m1@example.com>
S:
S: )
S: \* 2 FETCH (UID 2 FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 156 BODY[HEADER.FIELDS (DATE FROM SENDER SUBJECT TO CC MESSAGE-ID REFERENCES CONTENT-TYPE CONTENT-DESCRIPTION IN-REPLY-TO REPLY-TO LINES LIST-POST X-LABEL)] {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: )
S: \* 3 FETCH (UID 3 FLAGS (\Recent) INTERNALDATE "*" RFC822.SIZE 156 BODY[HEADER.FIELDS (DATE FROM SENDER SUBJECT TO CC MESSAGE-ID REFERENCES CONTENT-TYPE CONTENT-DESCRIPTION IN-REPLY-TO REPLY-TO LINES LIST-POST X-LABEL)] {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 3
S: Date: Tue, 03 Oct 2024 10:00:00 +0000
S: Message-ID: <m3@example.com>
S:
S: )
S: a0005 OK FETCH done.
C: a0006 STATUS "Archive" (UIDVALIDITY)
S: \* STATUS Archive (UIDVALIDITY *)
S: a0006 OK STATUS done.
C: a0007 UID COPY 3 "Archive"
S: a0007 OK [COPYUID * 3 1] COPY done.
C: a0008 UID STORE 1 +FLAGS.SILENT (\Deleted)
C: a0009 UID STORE 2 +FLAGS.SILENT (\Flagged)
S: a0008 OK STORE done.
S: a0009 OK STORE done.
C: a0010 EXPUNGE
S: \* 1 EXPUNGE
S: a0010 OK EXPUNGE done.
C: a0011 UID STORE 2:3 +FLAGS.SILENT (Old)
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk Old)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk Old \\*)] Flags are kept.
S: a0011 OK STORE done.
C: a0012 CLOSE
S: a0012 OK CLOSE done.
C: a0013 LOGOUT
S: \* BYE Goodbye.
S: a0013 OK LOGOUT done.
