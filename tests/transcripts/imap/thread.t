# RFC 5256 section 3: threads by references and by subject
listener plaintext=yes
account ann@example.org
mail ann@example.org INBOX date=1795402646000
M: Subject: one
M: Message-ID: <1@a>
M:
M: text
mail ann@example.org INBOX date=1795402647000
M: Subject: Re: one
M: Message-ID: <2@a>
M: References: <1@a>
M:
M: text
mail ann@example.org INBOX date=1795402648000
M: Subject: Re: one
M: Message-ID: <3@a>
M: References: <1@a> <2@a>
M:
M: text
mail ann@example.org INBOX date=1795402649000
M: Subject: Re: one
M: Message-ID: <4@a>
M: In-Reply-To: Your message <1@a> of today
M:
M: text
mail ann@example.org INBOX date=1795402650000
M: Subject: lost
M: Message-ID: <5@a>
M: References: <gone@a>
M:
M: text
mail ann@example.org INBOX date=1795402651000
M: Subject: lost and found
M: Message-ID: <6@a>
M: References: <gone@a>
M:
M: text
mail ann@example.org INBOX date=1795402652000
M: Subject: two
M: Message-ID: <7@a>
M:
M: text
mail ann@example.org INBOX date=1795402653000
M: Subject: Re: two
M: Message-ID: <8@a>
M:
M: text
mail ann@example.org INBOX date=1795402654000
M: Subject: two
M: Message-ID: <9@a>
M:
M: text
mail ann@example.org INBOX date=1795402655000
M: Subject: other
M: Message-ID: <1@a>
M: References: <"7"@a>
M:
M: text
mail ann@example.org INBOX date=1795402656000
M: Subject: loop
M: Message-ID: <11@a>
M: References: <12@a>
M:
M: text
mail ann@example.org INBOX date=1795402657000
M: Subject: loops
M: Message-ID: <12@a>
M: References: <11@a>
M:
M: text
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S~ a OK *
C: s SELECT INBOX
S~ s OK [READ-WRITE] *
C: a THREAD REFERENCES UTF-8 ALL
S= * THREAD (1 (2 3)(4))((5)(6))((7 (8)(10))(9))(12 11)
S: a OK *
C: b UID THREAD REFERENCES UTF-8 UID 2:3
S= * THREAD (2 3)
S: b OK *
C: c THREAD ORDEREDSUBJECT UTF-8 1:9
S= * THREAD (1 (2)(3)(4))(5)(6)(7 (8)(9))
S: c OK *
C: d THREAD REFERENCES UTF-8 DELETED
S= * THREAD
S: d OK *
C: e THREAD NONSENSE UTF-8 ALL
S: e BAD * expected REFERENCES or ORDEREDSUBJECT.
C: f THREAD REFERENCES X-NONE ALL
S: f NO [BADCHARSET (*)] *
C: g THREAD REFERENCES ALL
S: g BAD *
C: h THREAD ORDEREDSUBJECT US-ASCII 1:2
S= * THREAD (1 2)
S: h OK *
