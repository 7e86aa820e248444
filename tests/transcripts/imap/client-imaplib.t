# Python's imaplib: a bit of everything
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
C: EOGP0 CAPABILITY
S: \* CAPABILITY *
S: EOGP0 OK CAPABILITY done.
C: EOGP1 LOGIN ann@example.test "secret-ann"
S: EOGP1 OK [CAPABILITY *] Logged in.
C: EOGP2 LIST "" *
S: \* LIST (\HasNoChildren \Archive) "/" Archive
S: \* LIST (\HasNoChildren \Drafts) "/" Drafts
S: \* LIST (\HasNoChildren) "/" INBOX
S: \* LIST (\HasNoChildren \Junk) "/" Junk
S: \* LIST (\HasNoChildren \Sent) "/" Sent
S: \* LIST (\HasNoChildren \Trash) "/" Trash
S: EOGP2 OK LIST done.
C: EOGP3 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 2 EXISTS
S: \* 2 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 3] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: EOGP3 OK [READ-WRITE] SELECT done.
C: EOGP4 SEARCH SUBJECT "message 2"
S: \* SEARCH 2
S: EOGP4 OK SEARCH done.
C: EOGP5 FETCH 1 (RFC822)
S: \* 1 FETCH (FLAGS (\Seen \Recent) RFC822 {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 1
S: Date: Tue, 01 Oct 2024 10:00:00 +0000
S: Message-ID: <m1@example.com>
S:
S: body 1
S: )
S: EOGP5 OK FETCH done.
C: EOGP6 STORE 1 +FLAGS (\Flagged)
S: \* 1 FETCH (FLAGS (\Flagged \Seen \Recent))
S: EOGP6 OK STORE done.
C: EOGP7 COPY 2 Archive
S: EOGP7 OK [COPYUID * 2 1] COPY done.
C: EOGP8 STORE 2 +FLAGS (\Deleted)
S: \* 2 FETCH (FLAGS (\Deleted \Recent))
S: EOGP8 OK STORE done.
C: EOGP9 EXPUNGE
S: \* 2 EXPUNGE
S: EOGP9 OK EXPUNGE done.
C: EOGP10 APPEND INBOX (\Seen) {17}
S: + Ready for the literal.
C> Subject: x\r\n\r\nx\r\n
C:
S: \* 2 EXISTS
S: \* 2 RECENT
S: EOGP10 OK [APPENDUID * 3] APPEND done.
C: EOGP11 CLOSE
S: EOGP11 OK CLOSE done.
C: EOGP12 LOGOUT
S: \* BYE Goodbye.
S: EOGP12 OK LOGOUT done.
