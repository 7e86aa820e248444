# RFC 3516 section 4.4: literal8 may hold NUL; parts with it are kept in base64, what cannot be encoded is refused
listener plaintext=yes
account ann@example.org
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S: a OK [CAPABILITY IMAP4rev1 * BINARY *] Logged in.
C: b APPEND INBOX ~{17}
S: + Ready for the literal.
C> Subject: a\r\n\r\nb\r\n\r\n
S: b OK [APPENDUID * 1] APPEND done.
C: c APPEND INBOX (\Seen) ~{27+}
C> Content-Type: a/b\r\n\r\n\0x\r\n\0\xff\r\n
S: c OK [APPENDUID * 2] APPEND done.
stored ann@example.org INBOX 2
M: Content-Type: a/b
M: Content-Transfer-Encoding: base64
M:
M: AHgNCgD/
M.
C: d SELECT INBOX
S~ d OK *
C: e FETCH 2 (BINARY.SIZE[1] BINARY[1] BODYSTRUCTURE)
S> * 2 FETCH (BODYSTRUCTURE ("a" "b" NIL NIL NIL "base64" 10 NIL NIL NIL NIL) BINARY.SIZE[1] 6 BINARY[1] ~{6}\r\n\0x\r\n\0\xff)\r\n
S: e OK *
# NUL in a header, and in what says that it is encoded.
C: f APPEND INBOX ~{17+}
C> Subject: \0\r\n\r\nb\r\n\r\n
S: f NO [UNKNOWN-CTE] *
C: g APPEND INBOX ~{39+}
C> Content-Transfer-Encoding: base64\r\n\r\nA\0\r\n
S: g NO [UNKNOWN-CTE] *
# RFC 3501 section 4.3: a plain literal must not hold NUL.
C: h APPEND INBOX {17+}
C> Subject: a\r\n\r\n\0\r\n\r\n
S: h NO [CANNOT] *
# Several, one of which has to be written anew.
C: i APPEND INBOX {17+}
C> Subject: a\r\n\r\nb\r\n ~{24+}\r\nContent-Type: a/b\r\n\r\n\0\0\0 {17+}\r\nSubject: c\r\n\r\nd\r\n
C:
S~ i OK [APPENDUID * 3:5] APPEND done.
stored ann@example.org INBOX 4
M: Content-Type: a/b
M: Content-Transfer-Encoding: base64
M:
M: AAAA
M.
stored ann@example.org INBOX 5
M: Subject: c
M:
M: d
M.
# Only a message can be a literal8.
C: j SELECT ~{5}
S: + *
C: INBOX
S: j BAD *
C: k SELECT ~{5+}
C: INBOX
S: k BAD *
