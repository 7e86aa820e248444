# RFC 6856 section 8: a language chosen in the clear is forgotten when TLS begins
listener tls=starttls
S: +OK *
C: LANG ja
S: +OK ja *
C: STLS
S= +OK TLS を始めてください
starttls
C: FROB
S= -ERR unknown command
