"""Sequences of commands from a seed. A sequence is a list of steps that can be played on any server, and shortened at will."""
import random

from corpus import CLEAN
from wire import Literal, quote

NAMES = ('INBOX', 'a', 'a/b', 'a/b/c', 'b', 'x y', '&ZeVnLIqe-', '&ZeVnLIqe-/a', 'A&-B', 'other')
PATTERNS = ('*', '%', '%/%', 'a*', 'a/%', '*b', 'a/*', '%/b', 'INBOX', 'inbox', 'INB*', 'x y', '&ZeVnLIqe-%', 'A&-B', '', 'nothing', '*/*', '%b%', 'a/b/', 'a%c', 'a*c')
# Cyrus 3.6.1 never answers an empty pattern with STATUS.
FULL_PATTERNS = tuple(p for p in PATTERNS if p)
FLAGS = ('\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft', 'work', '$Forwarded', 'other-word')
SECTIONS = ('', 'HEADER', 'TEXT', '1', '1.MIME', '2', '2.MIME', '2.HEADER', '2.TEXT', '2.1', '2.2', '2.1.MIME', '2.2.MIME', '1.1', '3', '2.2.1', '1.TEXT', '1.HEADER',
            'HEADER.FIELDS (From Subject)', 'HEADER.FIELDS (x-priority)', 'HEADER.FIELDS.NOT (Date Subject Message-ID)', 'HEADER.FIELDS (Nothing)',
            '2.HEADER.FIELDS (Subject)', '2.HEADER.FIELDS.NOT (Subject)', '1.HEADER.FIELDS (Subject)')
PARTIALS = ('', '', '', '<0.10>', '<5.7>', '<0.100000>', '<100000.5>', '<20.1>')
STATUS_ITEMS = ('MESSAGES', 'UIDNEXT', 'UNSEEN', 'UIDVALIDITY', 'RECENT')
MALFORMED = (
    b'FETCH', b'FETCH 1', b'FETCH 1 (', b'FETCH 1 ()', b'FETCH 0 FLAGS', b'FETCH 1:0 FLAGS', b'FETCH a FLAGS', b'FETCH 1, FLAGS', b'FETCH 1 NONSENSE',
    b'FETCH 1 (FLAGS', b'FETCH 1 BODY[', b'FETCH 1 BODY[0]', b'FETCH 1 BODY[1.]', b'FETCH 1 BODY[HEADER.FIELDS]', b'FETCH 1 BODY[HEADER.FIELDS ()]',
    b'FETCH 1 BODY[]<0>', b'FETCH 1 BODY[]<0.0>', b'FETCH 1 BODY[MIME]', b'FETCH 1 FLAGS)', b'FETCH  1 FLAGS', b'STORE', b'STORE 1', b'STORE 1 FLAGS',
    b'STORE 1 FLAGS (', b'STORE 1 FLAGS (\\Seen', b'STORE 1 +FLAGS', b'STORE 1 FLAGS (\\*)', b'STORE 1 FLAGS (\\Recent)', b'STORE 1 FLAGS (\\Nothing)',
    b'STORE 1 FLAG (\\Seen)', b'STORE 0 FLAGS (\\Seen)', b'STORE 1 FLAGS (a]b)', b'STORE 1 FLAGS ("a")', b'SEARCH', b'SEARCH ()', b'SEARCH NONSENSE',
    b'SEARCH FROM', b'SEARCH OR ALL', b'SEARCH NOT', b'SEARCH BEFORE yesterday', b'SEARCH BEFORE 32-Jan-2026', b'SEARCH LARGER -1', b'SEARCH LARGER x', b'SEARCH (ALL',
    b'SEARCH UID', b'SEARCH KEYWORD', b'SEARCH KEYWORD (', b'SEARCH 0', b'SEARCH CHARSET', b'SEARCH CHARSET x-unknown ALL', b'SEARCH CHARSET UTF-8', b'COPY', b'COPY 1', b'COPY a b',
    b'COPY 1 "a', b'MOVE', b'MOVE 1', b'EXPUNGE 1', b'UID', b'UID EXPUNGE', b'UID NOOP', b'UID SELECT a', b'UID EXPUNGE a', b'SELECT', b'SELECT "', b'SELECT a b', b'SELECT a (',
    b'EXAMINE', b'CREATE', b'CREATE ""', b'CREATE "a', b'DELETE', b'RENAME', b'RENAME a', b'LIST', b'LIST ""', b'LIST "" (', b'LSUB', b'LSUB ""', b'STATUS', b'STATUS INBOX',
    b'STATUS INBOX ()', b'STATUS INBOX (NONSENSE)', b'STATUS INBOX MESSAGES', b'STATUS INBOX (MESSAGES', b'APPEND', b'APPEND INBOX', b'APPEND INBOX (\\Seen)', b'APPEND INBOX "text"',
    b'NOOP x', b'CHECK x', b'CAPABILITY x', b'NONSENSE', b'LOGIN a b', b'STARTTLS', b'AUTHENTICATE PLAIN', b'SUBSCRIBE', b'UNSUBSCRIBE', b'ENABLE', b'ENABLE NONSENSE',
    b'FETCH 99 FLAGS', b'STORE 99 FLAGS (\\Seen)', b'COPY 99 INBOX', b'SEARCH 99', b'UID FETCH 99 FLAGS', b'UID STORE 99 FLAGS (\\Seen)', b'UID COPY 99 INBOX', b'UID SEARCH UID 99',
    b'FETCH 4294967295 FLAGS', b'FETCH 4294967296 FLAGS', b'UID FETCH 99:* FLAGS', b'FETCH *:99 FLAGS', b'UID FETCH 1:4294967295 UID')


