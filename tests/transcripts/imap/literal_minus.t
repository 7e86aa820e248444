# RFC 7888 section 5: LITERAL- allows literals of up to 4096 octets without being asked, larger ones only with
listener plaintext=yes
config imap { literal_plus = false }
account ann@example.org
S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- *] * ready.
C: a LOGIN {15+}
C: ann@example.org {6+}
C: secret
S: a OK *
C: b APPEND INBOX {4096+}
C> Subject: small\r\n\r\n
C* 4078 x
C:
S: b OK *
C: c APPEND INBOX {4097+}
C> Subject: large\r\n\r\n
C* 4079 y
C:
S: c BAD [TOOBIG] *
C: d APPEND INBOX {4097}
S: + Ready for the literal.
C> Subject: large\r\n\r\n
C* 4079 x
C:
S: d OK *
C: e APPEND INBOX {300000000000+}
S: \* BYE [TOOBIG] *
closed
