# RFC 3501 section 7.4.1: no EXPUNGE during FETCH, STORE, SEARCH with sequence numbers; the numbers stay as they were
with ann
mail ann@example.org INBOX subject=one
M: hello
mail ann@example.org INBOX subject=two
M: hello
mail ann@example.org INBOX subject=three
M: hello
with login
with select
S= * 3 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
session b
with login
C: b SELECT INBOX
S~ b OK *
C: c STORE 1 +FLAGS (\Deleted)
S: \* 1 FETCH (FLAGS (\Deleted))
S: c OK *
C: d EXPUNGE
S= * 1 EXPUNGE
S: d OK *
session main
C: a FETCH 2 (UID)
S= * 2 FETCH (UID 2)
S: a OK *
C: b FETCH 1:3 (UID)
S= * 2 FETCH (UID 2)
S= * 3 FETCH (UID 3)
S: b OK [EXPUNGEISSUED] *
C: c SEARCH ALL
S= * SEARCH 2 3
S: c OK *
C: c1 SORT (ARRIVAL) UTF-8 ALL
S= * SORT 2 3
S: c1 OK *
C: c2 THREAD ORDEREDSUBJECT UTF-8 ALL
S= * THREAD (2)(3)
S: c2 OK *
C: d STORE 1 +FLAGS (\Seen)
S: d NO [EXPUNGEISSUED] *
C: e COPY 1:2 Trash
S: * 1 EXPUNGE
S: e NO [EXPUNGEISSUED] *
C: f FETCH 1:2 UID
S= * 1 FETCH (UID 2)
S= * 2 FETCH (UID 3)
S: f OK *
