# RFC 6856 section 2.1: STLS does not come after UTF8
listener tls=starttls
S: +OK *
C: UTF8
S: +OK *
C: STLS
S: -ERR STLS must come before UTF8
C: QUIT
S: +OK *
