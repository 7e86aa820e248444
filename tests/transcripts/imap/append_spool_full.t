# No room for the message now: a passing refusal, nothing is lost
with ann
spool 10
with login
C: b APPEND INBOX {15}
S: b NO [UNAVAILABLE] *
C: c APPEND INBOX {15+}
C> Subject: c\r\n\r\nd\r\n
S: c NO [UNAVAILABLE] *
spool 100000
C: d APPEND INBOX {15+}
C> Subject: c\r\n\r\nd\r\n
S: d OK *
