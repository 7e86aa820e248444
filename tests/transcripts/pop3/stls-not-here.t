# No certificate, no STLS; and not after UTF8 (RFC 6856 section 2.1)
S: +OK *
C: STLS
S: -ERR TLS is not available here
C: QUIT
S: +OK *