class Step:
    """One command of one session. `kind` is its name, `want` the FETCH items, LIST attributes or the like that count."""

    def __init__(self, session, kind, *pieces, want=None, needs=None):
        self.session, self.kind, self.pieces, self.want, self.needs = session, kind, pieces, want, needs

    def __str__(self):
        text = b''.join(b'{%d}%s' % (len(p), p[:40]) if isinstance(p, Literal) else p for p in self.pieces)
        return '%s: %s' % ('ABCDEF'[self.session], text.decode('latin-1')[:300])


class Generator:
    def __init__(self, seed, length=30, sessions=3, profile=None, extensions=frozenset()):
        self.rng, self.steps, self.extensions = random.Random(seed), [], extensions
        self.n_sessions, self.selected = sessions, {}
        self.profile = profile or self.rng.choice(sorted(PROFILES))
        self.length = length

    def add(self, session, kind, *pieces, **more):
        self.steps.append(Step(session, kind, *pieces, **more))

    def make(self):
        r = self.rng
        if self.profile in ('condstore', 'qresync'):
            # Dovecot counts from here on only.
            self.add(0, 'ENABLE', b'ENABLE CONDSTORE')
        if self.profile == 'qresync' and 'QRESYNC' in self.extensions:
            for i in range(self.n_sessions):
                self.add(i, 'ENABLE', b'ENABLE QRESYNC', needs='QRESYNC')
        for i in range(r.randint(2, 7)):
            self.append(0, 'INBOX')
        for name in r.sample(NAMES[1:], r.randint(0, 3)):
            self.parents(0, name)
            self.add(0, 'CREATE', b'CREATE ', quote(name))
        for s in range(self.n_sessions):
            self.select(s, 'INBOX')
        choices, weights = zip(*PROFILES[self.profile].items())
        while len(self.steps) < self.length:
            getattr(self, r.choices(choices, weights)[0])(r.randrange(self.n_sessions))
        return self.steps

    # ---- arguments

    def set(self, high=8):
        r, parts = self.rng, []
        for _ in range(r.choice((1, 1, 1, 2, 3))):
            a, b = r.randint(1, high), r.randint(1, high)
            parts.append(r.choice(('%d' % a, '%d:%d' % (a, b), '%d:*' % a, '*', '1:*', '%d' % a)))
        return ','.join(parts).encode()

    def seq(self):
        """Numbers that are most likely there."""
        return self.set(3) if self.rng.random() < 0.7 else self.rng.choice((b'1:*', b'*', b'1'))

    def name(self):
        return self.rng.choice(NAMES)

    def flag_list(self, least=0):
        r = self.rng
        return ' '.join(r.sample(FLAGS, r.randint(least, 3))).encode()

    def parents(self, s, name):
        """Mostly made before: what a name without its parents means, servers see differently."""
        while '/' in name and self.rng.random() < 0.9:
            name = name.rpartition('/')[0]
            self.add(s, 'CREATE', b'CREATE ', quote(name), b'')

    # ---- commands

    def append(self, s, name=None):
        r = self.rng
        name = name or (self.name() if r.random() < 0.5 else 'INBOX')
        flags = b' (%s)' % self.flag_list() if r.random() < 0.6 else b''
        date = b''
        # SORT by ARRIVAL is compared: within one second of arriving, Tayori still knows an order.
        if r.random() < 0.5 or self.profile == 'search':
            date = b' "%2d-%s-20%02d %02d:30:00 %s"' % (r.randint(1, 28), r.choice((b'Jan', b'Jul', b'Oct')), r.randint(20, 25), r.randint(0, 23),
                                                      r.choice((b'+0000', b'+0900', b'-0800')))
        self.add(s, 'APPEND', b'APPEND ', quote(name), flags + date + b' ', Literal(r.choice(CLEAN)))

    def select(self, s, name=None):
        r = self.rng
        name = name or (self.name() if r.random() < 0.5 else 'INBOX')
        verb = b'EXAMINE' if r.random() < 0.15 else b'SELECT'
        self.add(s, verb.decode(), verb + b' ', quote(name), b'')

    def close(self, s):
        verb = self.rng.choice((b'CLOSE', b'UNSELECT'))
        self.add(s, verb.decode(), verb)
        self.select(s)

    def noop(self, s):
        self.add(s, 'NOOP', self.rng.choice((b'NOOP', b'CHECK')))

    def idle(self, s):
        self.add(s, 'IDLE', b'IDLE')

    def uid(self, verb):
        """A command by numbers or by UIDs, with a set for it."""
        if self.rng.random() < 0.5:
            return b'UID ' + verb + b' ' + self.set(12)
        return verb + b' ' + self.seq()

    def store(self, s):
        r = self.rng
        sign, silent = r.choice((b'', b'+', b'-', b'+', b'-')), r.random() < 0.3
        flags = self.flag_list(1) if r.random() < 0.9 else b''
        if r.random() < 0.8 or not flags:
            flags = b'(%s)' % flags
        self.add(s, 'STORE', self.uid(b'STORE') + b' ' + sign + b'FLAGS' + (b'.SILENT' if silent else b'') + b' ' + flags,
                 want=None if silent else {'FLAGS'})

    def delete_some(self, s):
        self.add(s, 'STORE', self.uid(b'STORE') + b' +FLAGS.SILENT (\\Deleted)')

    def expunge(self, s):
        if self.rng.random() < 0.5:
            self.delete_some(s)
        self.add(s, 'EXPUNGE', b'EXPUNGE' if self.rng.random() < 0.6 else b'UID EXPUNGE ' + self.set(12))

    def copy(self, s):
        self.add(s, 'COPY', self.uid(b'COPY') + b' ', quote(self.name()), b'')

    def move(self, s):
        self.add(s, 'MOVE', self.uid(b'MOVE') + b' ', quote(self.name()), b'')

    def fetch(self, s):
        r, items, want = self.rng, [], set()
        for _ in range(r.randint(1, 4)):
            kind = r.random()
            if kind < 0.5:
                item = r.choice(('FLAGS', 'UID', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY', 'BODYSTRUCTURE'))
                key = item
            elif kind < 0.55:
                item = key = r.choice(('RFC822.HEADER', 'RFC822', 'RFC822.TEXT'))
            else:
                section, partial = r.choice(SECTIONS), r.choice(PARTIALS)
                item = r.choice(('BODY.PEEK', 'BODY.PEEK', 'BODY')) + '[%s]%s' % (section, partial)
                key = 'BODY[%s]%s' % (section, partial.split('.')[0] + '>' if partial else '')
            items.append(item)
            want.add(key.upper())
        text = self.uid(b'FETCH')
        if text.startswith(b'UID'):
            want.add('UID')
        if r.random() < 0.1:
            macro = r.choice(('ALL', 'FAST', 'FULL'))
            want = {'FLAGS', 'INTERNALDATE', 'RFC822.SIZE'} | ({'UID'} & want)
            want |= {'ENVELOPE'} if macro != 'FAST' else set()
            want |= {'BODY'} if macro == 'FULL' else set()
            self.add(s, 'FETCH', text + b' ' + macro.encode(), want=want)
            return
        self.add(s, 'FETCH', text + b' (' + ' '.join(items).encode() + b')', want=want)

    def search_key(self, depth=0):
        r = self.rng
        roll = r.random()
        if depth < 3 and roll < 0.12:
            return b'NOT ' + self.search_key(depth + 1)
        if depth < 3 and roll < 0.24:
            return b'OR ' + self.search_key(depth + 1) + b' ' + self.search_key(depth + 1)
        if depth < 3 and roll < 0.32:
            return b'(' + b' '.join(self.search_key(depth + 1) for _ in range(r.randint(1, 3))) + b')'
        word = r.choice((b'alpha', b'ALPHA', b'"delta epsilon"', b'zeta', b'"Re:"', b'line', b'example.test', b'ann', b'Smith', b'inside', b'deep', b'nothing', b'"two parts"'))
        day = b'%d-%s-%d' % (r.randint(1, 28), r.choice((b'Jan', b'Jul', b'Oct')), r.choice((2020, 2023, 2025, 2026)))
        sent = b'%d-Oct-2026' % r.randint(4, 11)
        return r.choice((
            b'ALL', b'ANSWERED', b'DELETED', b'DRAFT', b'FLAGGED', b'SEEN', b'UNANSWERED', b'UNDELETED', b'UNDRAFT', b'UNFLAGGED', b'UNSEEN', b'KEYWORD work', b'UNKEYWORD work',
            b'KEYWORD $Forwarded', b'BCC ' + word, b'CC ' + word, b'FROM ' + word, b'TO ' + word, b'SUBJECT ' + word, b'TEXT ' + word, b'BODY ' + word, b'HEADER Message-ID ' + word,
            b'HEADER X-Priority ""', b'HEADER X-Priority 1', b'HEADER References m1', b'BEFORE ' + day, b'ON ' + day, b'SINCE ' + day, b'SENTBEFORE ' + sent, b'SENTON ' + sent,
            b'SENTSINCE ' + sent, b'LARGER %d' % r.choice((100, 400, 2000)), b'SMALLER %d' % r.choice((100, 400, 2000)), b'UID ' + self.set(12), self.seq(), b'SUBJECT ""', b'TEXT ""')
                        + ((b'OLDER 86400', b'YOUNGER 86400', b'OLDER 100000000') if 'WITHIN' in self.extensions and depth == 0 else ()))

    def search(self, s):
        r, pieces = self.rng, []
        verb = b'UID SEARCH ' if r.random() < 0.4 else b'SEARCH '
        needs = None
        if 'ESEARCH' in self.extensions and r.random() < 0.3:
            needs, wanted = 'ESEARCH', r.sample((b'MIN', b'MAX', b'ALL', b'COUNT'), r.randint(0, 4))
            if 'SEARCHRES' in self.extensions and r.random() < 0.4:
                needs, wanted = 'SEARCHRES', wanted + [b'SAVE']
            verb += b'RETURN (%s) ' % b' '.join(wanted)
        if r.random() < 0.15:
            text = r.choice(('会議', '本文', 'ALPHA', '日本語'))
            pieces = [verb + b'CHARSET UTF-8 ' + r.choice((b'SUBJECT ', b'BODY ', b'TEXT ')), Literal(text.encode()), b'']
        else:
            pieces = [verb + b' '.join(self.search_key() for _ in range(r.randint(1, 3)))]
        self.add(s, 'SEARCH', *pieces, needs=needs)
        if needs == 'SEARCHRES':
            self.add(s, 'FETCH', b'FETCH $ (FLAGS UID)', want={'FLAGS', 'UID'}, needs='SEARCHRES')

    def sort(self, s):
        if 'SORT' not in self.extensions:
            return self.search(s)
        r = self.rng
        keys = [(b'REVERSE ' if r.random() < 0.3 else b'') + k for k in r.sample((b'ARRIVAL', b'CC', b'DATE', b'FROM', b'SIZE', b'SUBJECT', b'TO'), r.randint(1, 3))]
        if 'ESORT' in self.extensions and r.random() < 0.2:
            back = b'RETURN (%s) ' % b' '.join(r.sample((b'MIN', b'MAX', b'ALL', b'COUNT'), r.randint(1, 3)))
            self.add(s, 'SORT', b'SORT ' + back + b'(' + b' '.join(keys) + b') UTF-8 ' + self.search_key(2), needs='ESORT')
            return
        self.add(s, 'SORT', (b'UID SORT (' if r.random() < 0.3 else b'SORT (') + b' '.join(keys) + b') UTF-8 ' + self.search_key(2), needs='SORT')

    def thread(self, s):
        kind = self.rng.choice(('REFERENCES', 'ORDEREDSUBJECT'))
        if 'THREAD=' + kind not in self.extensions:
            return self.search(s)
        self.add(s, 'THREAD', b'%sTHREAD %s UTF-8 ' % (self.rng.choice((b'', b'UID ')), kind.encode()) + self.search_key(2), needs='THREAD=' + kind)

    def binary(self, s):
        if 'BINARY' not in self.extensions:
            return self.fetch(s)
        part = self.rng.choice(('1', '2', '2.1', '2.2', '1.1'))
        size = self.rng.random() < 0.3
        key = ('BINARY.SIZE[%s]' if size else 'BINARY[%s]') % part
        self.add(s, 'FETCH', self.uid(b'FETCH') + (b' (%s)' % (key if size else key.replace('BINARY', 'BINARY.PEEK')).encode()), want={key, 'UID'} if size else {key}, needs='BINARY')

    def condstore(self, s):
        r, kind = self.rng, self.rng.random()
        if kind < 0.25:
            self.add(s, 'FETCH', self.uid(b'FETCH') + b' (FLAGS MODSEQ)', want={'FLAGS', 'MODSEQ'})
        elif kind < 0.5:
            self.add(s, 'FETCH', b'UID FETCH 1:* (FLAGS) (CHANGEDSINCE @MODSEQ@)', want={'FLAGS', 'UID', 'MODSEQ'})
        elif kind < 0.75:
            self.add(s, 'STORE', self.uid(b'STORE') + b' (UNCHANGEDSINCE @MODSEQ@) +FLAGS.SILENT (%s)' % self.flag_list(1))
        elif kind < 0.85:
            self.add(s, 'SEARCH', b'SEARCH MODSEQ @MODSEQ@')
        else:
            self.add(s, 'STATUS', b'STATUS ', quote(self.name()), b' (HIGHESTMODSEQ MESSAGES)')

    def note_modseq(self, s):
        """HIGHESTMODSEQ and UIDVALIDITY of INBOX from here on mean those of now."""
        self.add(s, 'NOTE', b'')

    def resync(self, s):
        if 'QRESYNC' not in self.extensions:
            return self.condstore(s)
        known = self.rng.choice((b'', b'', b' 1:4', b' 2,3,5:20'))
        self.add(s, 'SELECT', b'SELECT INBOX (QRESYNC (@UIDVALIDITY@ @MODSEQ@' + known + b'))', want='RESYNC', needs='QRESYNC')

    def vanished(self, s):
        if 'QRESYNC' not in self.extensions:
            return self.condstore(s)
        self.add(s, 'FETCH', b'UID FETCH ' + self.rng.choice((b'1:*', b'1:100', b'2:6')) + b' (FLAGS) (CHANGEDSINCE @MODSEQ@ VANISHED)', want={'FLAGS', 'UID', 'VANISHED'}, needs='QRESYNC')

    def list(self, s):
        r = self.rng
        reference = r.choice((b'""', b'""', b'""', b'"a/"', b'a', b'"&ZeVnLIqe-/"'))
        pattern = r.choice(PATTERNS)
        if r.random() < 0.3:
            self.add(s, 'LSUB', b'LSUB ' + reference + b' ', quote(pattern), b'')
        elif r.random() < 0.4:
            select = b' '.join(r.sample((b'SUBSCRIBED', b'RECURSIVEMATCH', b'REMOTE'), r.randint(0, 2)))
            if b'RECURSIVEMATCH' in select and b'SUBSCRIBED' not in select:
                select = b'SUBSCRIBED ' + select
            give = b' '.join(r.sample((b'SUBSCRIBED', b'CHILDREN', b'STATUS (MESSAGES UNSEEN)'), r.randint(0, 3)))
            patterns = b' '.join(bytes(quote(p)) for p in r.sample(FULL_PATTERNS, r.randint(1, 3)))
            self.add(s, 'LIST', b'LIST (' + select + b') ' + reference + b' (' + patterns + b')' + (b' RETURN (' + give + b')' if give else b''),
                     want={'\\haschildren', '\\hasnochildren'} if b'CHILDREN' in give else None)
        else:
            self.add(s, 'LIST', b'LIST ' + reference + b' ', quote(pattern), b'')

    def status(self, s):
        r = self.rng
        self.add(s, 'STATUS', b'STATUS ', quote(self.name()), b' (' + ' '.join(r.sample(STATUS_ITEMS, r.randint(1, 5))).encode() + b')')

    def create(self, s):
        name = self.name()
        self.parents(s, name)
        if self.rng.random() < 0.08:
            self.add(s, 'CREATE', b'CREATE ', quote(name + '/'), b'')
            self.add(s, 'STATUS', b'STATUS ', quote(name), b' (MESSAGES)')
            return
        self.add(s, 'CREATE', b'CREATE ', quote(name), b'')

    def delete(self, s):
        self.add(s, 'DELETE', b'DELETE ', quote(self.name()), b'')

    def rename(self, s):
        name = self.name()
        self.parents(s, name)
        self.add(s, 'RENAME', b'RENAME ', quote(self.name()), b' ', quote(name), b'')

    def subscribe(self, s):
        verb = self.rng.choice((b'SUBSCRIBE', b'SUBSCRIBE', b'UNSUBSCRIBE'))
        self.add(s, verb.decode(), verb + b' ', quote(self.name()), b'')

    def malformed(self, s):
        line = self.rng.choice(MALFORMED)
        self.add(s, 'MALFORMED', line)


PROFILES = {
    'flags': dict(store=8, fetch=3, noop=2, append=2, search=2, select=1, copy=1, idle=1, expunge=1),
    'expunge': dict(store=2, delete_some=2, expunge=4, copy=3, move=3, append=3, noop=2, fetch=2, select=1, status=1, search=1, close=1, idle=1),
    'mailboxes': dict(create=5, delete=3, rename=3, list=6, subscribe=3, status=3, select=1, append=1, copy=1),
    'fetch': dict(fetch=12, append=1, store=1, binary=3, expunge=0.5),
    'search': dict(search=8, sort=3, thread=3, store=2, append=1, expunge=1),
    'condstore': dict(condstore=6, note_modseq=2, store=3, expunge=1, append=1, copy=1, noop=1),
    'qresync': dict(resync=4, vanished=3, note_modseq=3, condstore=2, store=3, delete_some=2, expunge=3, move=1, append=1, fetch=1, noop=1),
    'malformed': dict(malformed=10, store=1, expunge=0.5, select=0.5),
}
