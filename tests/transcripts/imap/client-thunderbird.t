# Thunderbird opens a mailbox, waits in IDLE, flags, marks as read and deletes into the trash
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
C: 9 authenticate PLAIN
S: + 
C: AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: 9 OK [CAPABILITY *] Logged in.
C: 10 namespace
S: \* NAMESPACE (("" "/")) NIL NIL
S: 10 OK NAMESPACE done.
C: 11 ID ("name" "Thunderbird" "version" "153.7.0")
S: \* ID (*
S: 11 OK ID done.
C: 12 ENABLE UTF8=ACCEPT
S: \* ENABLED UTF8=ACCEPT
S: 12 OK ENABLE done.
C: 13 list (subscribed) "" "*" return (special-use)
S: \* LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Subscribed \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren \Subscribed) "/" INBOX
S: \* LIST (\HasNoChildren \Subscribed \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Subscribed \Trash) "/" Trash
S: 13 OK LIST done.
C: 14 list "" "INBOX"
S: \* LIST (\HasNoChildren) "/" INBOX
S: 14 OK LIST done.
C: 15 select "INBOX"
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 3 EXISTS
S: \* 3 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 4] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: 15 OK [READ-WRITE] SELECT done.
C: 16 getquotaroot "INBOX"
S: \* QUOTAROOT INBOX ""
S: \* QUOTA "" (MAILBOX 6 10000)
S: 16 OK GETQUOTAROOT done.
C: 17 UID fetch 1:* (FLAGS)
S: \* 1 FETCH (UID 1 FLAGS (\Recent))
S: \* 2 FETCH (UID 2 FLAGS (\Recent))
S: \* 3 FETCH (UID 3 FLAGS (\Recent))
S: 17 OK FETCH done.
C: 18 UID fetch 1:3 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To Received)])
S: \* 1 FETCH (UID 1 FLAGS (\Recent) RFC822.SIZE 156 BODY[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To Received)] {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S: Message-ID: <m1@example.com>
S:
S: )
S: \* 2 FETCH (UID 2 FLAGS (\Recent) RFC822.SIZE 156 BODY[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To Received)] {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: )
S: \* 3 FETCH (UID 3 FLAGS (\Recent) RFC822.SIZE 156 BODY[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To Received)] {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 3
S: Date: Tue, 03 Oct 2024 10:00:00 +0000
S: Message-ID: <m3@example.com>
S:
S: )
S: 18 OK FETCH done.
C: 19 uid store 1 +Flags (\Flagged)
S: \* 1 FETCH (UID 1 FLAGS (\Flagged \Recent))
S: 19 OK STORE done.
C: 20 uid store 2 +Flags (\Seen)
S: \* 2 FETCH (UID 2 FLAGS (\Seen \Recent))
S: 20 OK STORE done.
C: 22 uid move 2 "Trash"
S: \* OK [COPYUID * 2 1] Moved.
S: \* 2 EXPUNGE
S: 22 OK MOVE done.
C: 23 select "Trash"
S: \* OK [CLOSED] The mailbox is closed.
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 1 EXISTS
S: \* 1 RECENT
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 2] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: 23 OK [READ-WRITE] SELECT done.
C: 24 getquotaroot "Trash"
S: \* QUOTAROOT Trash ""
S: \* QUOTA "" (MAILBOX 6 10000)
S: 24 OK GETQUOTAROOT done.
C: 25 UID fetch 1:* (FLAGS)
S: \* 1 FETCH (UID 1 FLAGS (\Seen \Recent))
S: 25 OK FETCH done.
C: 26 UID fetch 1 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To Received)])
S: \* 1 FETCH (UID 1 FLAGS (\Seen \Recent) RFC822.SIZE 156 BODY[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To Received)] {148}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: )
S: 26 OK FETCH done.
