# Several commands at once are answered in order; literals among them
with ann
mail ann@example.org INBOX subject=one
M: hello
S: * OK *
C> a LOGIN ann@example.org secret\r\nb SELECT INBOX\r\nc FETCH 1 UID\r\nd APPEND INBOX {4+}\r\n\r\nx\n\r\ne NOOP\r\nf LOGOUT\r\n
S: a OK *
S~ b OK *
S= * 1 FETCH (UID 1)
S: c OK *
S~ d OK [APPENDUID *] *
S: e OK *
S: * BYE *
S: f OK *
closed
