# A message beyond the limit is refused before it is sent, or thrown away when it comes unasked
listener plaintext=yes
config limits { message_max = 100000 }
account ann@example.org
with login
C: b APPEND INBOX {100001}
S: b NO [TOOBIG] *
C: c APPEND INBOX {100010+}
C* 10001 c LOGOUT\r\n
C:
S: c NO [TOOBIG] *
C: d APPEND INBOX {99999999999+}
S: * BYE [TOOBIG] *
closed
exists ann@example.org INBOX 0
