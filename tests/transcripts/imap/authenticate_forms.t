# RFC 3501 section 6.2.2, RFC 4959: with and without initial response, given up, malformed
with ann
S: * OK *
C: a AUTHENTICATE PLAIN
S> + \r\n
C: AGFubkBleGFtcGxlLm9yZwB3cm9uZw==
S: a NO [AUTHENTICATIONFAILED] *
C: b AUTHENTICATE PLAIN
S> + \r\n
C: *
S: b BAD *
C: c AUTHENTICATE PLAIN !!!
S: c BAD *
C: d AUTHENTICATE NOSUCH
S: d NO [CANNOT] *
C: e AUTHENTICATE LOGIN
S: + *
C: YW5uQGV4YW1wbGUub3Jn
S: + *
C: c2VjcmV0
S: e OK [CAPABILITY *] Logged in.
C: f AUTHENTICATE PLAIN
S: f BAD *
