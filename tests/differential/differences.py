"""Every difference that is no fault of ours, with its reason. docs/rfc/differences.md tells the same in words.

A rule names the peer ("*" is any), says with a function whether a Difference is its, and why ours is right. `is_harmless`: the state
of both servers is still the same afterwards, so the sequence goes on with this peer.
"""


import re


class Rule:
    def __init__(self, name, peer, matches, reason, is_harmless=False):
        self.name, self.peer, self.matches, self.reason = name, peer, matches, reason
        self.harmless = is_harmless

    def is_harmless(self, d):
        return self.harmless(d) if callable(self.harmless) else self.harmless


def is_unchanged_store(d):
    return d.step.kind == 'STORE' and d.facet == 'data' and isinstance(d.theirs, dict) \
        and all(d.ours.get(n) == v for n, v in d.theirs.items())


def only_in(d, key_matches, ours_is, theirs_is):
    """FETCH results that differ in such items only."""
    if d.step.kind != 'FETCH' or d.facet != 'data' or not isinstance(d.theirs, dict) or set(d.ours or ()) != set(d.theirs):
        return False
    for n, items in d.ours.items():
        if set(items) != set(d.theirs[n]):
            return False
        for key, value in items.items():
            if value != d.theirs[n][key] and not (key_matches(key) and ours_is(value) and theirs_is(d.theirs[n][key])):
                return False
    return True


def is_parent(d):
    """Was a name below this one created earlier?"""
    name = re.search(rb'"([^"]*)"', d.text())
    return bool(name) and any(s.kind in ('CREATE', 'RENAME') and name.group(1) + b'/' in b''.join(bytes(p) for p in s.pieces) for s in d.steps[:d.index])


def only_names(d, names):
    ours, theirs = set(d.ours[0]), set(d.theirs[0])
    return d.ours[1] == d.theirs[1] and {n for n, _ in ours ^ theirs} <= names


def has_nested(d):
    return any(b'message/rfc822' in bytes(p) for s in d.steps[:d.index] for p in s.pieces)


def created_with_separator(d):
    name = re.search(rb'"([^"]*)"', d.text())
    return bool(name) and any(s.kind in ('CREATE', 'RENAME') and b''.join(bytes(p) for p in s.pieces).endswith(name.group(1) + b'/"') for s in d.steps[:d.index])


def is_look(d):
    """A command that changes nothing, whatever is made of it."""
    return bool(re.match(rb'(UID )?(FETCH|SEARCH|NOOP|CHECK|CAPABILITY|ENABLE|LIST|STATUS)\b', d.text())) and not re.search(rb'BODY\[|RFC822(?!\.HEADER)', d.text())


