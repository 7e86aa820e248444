# RFC 3501 section 5.4: autologout after at least 30 minutes
with ann
with login
clock +1799s
C: b NOOP
S: b OK *
clock +1799s
open
none
clock +2s
S: * BYE *
closed
