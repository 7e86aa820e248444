# RFC 6856: a header in UTF-8 is sent as it is after UTF8, and in ASCII without
listener plaintext=yes
account ann@example.org
mail ann@example.org
M: From: 田中 <tanaka@example.jp>
M: Subject: こんにちは world
M:
M: 本文
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK *
C: RETR 1
S: +OK *
S: From: =?utf-8?B?55Sw5Lit?= <tanaka@example.jp>
S: Subject: =?utf-8?B?44GT44KT44Gr44Gh44Gv?= world
S:
S: 本文
S: .
C: QUIT
S: +OK *
session b
S: +OK *
C: UTF8
S: +OK *
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: +OK *
C: UTF8
S: -ERR already logged in
C: TOP 1 0
S: +OK *
S: From: 田中 <tanaka@example.jp>
S: Subject: こんにちは world
S:
S: .
C: QUIT
S: +OK *
