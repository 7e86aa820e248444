"""What an answer means, without what RFCs leave to the server: the numbers of UIDVALIDITY, orders, texts, optional items."""
import email.utils
import re
import time

from wire import expand

# Response codes that a client acts on. The others (RFC 5530) are advice, and servers give different ones.
CODES = {'APPENDUID', 'COPYUID', 'TRYCREATE', 'READ-ONLY', 'READ-WRITE', 'MODIFIED', 'BADCHARSET', 'NOMODSEQ', 'UNKNOWN-CTE'}
FREE_ATTRIBUTES = {'\\haschildren', '\\hasnochildren', '\\marked', '\\unmarked', '\\noinferiors'}
SYSTEM_FLAGS = {'\\answered', '\\flagged', '\\deleted', '\\seen', '\\draft'}


def flags_of(value):
    """Without \\Recent: which session gets it is up to chance (RFC 3501 section 2.3.2; RFC 9051 has no such flag)."""
    return frozenset(str(f).lower() for f in value) - {'\\recent'}


def text_of(value):
    return value.encode('latin-1') if isinstance(value, str) else value


def name_of(value):
    if value is None:
        return b'NIL'
    name = text_of(value)
    return b'INBOX' + name[5:] if name.upper() == b'INBOX' or name.upper().startswith(b'INBOX/') else name


def lower(value):
    return value.lower() if isinstance(value, bytes) else value


def params_of(value):
    if not isinstance(value, list):
        return None
    return tuple(sorted((lower(value[i]), lower(value[i + 1]) if lower(value[i]) in (b'charset', b'format', b'report-type') else value[i + 1])
                        for i in range(0, len(value) - 1, 2)))


def disposition_of(value):
    if not isinstance(value, list):
        return None
    return lower(value[0]), params_of(value[1]) if len(value) > 1 else None


def language_of(value):
    """Tags without case (RFC 3066 section 2.1)."""
    if value is None:
        return None
    return tuple(lower(v) for v in (value if isinstance(value, list) else [value]))


def extension_of(items):
    """Body extension data: servers may leave out what is behind any of it."""
    items = list(items)[:3] + [None] * max(0, 3 - len(items))
    return disposition_of(items[0]), language_of(items[1]), items[2]


def structure_of(s, extended):
    """BODY or BODYSTRUCTURE. Types, encodings and names of parameters have no case (RFC 2045 sections 5.1, 6.1)."""
    if isinstance(s[0], list):
        n = 0
        while n < len(s) and isinstance(s[n], list):
            n += 1
        out = ('multipart', lower(s[n]), tuple(structure_of(p, extended) for p in s[:n]))
        if extended:
            rest = s[n + 1:]
            out += (params_of(rest[0]) if rest else None,) + extension_of(rest[1:])
        return out
    kind, sub = lower(s[0]), lower(s[1])
    out = ('part', kind, sub, params_of(s[2]), s[3], s[4], lower(s[5]), number_of(s[6]))
    at = 7
    if (kind, sub) in ((b'message', b'rfc822'), (b'message', b'global')) and len(s) > 9 and isinstance(s[7], list):
        out += (envelope_of(s[7]), structure_of(s[8], extended), number_of(s[9]))
        at = 10
    elif kind == b'text':
        out += (number_of(s[7]),)
        at = 8
    if extended:
        rest = s[at:]
        out += (rest[0] if rest else None,) + extension_of(rest[1:])
    return out


def number_of(value):
    return int(value) if isinstance(value, str) and value.isdigit() else value


def addresses_of(value):
    if value is None:
        return None
    return tuple(tuple(a) for a in value)


def envelope_of(e):
    return tuple(e[:2]) + tuple(addresses_of(a) for a in e[2:8]) + tuple(e[8:10])


def instant_of(value, started):
    """INTERNALDATE as an instant, whatever the zone; a message of this run has the date "now"."""
    t = email.utils.parsedate_tz(re.sub(r'^ ?(\d+)-(\w+)-', r'\1 \2 ', value.decode()))
    instant = int(email.utils.mktime_tz(t))
    return 'now' if started - 5 <= instant <= time.time() + 5 else instant


def key_of(name):
    """BODY[HEADER.FIELDS (From)] in one spelling."""
    return re.sub(r'["\s]+', lambda m: ' ' if ' ' in m.group(0) else '', name.upper())


def item_of(key, value, started):
    if key == 'FLAGS':
        return flags_of(value)
    if key == 'MODSEQ':
        return 'a number' if isinstance(value, list) and str(value[0]).isdigit() else value
    if key in ('UID', 'RFC822.SIZE') or key.startswith('BINARY.SIZE'):
        return int(value)
    if key == 'INTERNALDATE':
        return instant_of(value, started)
    if key == 'ENVELOPE':
        return envelope_of(value)
    if key in ('BODY', 'BODYSTRUCTURE'):
        return structure_of(value, key == 'BODYSTRUCTURE')
    return text_of(value)


