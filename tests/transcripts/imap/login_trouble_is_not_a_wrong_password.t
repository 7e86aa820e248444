# Our own trouble is NO [UNAVAILABLE], never a wrong password (RFC 5530)
with ann
S: * OK *
store down
C: a LOGIN ann@example.org secret
S: a NO [UNAVAILABLE] *
C: b AUTHENTICATE PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: b NO [UNAVAILABLE] *
store up
C: c LOGIN ann@example.org secret
S: c OK *
store down
C: d SELECT INBOX
S: d NO [UNAVAILABLE] *
C: e LIST "" *
S: e NO [UNAVAILABLE] *
store up
with select
S= * 0 EXISTS
S: \* * RECENT
S~ s OK [READ-WRITE] *
store down
C: f NOOP
S: f OK *
C: g FETCH 1 FLAGS
S: g BAD *
C: h UID FETCH 1:* FLAGS
S: h NO [UNAVAILABLE] *
C: i EXPUNGE
S: i NO [UNAVAILABLE] *
