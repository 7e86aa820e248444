# The session that deletes its own mailbox is left without one; others are told BYE
with ann
with login
C: b CREATE box
S: b OK *
C: c SELECT box
S~ c OK *
session b
with login
C: b SELECT box
S~ b OK *
session main
C: d DELETE box
S: * OK [CLOSED] *
S: d OK *
C: e CHECK
S: e BAD *
session b
C: c NOOP
S: * BYE *
S: c OK *
closed