RULES = [
    Rule('STORE that changes nothing', '*', is_unchanged_store,
         'RFC 3501 section 6.4.6: the answer has "the new value of the data"; whether messages that had these flags before are listed is '
         'left open. We list all of the set, the others only what changed.', True),
    Rule('STORE in EXAMINE', '*', lambda d: d.step.kind in ('STORE', 'MALFORMED') and d.facet == 'status' and d.ours == 'NO' and b'READ-ONLY' in d.texts[0],
         'RFC 3501 section 6.3.2: no change is permitted in a mailbox that was opened by EXAMINE. Dovecot answers OK and changes nothing; we '
         'say NO [READ-ONLY].', True),
    Rule('EXPUNGE in EXAMINE', 'dovecot', lambda d: d.step.kind in ('EXPUNGE', 'MOVE') and d.facet == 'status' and d.ours == 'NO' and b'READ-ONLY' in d.texts[0],
         'RFC 3501 section 6.3.2, as above: Dovecot says OK; EXPUNGE removes nothing then, but MOVE does move.', lambda d: d.step.kind == 'EXPUNGE'),
    Rule('sessions on a renamed or deleted mailbox', 'dovecot', lambda d: d.facet in ('mailbox', 'status') and not d.texts[1] and any(s.kind in ('RENAME', 'DELETE') for s in d.steps[:d.index]),
         'RFC 2180 section 3.3 (of DELETE), RFC 3501 section 6.3.5: after RENAME INBOX the mailbox INBOX is there and empty, and a session goes on with it; so do sessions on a mailbox '
         'that was renamed. Dovecot ends them.'),
    Rule('numbers beyond the mailbox', '*', lambda d: d.facet == 'status' and d.ours == 'BAD' and b'sequence numbers of messages that exist' in d.texts[0],
         'RFC 9051 section 9 (seq-number): a tagged BAD for a sequence number above the number of messages, "this includes "*" if the selected '
         'mailbox is empty". The others forgive some or all of it.', lambda d: is_look(d) or d.theirs != 'OK'),
    Rule('nothing to copy to nowhere', 'dovecot', lambda d: d.step.kind in ('COPY', 'MOVE') and b'TRYCREATE' in d.texts[0] and b'No messages' in d.texts[1],
         'RFC 3501 section 6.4.7: NO [TRYCREATE] when the destination does not exist. Dovecot looks at the set first, and a UID set that names no message is done.', True),
    Rule('two faults at once', '*', lambda d: d.facet == 'code' and all(re.search(rb' (NO|BAD) ', t or b'') for t in d.texts) and d.theirs == ('TRYCREATE',)
         and re.search(rb'READ-ONLY|sequence numbers of messages that exist', d.texts[0]),
         'RFC 3501 section 7.1.2: the mailbox is read-only or the set is wrong, and the destination does not exist: which fault is told is left open.', True),
    Rule('parents are mailboxes', 'cyrus', lambda d: (d.step.kind == 'CREATE' and d.facet == 'status' and b'already exists' in d.texts[1])
         or (d.step.kind in ('COPY', 'MOVE', 'APPEND', 'SELECT', 'EXAMINE', 'STATUS') and d.ours == 'NO' and d.theirs == 'OK' and is_parent(d)),
         'RFC 3501 section 6.3.3: superior names SHOULD be created. Cyrus makes selectable mailboxes of them, Dovecot and we make \\Noselect levels, '
         'which CREATE turns into mailboxes.'),
    Rule('DELETE with children', 'cyrus', lambda d: d.step.kind == 'DELETE' and d.ours == 'OK' and b'HASCHILDREN' in d.texts[1],
         'RFC 3501 section 6.3.4: a mailbox with inferior names may be deleted; its name stays as \\Noselect. Cyrus refuses.'),
    Rule('SUBSCRIBE of a name without a mailbox', '*', lambda d: d.step.kind == 'SUBSCRIBE' and d.ours == 'OK' and d.theirs == 'NO',
         'RFC 3501 section 6.3.6: "A server MAY validate the mailbox argument". We take every valid name, so that clients can restore subscriptions before mailboxes.'),
    Rule('separator at the end, later', 'dovecot', lambda d: d.step.kind in ('STATUS', 'CREATE') and d.facet == 'status' and created_with_separator(d),
         'RFC 3501 section 6.3.3, see "separator at the end": Dovecot makes a level of the hierarchy and no mailbox of such a name.'),
    Rule('separator at the end', '*', lambda d: d.step.kind in ('CREATE', 'RENAME') and d.facet == 'status' and d.ours == 'OK' and d.text().rstrip().endswith(b'/"'),
         'RFC 3501 section 6.3.3: servers that do not need this declaration MUST ignore it: the mailbox is created without it.'),
    Rule('root of a reference', '*', lambda d: d.step.kind == 'LIST' and d.facet == 'data' and d.text().endswith(b' ""'),
         'RFC 3501 section 6.3.8: for an empty pattern "the value returned as the root MAY be the empty string if the reference is non-rooted". Dovecot '
         'returns the first level, as UTF-8 that IMAP4rev1 does not allow.', True),
    Rule('INBOX and the case of patterns', 'cyrus', lambda d: d.step.kind in ('LIST', 'LSUB') and d.facet == 'data' and only_names(d, {b'INBOX'}),
         'RFC 3501 section 5.1: INBOX has no case, so "%b%" matches it too. Cyrus compares the pattern with "INBOX" in upper case.', True),
    Rule('RENAME below itself', 'cyrus', lambda d: d.step.kind == 'RENAME' and d.ours == 'NO' and re.search(rb'"([^"]*)" "\1/', d.text()),
         'No RFC says what "RENAME a a/b" means; Dovecot and we refuse it, Cyrus makes the mailbox its own parent\'s child.'),
    Rule('BODY and headers inside', 'dovecot', lambda d: d.step.kind == 'SEARCH' and d.facet == 'data' and b'BODY' in d.text() and has_nested(d),
         'RFC 3501 section 6.4.4: BODY looks at the body of the message. The header of a message in it (message/rfc822) is part of that body; Dovecot leaves '
         'it out of BODY, though not of TEXT.', True),
    Rule('part that is not there', '*', lambda d: only_in(d, lambda k: re.match(r'(BODY|BINARY|BINARY\.SIZE)\[\d', k), lambda v: v in (None, 0), lambda v: True),
         'RFC 3501 section 6.4.5: a part that is neither multipart nor a message has only itself below it, and HEADER, HEADER.FIELDS and TEXT refer to parts of '
         'type message/rfc822 only. What FETCH of anything else gives is not said; we give NIL ("no such string"), Dovecot "" or the part above, Cyrus NIL, "" or '
         'the MIME header. That parts which exist are all given is tested by the corpus.', True),
    Rule('malformed', '*', lambda d: d.step.kind == 'MALFORMED' and d.facet == 'status' and d.ours == 'BAD' and d.theirs in ('OK', 'NO'),
         'RFC 3501 section 9 (grammar) and 7.1.3: a command that the grammar does not have gets BAD. The others forgive doubled spaces, arguments too many, empty '
         'lists, the part number 0 or a zero length; some answer NO.', lambda d: is_look(d) or (d.theirs != 'OK' and not d.text().startswith(b'SELECT'))),
    Rule('VANISHED and the star', 'cyrus', lambda d: d.step.kind == 'FETCH' and d.facet == 'data' and b'*' in d.text() and b'VANISHED' in d.text() and isinstance(d.theirs, dict)
         and d.theirs['VANISHED'] < d.ours['VANISHED'] and {**d.ours, 'VANISHED': 0} == {**d.theirs, 'VANISHED': 0},
         'RFC 7162 section 3.2.6: all messages of the set that are gone are told. With "1:*" Cyrus takes "*" for the highest UID that is left and tells nothing beyond it; '
         'a client that asks for everything would never hear of the last messages. Dovecot and we tell them.', True),
    Rule('lowest sorted message', 'cyrus', lambda d: d.step.kind == 'SORT' and d.facet == 'data' and re.search(rb'RETURN \([^)]*(MIN|MAX)', d.text()),
         'RFC 5267 section 3.1: MIN and MAX of SORT are the lowest and the highest sorted message. Cyrus gives the lowest and the highest number.', True),
    Rule('the star is there', 'cyrus', lambda d: d.step.kind in ('SORT', 'SEARCH', 'THREAD') and d.facet == 'data' and b'*' in d.text() and any(s.kind in ('EXPUNGE', 'MOVE') for s in d.steps[:d.index]),
         'RFC 3501 section 9: "*" is the largest UID in use. After the last message was expunged, Cyrus takes the UID that it had, and finds nothing.', True),
    Rule('the peer crashes', 'dovecot', lambda d: not d.texts[1] and d.ours is not None and re.search(rb' BAD .*(sequence numbers of messages that exist|number above zero)', d.texts[0]),
         'RFC 9051 section 9, RFC 3501 section 9: sets such as "*,3,*" beyond the mailbox and a partial FETCH of no octets get BAD. Dovecot 2.3.19 ends in a panic '
         '(view_lookup_uid: assertion failed).'),
    Rule('BINARY of a message', 'dovecot', lambda d: only_in(d, lambda k: k.startswith('BINARY'), lambda v: b'\r\n\r\n' in (v if isinstance(v, bytes) else b'') or isinstance(v, int), lambda v: True)
         and has_nested(d),
         'RFC 3516 section 4.3: BINARY takes off the transfer encoding of the part asked for, which for message/rfc822 and multipart is none. Dovecot also decodes the parts '
         'inside and rewrites their headers.', True),
    Rule('unknown charset', 'cyrus', lambda d: d.step.kind == 'MALFORMED' and b'CHARSET x-unknown' in d.text(),
         'RFC 3501 section 6.4.4: NO [BADCHARSET]; Cyrus takes every name.', True),
]


