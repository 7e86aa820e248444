# RFC 5182: "$" is the last result that was saved, in any command that takes a set
with six
S: * OK [CAPABILITY IMAP4rev1 *] * ready.
C: a LOGIN ann@example.org secret
S~ a OK *
C: s SELECT INBOX
S~ s OK [READ-WRITE] *
C: a FETCH $ UID
S: a OK *
C: b SEARCH RETURN (SAVE) SEEN
S: b OK *
C: c FETCH $ UID
S= * 2 FETCH (UID 2)
S= * 3 FETCH (UID 3)
S= * 5 FETCH (UID 5)
S: c OK *
C: d UID SEARCH RETURN (COUNT) UID $ SUBJECT 3
S= * ESEARCH (TAG "d") UID COUNT 1
S: d OK *
C: e SEARCH NOT $
S= * SEARCH 1 4 6
S: e OK *
C: f SEARCH (OR $ 6) NOT 2
S= * SEARCH 3 5 6
S: f OK *
C: g SEARCH RETURN (SAVE MIN) SEEN
S= * ESEARCH (TAG "g") MIN 2
S: g OK *
C: h SEARCH $
S= * SEARCH 2
S: h OK *
C: i SEARCH RETURN (SAVE MAX MIN) SEEN
S= * ESEARCH (TAG "i") MIN 2 MAX 5
S: i OK *
C: j UID SEARCH $
S= * SEARCH 2 5
S: j OK *
C: k SEARCH RETURN (SAVE MIN COUNT) SEEN
S= * ESEARCH (TAG "k") MIN 2 COUNT 3
S: k OK *
C: l SEARCH $
S= * SEARCH 2 3 5
S: l OK *
C: m SEARCH RETURN (SAVE PARTIAL 2:3 MIN) ALL
S= * ESEARCH (TAG "m") MIN 1 PARTIAL (2:3 2:3)
S: m OK *
C: n SEARCH $
S= * SEARCH 1 2 3
S: n OK *
C: o SEARCH RETURN (SAVE) NONSENSE
S: o BAD *
C: p SEARCH $
S= * SEARCH 1 2 3
S: p OK *
C: q SEARCH RETURN (SAVE) CHARSET X-NONE SUBJECT x
S: q NO [BADCHARSET (*)] *
C: r SEARCH $
S= * SEARCH
S: r OK *
C: s SEARCH RETURN (SAVE) SEEN
S: s OK *
C: t STORE $ +FLAGS.SILENT (\Deleted)
S: t OK *
C: u STORE 2 +FLAGS.SILENT (work)
S~ u OK *
C: v STORE $ (UNCHANGEDSINCE 1) +FLAGS.SILENT (other)
S~ v OK [MODIFIED 2:3,5] *
C: w UID EXPUNGE $
S= * 5 EXPUNGE
S= * 3 EXPUNGE
S= * 2 EXPUNGE
S: w OK *
C: x FETCH $ UID
S: x OK *
C: y SEARCH RETURN (SAVE) UID 4
S: y OK *
C: z MOVE $ Trash
S: \* OK [COPYUID * 4 1] *
S= * 2 EXPUNGE
S: z OK *
C: aa COPY $ Trash
S: aa OK *
C: ab SEARCH RETURN (SAVE) ALL
S: ab OK *
C: ac SELECT INBOX
S~ ac OK *
C: ad FETCH $ UID
S: ad OK *
C: ae FETCH $,1 UID
S: ae BAD *
