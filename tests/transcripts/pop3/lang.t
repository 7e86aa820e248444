# RFC 6856 section 3: LANG lists, chooses, refuses; before and after log-in
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX uidl=x
M: Subject: one
M:
M: first
S: +OK * POP3 ready
C: LANG
S: +OK languages follow
S= en English
S= ja 日本語
S: .
C: LANG MUL
S: -ERR this language is not spoken here
C: LANG ja-JP
S= +OK ja 日本語にしました
C: FROB
S= -ERR 知らないコマンドです
C: LANG de
S= -ERR この言語は使えません
C: LANG
S= +OK 言語は次のとおりです
S~ .
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S= +OK 1 通のメールがあります (23 オクテット)
C: STAT
S= +OK 1 23
C: RETR 1
S= +OK 23 オクテット
S~ .
C: DELE 1
S= +OK 1 番のメールに削除の印を付けました
C: LANG *
S= +OK en English it is
C: RSET
S= +OK maildrop has 1 messages (23 octets)
C: LANG JA
S= +OK ja 日本語にしました
C: QUIT
S= +OK さようなら
closed
