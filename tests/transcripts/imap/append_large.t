# A message above 256 KiB goes through a file in memory and comes back the same
listener plaintext=yes
account ann@example.org
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * MOVE *] Logged in.
C: b APPEND INBOX {600014+}
C> Subject: big\r\n
C* 60000 123456789\n
C:
S: b OK [APPENDUID *] *
C: s SELECT INBOX
S: \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft *)
S: \* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft *\*)] *
S= * 1 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
C: c FETCH 1 (RFC822.SIZE BODY.PEEK[]<600000.100>)
S= * 1 FETCH (RFC822.SIZE 600014 BODY[]<600000> {14}
S> 789\n123456789\n)\r\n
S: c OK *
C: d FETCH 1 BODY.PEEK[]<262140.20>
S= * 1 FETCH (BODY[]<262140> {20}
S> 789\n123456789\n123456)\r\n
S: d OK *
