# RFC 3501 section 6.3.8: the longest name can be asked for; patterns without end are refused
with ann
with login
C> a CREATE a/
C* 97 bcdefghij/
C> k\r\n
S: a OK *
C> b LIST "" %/
C* 97 bcdefghij/
C> %\r\n
S~ * LIST (\HasNoChildren) "/" a/bcdefghij/*
S: b OK *
C: c LIST "" (INBOX INBOX INBOX)
S= * LIST (\HasNoChildren) "/" INBOX
S: c OK *
C> d LIST "" (
C* 4 %*%*%*%*
C* 2000 *
C>  
C* 2000 *
C>  
C* 2000 *
C>  
C* 2000 *
C> )\r\n
S: d BAD *
C> e LIST "" (a
C* 50  a
C> )\r\n
S: e BAD *
C: f NOOP
S: f OK *
