# RFC 8474 section 5.2: answers and copies belong to one conversation; a message of its own has its own
with ann
mail ann@example.org INBOX
M: Subject: one
M: Message-ID: <one@example.net>
M:
mail ann@example.org INBOX
M: Subject: Re: one
M: Message-ID: <two@example.net>
M: In-Reply-To: <one@example.net>
M:
mail ann@example.org INBOX
M: Subject: Re: one
M: Message-ID: <three@example.net>
M: References: <zero@example.net> <nothing@example.net>
M:  <two@example.net>
M:
mail ann@example.org INBOX
M: Subject: something else
M: Message-ID: <other@example.net>
M: References: <unknown@example.net>
M:
mail ann@example.org INBOX
M: Subject: one, again
M: Message-ID: <one@example.net>
M:
mail ann@example.org INBOX
M: Subject: no id
M:
with login
C: b SELECT INBOX
S~ b OK *
C: c FETCH 1:6 (EMAILID THREADID)
S: * 1 FETCH (EMAILID (M*08) THREADID (T*08))
S: * 2 FETCH (EMAILID (M*09) THREADID (T*08))
S: * 3 FETCH (EMAILID (M*10) THREADID (T*08))
S: * 4 FETCH (EMAILID (M*11) THREADID (T*11))
S: * 5 FETCH (EMAILID (M*12) THREADID (T*08))
S: * 6 FETCH (EMAILID (M*13) THREADID (T*13))
S: c OK *
C: d COPY 2 Trash
S: d OK *
C: e SELECT Trash
S~ e OK *
C: f FETCH 1 (EMAILID THREADID)
S: * 1 FETCH (EMAILID (M*09) THREADID (T*08))
S: f OK *
