# Too many connections of one user are refused with LIMIT, and told apart from a wrong password
listener plaintext=yes
config limits { connections_per_user_max = 1 }
account ann@example.org
with login
session b
S: * OK *
C: a LOGIN ann@example.org secret
S: a NO [LIMIT] *
session main
C: b LOGOUT
S: * BYE *
S: b OK *
closed
session b
C: b LOGIN ann@example.org secret
S: b OK *
