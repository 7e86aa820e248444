# RFC 9208: OVERQUOTA, and what GETQUOTA says
listener plaintext=yes
account ann@example.org quota=20480
with login
C: b GETQUOTAROOT inbox
S= * QUOTAROOT INBOX ""
S= * QUOTA "" (STORAGE 0 20 MAILBOX 6 10000)
S: b OK *
C: c APPEND INBOX {30000+}
C* 3000 12345678\r\n
C:
S: c NO [OVERQUOTA] *
C: d APPEND INBOX {2000+}
C* 200 12345678\r\n
C:
S: d OK *
C: e GETQUOTA ""
S= * QUOTA "" (STORAGE 2 20 MAILBOX 6 10000)
S: e OK *
C: f GETQUOTA other
S: f NO [NONEXISTENT] *
