# Whose mailbox is deleted by another session still hears what has become of its last command
with ann
with login
C: b CREATE box
S: b OK *
session b
with login
C: b SELECT box
S~ b OK *
session c
with login
C: b APPEND box {24+}
C> Subject: x\r\n\r\nhello\r\n\r\n\r\n
S: b OK *
C: c SELECT box
S~ c OK *
session main
C: d DELETE box
S: d OK *
session b
C: c APPEND INBOX {24+}
C> Subject: y\r\n\r\nhello\r\n\r\n\r\n
S: \* BYE *
S: c OK [APPENDUID * 1] *
closed
session c
C: d COPY 1 INBOX
S: \* BYE *
S: d NO [EXPUNGEISSUED] *
closed
