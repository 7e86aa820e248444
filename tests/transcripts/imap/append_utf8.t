# RFC 6855 section 4: UTF8 (literal8) around a message, with others in one command; RFC 9755: and without
with ann
with login
C: b ENABLE UTF8=ACCEPT
S: * ENABLED UTF8=ACCEPT
S: b OK *
C> c APPEND INBOX (\\Seen) UTF8 (~{18+}\r\nSubject: \xc3\xa9\r\n\r\nx\r\n)\r\n
S: c OK [APPENDUID * 1] *
C> d APPEND INBOX UTF8 (~{4+}\r\n\r\nx\r) () {4+}\r\n\r\ny\r\r\n
S: d OK [APPENDUID * 2:3] *
C> e APPEND INBOX UTF8 (~{4+}\r\n\r\nx\r\r\n
S: e BAD APPEND: expected the end of UTF8 (...).
C> f APPEND INBOX UTF8 ~{4+}\r\n\r\nx\r\r\n
S: f BAD APPEND: expected UTF8 (literal).
C: g EXAMINE INBOX
S~ g OK *
C: h FETCH 1 BODY[]
S= * 1 FETCH (BODY[] {18}
S= Subject: é
S= 
S= x
S= )
S: h OK *
