# RFC 3501 section 3: commands belong to states
with ann
S: * OK *
C: a LIST "" *
S: a BAD Please log in first.
C: b LOGIN ann@example.org secret
S: b OK *
C: c FETCH 1 FLAGS
S: c BAD Please select a mailbox first.
C: d SELECT nowhere
S: d NO [NONEXISTENT] *
C: e EXAMINE inbox
S~ e OK [READ-ONLY] *
C: f SELECT nowhere
S: * OK [CLOSED] *
S: f NO [NONEXISTENT] *
C: g CHECK
S: g BAD Please select a mailbox first.
