# A message above 256 KiB goes through a file in memory and comes back the same
with ann
with login
C: b APPEND INBOX {600014+}
C> Subject: big\r\n
C* 60000 123456789\n
C:
S: b OK [APPENDUID *] *
with select
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
