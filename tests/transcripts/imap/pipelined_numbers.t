# RFC 9051 section 5.5: commands sent at once see the numbers of those before them; EXPUNGE comes with the first that may tell it
with ann
mail ann@example.org INBOX subject=one
M: hello
mail ann@example.org INBOX subject=two
M: hello
mail ann@example.org INBOX subject=three
M: hello
S: * OK *
C: a LOGIN ann@example.org secret
S: a OK *
C: b SELECT INBOX
S~ b OK *
session b
S: * OK *
C: a LOGIN ann@example.org secret
S: a OK *
C: b SELECT INBOX
S~ b OK *
C: c STORE 1 +FLAGS.SILENT (\Deleted)
S: c OK *
C: d EXPUNGE
S= * 1 EXPUNGE
S: d OK *
session main
C> c FETCH 2 UID\r\nd STORE 3 +FLAGS.SILENT (\\Seen)\r\ne SEARCH 1:3\r\nf NOOP\r\ng FETCH 2 (UID FLAGS)\r\nh UNSELECT\r\ni NOOP\r\n
S= * 2 FETCH (UID 2)
S: c OK *
S: d OK *
S= * SEARCH 2 3
S: e OK *
S= * 1 EXPUNGE
S: f OK *
S= * 2 FETCH (UID 3 FLAGS (\Seen \Recent))
S: g OK *
S: h OK *
S: i OK *
