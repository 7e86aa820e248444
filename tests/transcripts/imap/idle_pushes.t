# RFC 2177: news come while the client waits; a sign of life now and then; DONE ends it
with ann
with login
with select
S= * 0 EXISTS
S: \* * RECENT
S~ s OK [READ-WRITE] *
C: a IDLE
S= + idling
none
mail ann@example.org INBOX subject=one
M: hello
event
S= * 1 EXISTS
S= * 1 RECENT
clock +130s
S: * OK Still here.
C: DONE
S: a OK IDLE done.
C: b IDLE
S= + idling
C: NOOP
S: b BAD IDLE: expected DONE.
C: c IDLE
S= + idling
clock +1750s
S~ * OK Still here.
open
clock +200s
S~ * BYE *
closed
