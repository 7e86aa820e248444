# RFC 5802: known and unknown users get a salt, the same one each time; a wrong proof is a wrong password
listener plaintext=yes
account ann@example.org
S: +OK *
C: AUTH SCRAM-SHA-256
S: + 
C: biwsbj1hbm5AZXhhbXBsZS5vcmcscj1hYmNkZWY=
S: + cj1hYmNkZ*
C: Yz1iaXdzLHI9YWJjZGVmV1JPTkcscD1BQUFB
S: -ERR malformed authentication data
C: AUTH SCRAM-SHA-256 biwsbj1ub2JvZHlAZXhhbXBsZS5vcmcscj1hYmNkZWY=
S: + cj1hYmNkZ*
C: *
S: -ERR authentication cancelled
C: AUTH SCRAM-SHA-256 biwsbj0scj14
S: -ERR malformed authentication data
C: QUIT
S: +OK *
