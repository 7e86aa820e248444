# A server that goes down says BYE to those who wait, and between commands
with ann
with login
C: a IDLE
S= + idling
drain
S: * BYE [UNAVAILABLE] *
closed
