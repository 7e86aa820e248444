# A client that does not log in is sent away
with ann
S: * OK *
C: a NOOP
S: a OK *
clock +59s
open
clock +600s
S: * BYE *
closed
