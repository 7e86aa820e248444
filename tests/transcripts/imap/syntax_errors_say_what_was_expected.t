# BAD names the command and what is missing in it
with ann
with login
with select
S= * 0 EXISTS
S: \* * RECENT
S~ s OK [READ-WRITE] *
C: b FETCH
S= b BAD FETCH: expected a space.
C: c FETCH x FLAGS
S= c BAD FETCH: expected a sequence set such as 1:5,7,9:*.
C: d UID FETCH 1:* (FLAGS NONSENSE)
S: d BAD UID FETCH: expected a FETCH item *
C: e UID NOOP
S: e BAD *
C: f STORE 1 FLAGS (\Recent)
S: f BAD STORE: expected a flag that can be set*
C: g NOOP x
S: g BAD NOOP: expected the end of the command.
C: h NOOP 
S: h OK *
C: i LOGIN a b
S: i BAD You are logged in already.
C: +j NOOP
S: * BAD *
C: k SEARCH SINCE 31-Foo-2026
S: k BAD SEARCH: expected a date *
C: l FETCH 1 FLAGS
S: l BAD FETCH: expected sequence numbers of messages that exist.
