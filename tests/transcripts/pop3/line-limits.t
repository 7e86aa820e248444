# A line without end costs nothing and is refused
config pop3 { line_max = "1K" errors_max = 5 }
S: +OK *
C* 3000 x
none
C> \r\n
S: -ERR line too long
C: NOOP
S: -ERR log in first
C> \0\r\n
S: -ERR *
C: QUIT
S: +OK *
closed
