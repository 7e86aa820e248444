# RFC 2971, RFC 2342
with ann
S: * OK *
C: a ID NIL
S: * ID ("name" "Tayori"*)
S: a OK *
C: b ID ("name" "x" "version" NIL)
S: * ID (*)
S: b OK *
C: c ID ("name")
S: c BAD *
C: d ID ()
S: * ID (*)
S: d OK *
C: e LOGIN ann@example.org secret
S: e OK *
C: f NAMESPACE
S= * NAMESPACE (("" "/")) NIL NIL
S: f OK *
