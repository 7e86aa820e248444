# A peer that speaks nonsense is cut off
listener plaintext=yes
config imap { errors_max = 4 }
account ann@example.org
S: * OK *
C: GET / HTTP/1.1
S= GET BAD There is no such command.
C: Host: x
S: Host: BAD *
C:
S: * BAD *
C: a b c
S: a BAD *
S: * BYE Too many bad commands.
closed
