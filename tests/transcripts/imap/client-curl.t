# curl reads one message
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
C: A001 CAPABILITY
S: \* CAPABILITY *
S: A001 OK CAPABILITY done.
C: A002 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLnRlc3QAc2VjcmV0LWFubg==
S: A002 OK [CAPABILITY *] Logged in.
C: A003 SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] Flags are kept.
S: \* 2 EXISTS
S: \* 2 RECENT
S: \* OK [UNSEEN 1] First unseen.
S: \* OK [UIDVALIDITY *] UIDs valid.
S: \* OK [UIDNEXT 3] Next UID.
S: \* OK [MAILBOXID (*)] Its id.
S: \* OK [HIGHESTMODSEQ *] Highest.
S: A003 OK [READ-WRITE] SELECT done.
C: A004 FETCH 2 BODY[]
S: \* 2 FETCH (FLAGS (\Seen \Recent) BODY[] {156}
S: From: Sender <sender@example.com>
S: To: ann@example.test
S: Subject: message 2
S: Date: Tue, 02 Oct 2024 10:00:00 +0000
S: Message-ID: <m2@example.com>
S:
S: body 2
S: )
S: A004 OK FETCH done.
C: A005 LOGOUT
S: \* BYE Goodbye.
S: A005 OK LOGOUT done.
