# A command line beyond the limit is BAD, with the literals that belong to it; the next command is understood
listener plaintext=yes
config imap { line_max = 8K }
account ann@example.org
with login
C> b NOOP 
C* 1000 aaaaaaaaaa
C:
S= b BAD The command line is too long.
C> c SEARCH SUBJECT
C* 1000 aaaaaaaaaa
C>  {12+}\r\nx LOGOUT\r\n\r\n y\r\n
S= c BAD The command line is too long.
C: d NOOP
S: d OK *