def explain(d):
    for rule in RULES:
        if rule.peer in ('*', d.peer) and rule.matches(d):
            return rule
    return None


class CorpusRule:
    """A difference in what is said about one message. All three are regular expressions."""

    def __init__(self, peer, message, what, reason):
        self.peer, self.message, self.what, self.reason = re.compile(peer), re.compile(message), re.compile(what), reason


CORPUS_RULES = [
    CorpusRule('.*', '^(inner end at once|prefix boundary|deep)$', r'^BODY',
               'RFC 2046 section 5.1.1: the CRLF before a delimiter belongs to it. When an inner multipart ends on the line before the outer delimiter, Dovecot and Cyrus give '
               'that CRLF to the inner one as well.'),
    CorpusRule('.*', '^(no boundary parameter|no parts|only end)$', r'^BODY',
               'RFC 2046 section 5.1 wants a boundary and at least one part; what a multipart without them is, no RFC says. We show its text as its only part, so that a '
               'reader sees it; Dovecot shows an empty part, Cyrus an empty text.'),
    CorpusRule('cyrus', '^(outer ends inside|same boundary twice)$', r'^BODY',
               'RFC 2046 section 5.1.2: the boundary of the outer multipart must be recognised at every level. Cyrus looks for the innermost only.'),
    CorpusRule('cyrus', '^(no end|digest|delivery status|encoding unknown)$', r'^BODY(STRUCTURE)?$',
               'RFC 2045 section 5.2, RFC 2046 section 4.1.2: text without a charset parameter is us-ascii. Cyrus says so for text/plain alone, and not when the encoding is unknown.'),
    CorpusRule('dovecot', '^(empty part|headers only|no header looks like body)$', r'^BODY',
               'RFC 5322 section 2.1: where a header ends. A line that is no field ends it for us and its text stays visible; Dovecot counts it as header. For a header without '
               'the empty line behind it RFC 3501 section 6.4.5 (HEADER.FIELDS) includes "the delimiting blank line", which Dovecot leaves out, and Dovecot gives no MIME '
               'header where there is only that blank line.'),
    CorpusRule('.*', '^rfc822 base64$', r'^BODY', 'RFC 2046 section 5.2.1 forbids base64 here, and what then is the header of the message inside is not said.'),
    CorpusRule('dovecot', '^type (broken|empty|semicolons)$', r'^BODY',
               'RFC 2045 section 5.2: a Content-Type that cannot be read counts as text/plain; charset=us-ascii. Dovecot shows empty types. Behind a doubled semicolon we still read the charset.'),
    CorpusRule('cyrus', '^(no domain|route)$', r'^ENVELOPE$',
               'RFC 3501 section 7.4.2 wants strings for mailbox and host of an address that has none; it does not say which. We write what Dovecot writes, Cyrus "unspecified-domain".'),
    CorpusRule('.*', '^(missing comma|unclosed angle)$', r'^(ENVELOPE|SEARCH .*)$',
               'RFC 5322 section 3.4: no valid addresses; how they are repaired is not said. Dovecot searches in repaired addresses, we in the field as it was written.'),
    CorpusRule('.*', '^(folded|tabs|message-id spaces|long subject)$', r'^ENVELOPE$',
               'RFC 5322 section 2.2.3: unfolding takes away CRLF and nothing else. Dovecot makes one space of tabs and runs of spaces, and both keep spaces at the end of a field, which '
               'mean nothing.'),
    CorpusRule('.*', '^double fields$', r'^(ENVELOPE|SEARCH SENTON .*)$',
               'RFC 5322 section 3.6 allows these fields once. ENVELOPE takes the first of each with us, the last with Dovecot and Cyrus; SEARCH looks at all.'),
    CorpusRule('dovecot', '^(rfc822 in rfc822|generated.*)$', r'^SEARCH BODY', 'RFC 3501 section 6.4.4: see the rule "BODY and headers inside".'),
    CorpusRule('cyrus', '^generated', r'^SEARCH BODY two$', 'RFC 3501 section 6.4.4 (BODY) does not say whether MIME headers of parts belong to what a reader sees as the body; '
               'Cyrus searches them (Content-Description here), Dovecot and we do not.'),
    CorpusRule('cyrus', '^(iso-2022-jp|shift_jis|euc-jp)$', r'^SEARCH (BODY|TEXT) ', 'RFC 3501 section 6.4.4: strings are compared as decoded text. Debian\'s Cyrus does not read these charsets in bodies.'),
    CorpusRule('.*', '^raw utf-8$', r'^(BODY|ENVELOPE|RFC822.SIZE|SEARCH TO )',
               'RFC 6855 section 7: to a client that has not enabled UTF8=ACCEPT a header in UTF-8 is shown in encoded words, sizes fitting. The others send raw octets, which RFC 3501 does '
               'not allow in ENVELOPE. Cyrus does not find UTF-8 in addresses (RFC 6532).'),
    CorpusRule('cyrus', '.*', r'^SEARCH HEADER \w+ ""$', 'RFC 3501 section 6.4.4: an empty string matches every message that has the field; Cyrus wants its field to have something readable in it.'),
]
# Messages that a peer does not take.
REFUSED = {('cyrus', 'no header looks like body'), ('cyrus', 'space before colon')}


def explain_corpus(peer, message, what):
    for rule in CORPUS_RULES:
        if rule.peer.match(peer) and rule.message.match(message) and rule.what.match(what):
            return rule
    return None
