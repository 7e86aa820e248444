# Passwords are octets: ampersand, quotes, backslash, spaces, UTF-8
listener plaintext=yes
account ann@example.org password=pa&ss\x20"w\\ord"\x20\xc3\xa9\x20<b>
account bob@example.org password=\xff\xfe\x01
S: +OK *
C: USER ann@example.org
S: +OK *
C> PASS pa&ss "w\\ord" \xc3\xa9 <b>\r\n
S: +OK *
C: QUIT
S: +OK *
session b
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBwYSZzcyAid1xvcmQiIMOpIDxiPg==
S: +OK *
C: QUIT
S: +OK *
session c
S: +OK *
C: AUTH LOGIN
S: + VXNlcm5hbWU6
C: YW5uQGV4YW1wbGUub3Jn
S: + UGFzc3dvcmQ6
C: cGEmc3MgIndcb3JkIiDDqSA8Yj4=
S: +OK *
C: QUIT
S: +OK *
session d
S: +OK *
C: AUTH PLAIN AGJvYkBleGFtcGxlLm9yZwD//gE=
S: +OK *
C: QUIT
S: +OK *
