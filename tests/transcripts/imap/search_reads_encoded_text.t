# Headers and bodies are compared decoded: encoded-words, base64, quoted-printable, ISO-2022-JP in either place
with ann
mail ann@example.org INBOX
M: From: =?ISO-2022-JP?B?GyRCO0NFRBsoQg==?= <yamada@example.jp>
M: Subject: =?UTF-8?B?5Lya6K2w44Gu44GK55+l44KJ44Gb?=
M: Content-Type: text/plain; charset=iso-2022-jp
M:
M> \x1b$B2q5D$N$*CN$i$;\x1b(B\r\n
mail ann@example.org INBOX
M: Subject: =?iso-8859-1?q?Caf=E9?=
M: MIME-Version: 1.0
M: Content-Type: multipart/alternative; boundary=x
M:
M: --x
M: Content-Type: text/plain; charset=utf-8
M: Content-Transfer-Encoding: base64
M:
M: 5Lya6K2w44Gu44GK55+l44KJ44Gb
M: --x
M: Content-Type: text/plain; charset=iso-8859-1
M: Content-Transfer-Encoding: quoted-printable
M:
M: na=EFve
M: --x
M: Content-Type: application/octet-stream
M:
M: secretword
M: --x--
with login
with select
S= * 2 EXISTS
S: \* * RECENT
S= * OK [UNSEEN 1] First unseen.
S~ s OK [READ-WRITE] *
C: a SEARCH CHARSET UTF-8 SUBJECT {6+}
C> \xe4\xbc\x9a\xe8\xad\xb0\r\n
S= * SEARCH 1
S: a OK *
C: b SEARCH CHARSET ISO-2022-JP BODY {10+}
C> \x1b$B2q5D\x1b(B\r\n
S= * SEARCH 1 2
S: b OK *
C: c SEARCH CHARSET ISO-8859-1 OR SUBJECT {4+}
C> CAF\xc9 BODY {5+}\r\nNA\xcfVE\r\n
S= * SEARCH 2
S: c OK *
C: d SEARCH BODY secretword
S= * SEARCH
S: d OK *
C: e SEARCH CHARSET UTF-8 FROM {3+}
C> \xe6\x9a\xab\r\n
S= * SEARCH 1
S: e OK *
