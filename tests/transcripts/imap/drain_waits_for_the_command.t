# A command that has begun is finished first
with ann
with login
C: b APPEND INBOX {15}
S: + *
drain
open
C> Subject: x\r\n\r\ny
open
C:
S: b OK [APPENDUID *] *
S: * BYE *
closed
exists ann@example.org INBOX 1 bytes=15
