# A NUL in a command is BAD; a message with one cannot be appended (RFC 3501 section 4.3.1)
with ann
with login
C> b SELECT IN\0BOX\r\n
S: b BAD *
C: c APPEND INBOX {5+}
C> \r\na\0b\r\n
S: c NO [CANNOT] *
C: d LSUB "" {2+}
C> \0a\r\n
S: d BAD *