def fetches(answer, started, want=None):
    """{number: {item: value}} of all FETCH responses."""
    out = {}
    for r in answer.untagged:
        if r.kind != 'FETCH':
            continue
        items, at = r.words[0], out.setdefault(r.number, {})
        for i in range(0, len(items) - 1, 2):
            key = key_of(items[i])
            if want is None or key in want:
                at[key] = item_of(key, items[i + 1], started)
    return {n: v for n, v in out.items() if v} if want is not None else out


def attributes_of(words, keeps):
    found = {str(a).lower() for a in words}
    if '\\nonexistent' in found:  # RFC 5258 section 3: it implies \Noselect
        found = (found - {'\\nonexistent'}) | {'\\noselect'}
    return frozenset(found - (FREE_ATTRIBUTES - set(keeps)))


def lists(answer, kind, keeps=()):
    out = []
    for r in answer.untagged:
        if r.kind == kind:
            out.append((name_of(r.words[2]), attributes_of(r.words[0], keeps)))
    return tuple(sorted(out, key=repr))


def statuses(answer, is_exact=False):
    out = []
    for r in answer.untagged:
        if r.kind == 'STATUS':
            items = r.words[1]
            values = {str(items[i]).upper(): items[i + 1] for i in range(0, len(items) - 1, 2)}
            for free in ('UIDVALIDITY', 'HIGHESTMODSEQ', 'RECENT', 'MAILBOXID'):
                if free in values and not is_exact:
                    values[free] = 'a number'
            out.append((name_of(r.words[0]), tuple(sorted(values.items()))))
    return tuple(sorted(out, key=repr))


def searches(answer):
    """Numbers as a set; of ESEARCH its items. The order of SEARCH is free."""
    found, esearch = None, None
    for r in answer.untagged:
        if r.kind == 'SEARCH':
            found = sorted((found or []) + [int(w) for w in r.words if isinstance(w, str) and w.isdigit()])
        if r.kind == 'ESEARCH':
            words = [w for w in r.words if not isinstance(w, list)]
            is_uid = bool(words and words[0] == 'UID')
            words = words[1:] if is_uid else words
            esearch = (is_uid, tuple(sorted((k, tuple(expand(v)) if k == 'ALL' else 'a number' if k == 'MODSEQ' else v)
                                            for k, v in zip(words[::2], words[1::2]))))
    return tuple(found) if found is not None else None, esearch


def resyncs(answer):
    """What QRESYNC told: UIDs that are gone, and UIDs with new flags."""
    gone, changed = set(), {}
    for r in answer.untagged:
        if r.kind == 'VANISHED' and isinstance(r.words[0], list):
            gone |= set(expand(r.words[1]))
        elif r.kind == 'FETCH':
            items = {str(r.words[0][i]): r.words[0][i + 1] for i in range(0, len(r.words[0]) - 1, 2)}
            if 'UID' in items and 'FLAGS' in items:
                changed[int(items['UID'])] = flags_of(items['FLAGS'])
    return {'VANISHED': frozenset(gone), 'CHANGED': changed}


def tree(words):
    """THREAD: the order of siblings at the top is the server's business only where dates are equal; kept as it is."""
    return tuple(tree(w) if isinstance(w, list) else int(w) for w in words)


def selects(answer):
    out = {}
    for r in answer.untagged:
        if r.kind == 'EXISTS':
            out['EXISTS'] = r.number
        elif r.kind == 'FLAGS':
            out['FLAGS'] = flags_of(r.words[0]) & SYSTEM_FLAGS
        elif r.code and r.code[0].upper() in ('UIDNEXT', 'UNSEEN'):
            out[r.code[0].upper()] = int(r.code[1])
        elif r.code and r.code[0].upper() == 'PERMANENTFLAGS':
            have = flags_of(r.code[1])
            out['PERMANENTFLAGS'] = have & SYSTEM_FLAGS, '\\*' in have
        elif r.code and r.code[0].upper() == 'UIDVALIDITY':
            out['UIDVALIDITY'] = 'a number'
    return out


def code_of(answer):
    """Of the tagged response; COPYUID also where MOVE has to send it, untagged (RFC 6851 section 4.3)."""
    for code in answer.codes():
        word = str(code[0]).upper()
        if word not in CODES or (word.startswith('READ-') and answer.status != 'OK'):
            continue
        if word == 'COPYUID':
            return word, tuple(zip(expand(code[2]), expand(code[3])))
        if word == 'APPENDUID':
            return word, tuple(expand(code[2]))
        if word == 'MODIFIED':
            return word, tuple(sorted(expand(code[1])))
        return (word,)
    return None
