# Passwords are octets: quoted with escapes, as a literal of either kind, with UTF-8 (RFC 3501 section 4.3, RFC 7888)
listener plaintext=yes
account ann@example.org password=a"b\\c&\xc3\xa9
S: * OK *
C: a LOGIN {15}
S: + *
C: ann@example.org {9}
S: + *
C> a"b\\c&\xc3\xa9\r\n
S: a NO *
C: b LOGIN {15+}
C: ann@example.org {8+}
C> a"b\\c&\xc3\xa9\r\n
S: b OK *
session two
S: * OK *
C> c LOGIN "ann@example.org" "a\\"b\\\\c&\xc3\xa9"\r\n
S: c OK *
