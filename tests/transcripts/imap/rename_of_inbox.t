# RFC 3501 section 6.3.5: INBOX gives its messages away and stays
with ann
mail ann@example.org INBOX subject=one
M: hello
with login
C: b RENAME INBOX old
S: b OK *
C: c STATUS old (MESSAGES)
S= * STATUS old (MESSAGES 1)
S: c OK *
C: d STATUS INBOX (MESSAGES)
S= * STATUS INBOX (MESSAGES 0)
S: d OK *
