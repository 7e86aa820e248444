"""SEARCH, SORT and THREAD against models: mail in every charset that Japanese mail comes in, random keys, random threads."""
import base64
import datetime
import email.utils
import imaplib
import quopri
import random
import ssl
import unicodedata

import pytest

WORDS = ['会議', 'カタカナ', 'ガイド', 'ひらがな', '東京都', 'ＡＢＣ会社', 'résumé', 'Straße', 'Łódź', '日程表', 'simple']
# How each charset is named, and how Python knows it.
CHARSETS = {
    'utf-8': 'utf-8', 'ISO-2022-JP': 'iso2022_jp', 'iso-2022-jp-2': 'iso2022_jp_2', 'Shift_JIS': 'shift_jis', 'CP932': 'cp932',
    'windows-31j': 'cp932', 'EUC-JP': 'euc_jp', 'utf-7': 'utf-7', 'iso-8859-1': 'latin-1', 'windows-1250': 'cp1250',
    'UTF-16BE': 'utf-16-be', '"x-unknown"': 'utf-8', 'us-ascii': 'utf-8', '': 'utf-8',
}
EIGHT_BIT_SAFE = {'utf-8', 'iso2022_jp', 'iso2022_jp_2', 'shift_jis', 'cp932', 'euc_jp', 'utf-7', 'latin-1', 'cp1250'}


class Client:
    """One connection; commands are octets, answers lists of lines."""

    def __init__(self, server, user):
        self.m = imaplib.IMAP4_SSL('127.0.0.1', server.ports['imaps'], ssl_context=ssl._create_unverified_context())
        self.m.login(user + '@example.test', 'secret-' + user)
        self.n = 0

    def run(self, command):
        self.n += 1
        tag = b't%d' % self.n
        self.m.send(tag + b' ' + (command if isinstance(command, bytes) else command.encode()) + b'\r\n')
        lines = []
        while True:
            line = self.m.readline().rstrip(b'\r\n')
            if line.startswith(tag + b' '):
                assert line.startswith(tag + b' OK'), (command[:200], line)
                return lines
            lines.append(line)

    def numbers(self, command):
        """The numbers of a SEARCH or SORT."""
        for line in self.run(command):
            if line.startswith((b'* SEARCH', b'* SORT')):
                return [int(n) for n in line.split()[2:] if n.isdigit()]
        raise AssertionError('no answer to %r' % command)

    def append(self, mailbox, messages):
        for message, options in messages:
            self.run(b'APPEND %s %s{%d+}\r\n%s' % (mailbox.encode(), options.encode(), len(message), message))

    def fresh(self, mailbox):
        self.run('CREATE ' + mailbox)
        return mailbox


def fold(text):
    return unicodedata.normalize('NFKC', unicodedata.normalize('NFKC', text).casefold())


def literal(text, charset='utf-8'):
    octets = text.encode(charset) if isinstance(text, str) else text
    return b'{%d+}\r\n%s' % (len(octets), octets)


def encoded_word(text, label, codec, kind):
    octets = text.encode(codec)
    if kind == 'B':
        return '=?%s?B?%s?=' % (label, base64.b64encode(octets).decode())
    return '=?%s?Q?%s?=' % (label, ''.join('=%02X' % c for c in octets))


def encode_body(text, codec, encoding):
    octets = text.encode(codec)
    if encoding == 'base64':
        return base64.encodebytes(octets).replace(b'\n', b'\r\n')
    if encoding == 'quoted-printable':
        return quopri.encodestring(octets.replace(b'\r\n', b'\n')).replace(b'\n', b'\r\n')
    return octets


def encodable(text, codec):
    try:
        return text.encode(codec).decode(codec) == text
    except UnicodeError:
        return False


def corpus():
    """Messages with what a reader sees in them: (octets, subject, from, body)."""
    out = []
    for word in WORDS:
        for label, codec in CHARSETS.items():
            if not encodable(word, codec):
                continue
            for encoding in ('8bit', 'base64', 'quoted-printable'):
                if encoding != 'base64' and codec not in EIGHT_BIT_SAFE:
                    continue
                out.append(one_part(word, label, codec, encoding))
        out.append(html(word))
        out.append(attachment(word))
        out.append(enclosed(word))
    return out


def one_part(word, label, codec, encoding):
    name = label.strip('"') or 'utf-8'
    if name in ('x-unknown', 'us-ascii'):
        name = 'utf-8'
    subject = '%s について %s' % (word, encoding) if encodable('について', codec) else '%s about %s' % (word, encoding)
    body = 'first line\r\n%s\r\nlast line\r\n' % word
    head = 'Subject: %s\r\nFrom: %s <x@example.net>\r\nMIME-Version: 1.0\r\n' % (
        encoded_word(subject, name, codec, 'B'), encoded_word(word, name, codec, 'Q'))
    charset = '; charset=%s' % label if label else ''
    head += 'Content-Type: text/plain%s\r\nContent-Transfer-Encoding: %s\r\n\r\n' % (charset, encoding)
    return head.encode() + encode_body(body, codec, encoding), subject, word, body


def html(word):
    markup = ('<html><head><style>p.hidden{}</style></head><body><p>Say <b>%s</b>%s &eacute;tude<!-- hidden -->\r\n'
              'and   more</body></html>' % (word[:1], word[1:]))
    return (('Subject: html\r\nContent-Type: text/html; charset=utf-8\r\n\r\n' + markup).encode(), 'html', '',
            'Say %s étude and more' % word)


def attachment(word):
    name = base64.b64encode(word.encode()).decode()
    rfc2231 = ''.join('%%%02X' % c for c in word.encode('utf-8'))
    text = ('Subject: files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble-is-not-seen\r\n'
            '--b\r\nContent-Type: text/plain\r\n\r\nsee files\r\n'
            "--b\r\nContent-Type: application/pdf; name*=utf-8''%s\r\nContent-Transfer-Encoding: base64\r\n\r\nbinary-is-not-seen\r\n"
            '--b\r\nContent-Disposition: attachment; filename="=?utf-8?B?%s?="\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n'
            % (rfc2231, name))
    return text.encode(), 'files', '', 'see files ' + word


def enclosed(word):
    inner = 'Subject: %s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ninside\r\n' % encoded_word(word, 'utf-8', 'utf-8', 'B')
    return (b'Subject: outer\r\nContent-Type: message/rfc822\r\n\r\n' + inner.encode(), 'outer', '', word + ' inside text/plain')


@pytest.fixture(scope='module')
def japanese(server):
    c = Client(server, 'hanako')
    messages = corpus()
    c.append(c.fresh('corpus'), [(m[0], '') for m in messages])
    c.run('SELECT corpus')
    return c, messages


def expected(messages, word, *fields):
    places = {'subject': 1, 'from': 2, 'body': 3}
    return [i + 1 for i, m in enumerate(messages) if any(fold(word) in fold(m[places[f]]) for f in fields)]


@pytest.mark.parametrize('word', WORDS + ['ｶﾞｲﾄﾞ', 'ｶﾀｶﾅ', 'abc会社', 'RÉSUMÉ', 'STRASSE', 'ŁÓDŹ', 'LAST LINE', 'étude and', '議', '存在しない'])
def test_text_is_found_in_every_charset(japanese, word):
    c, messages = japanese
    for key, fields in (('SUBJECT', ['subject']), ('FROM', ['from']), ('BODY', ['body']),
                        ('TEXT', ['subject', 'from', 'body'])):
        found = c.numbers(b'SEARCH CHARSET UTF-8 %s %s' % (key.encode(), literal(word)))
        wanted = expected(messages, word, *fields)
        assert found == wanted, (key, word, [messages[i - 1][0] for i in set(found) ^ set(wanted)][:3])
    assert c.numbers(b'SEARCH CHARSET UTF-8 NOT HEADER Subject %s' % literal(word)) == [
        i + 1 for i in range(len(messages)) if i + 1 not in expected(messages, word, 'subject')]


@pytest.mark.parametrize('charset', ['ISO-2022-JP', 'Shift_JIS', 'EUC-JP', 'utf-8', 'UTF-7'])
def test_clients_may_search_in_their_charset(japanese, charset):
    c, messages = japanese
    for word in ('会議', 'カタカナ', '東京都'):
        found = c.numbers(b'SEARCH CHARSET %s SUBJECT %s' % (charset.encode(), literal(word, CHARSETS.get(charset, charset))))
        assert found == expected(messages, word, 'subject')


def test_what_is_not_seen_is_not_found(japanese):
    c, _ = japanese
    for word in ('preamble-is-not-seen', 'binary-is-not-seen', 'hidden', 'boundary=b'):
        assert c.numbers('SEARCH BODY "%s"' % word) == []


def test_parts_of_any_size_are_looked_through(server):
    c = Client(server, 'hanako')
    needle = '針は干し草の中に'
    filler = 'いろはにほへとちりぬるを abc\r\n'
    messages = []
    # The needle stands at many places around the seams of pieces of 256 KiB.
    for shift in range(0, 64, 7):
        text = filler * 9000 + 'x' * shift + needle + '\r\n' + filler * 9000
        for codec, encoding in (('utf-8', 'base64'), ('iso2022_jp', '7bit'), ('euc_jp', 'quoted-printable')):
            head = 'Subject: large\r\nContent-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n' % (
                codec.replace('2022_', '-2022-').replace('_', '-'), encoding)
            messages.append((head.encode() + encode_body(text, codec, encoding), ''))
        break
    one_line = ('あ' * 400000 + needle + 'い' * 400000).encode()
    messages.append((b'Content-Type: text/plain; charset=utf-8\r\n\r\n' + one_line + b'\r\n', ''))
    for at in (262143, 262144 - 20, 262144 - 60, 262144, 262150, 524288 - 10):
        messages.append((b'Content-Type: text/plain\r\n\r\n' + b'y' * at + b'Needle-in-ASCII' + b'z' * 300000 + b'\r\n', ''))
    c.append(c.fresh('large'), messages)
    c.run('SELECT large')
    assert c.numbers(b'SEARCH CHARSET UTF-8 BODY ' + literal(needle)) == [1, 2, 3, 4]
    assert c.numbers('SEARCH BODY needle-in-ascii') == [5, 6, 7, 8, 9, 10]
    assert c.numbers('SEARCH BODY needle-in-iron') == []


# ---------------------------------------------------------------- random keys

SYSTEM = ['Seen', 'Answered', 'Flagged', 'Deleted', 'Draft']


class Message:
    def __init__(self, rnd, n):
        self.flags = {f for f in SYSTEM if rnd.random() < 0.3}
        self.keywords = {k for k in ('work', 'Home') if rnd.random() < 0.3}
        self.date = datetime.datetime(2026, rnd.randint(1, 3), rnd.randint(1, 28), rnd.randint(0, 23), tzinfo=datetime.timezone.utc)
        self.sent = datetime.datetime(2026, rnd.randint(1, 3), rnd.randint(1, 28), rnd.randint(0, 23), 5,
                                      tzinfo=datetime.timezone(datetime.timedelta(hours=rnd.choice([-8, 0, 9]))))
        self.subject = '%s %s' % (rnd.choice(['alpha', 'Beta', 'GAMMA']), rnd.choice(['one', 'two', 'three']))
        self.body = rnd.choice(['red', 'green', 'blue']) + ' ' + rnd.choice(['cat', 'dog']) + ' x' * rnd.randint(0, 400)
        self.octets = ('Date: %s\r\nSubject: %s\r\nX-N: v%d\r\n\r\n%s\r\n'
                       % (email.utils.format_datetime(self.sent), self.subject, n % 7, self.body)).encode()
        self.header_n = 'v%d' % (n % 7)

    def options(self):
        flags = ' '.join(['\\' + f for f in sorted(self.flags)] + sorted(self.keywords))
        return '(%s) "%s" ' % (flags, self.date.strftime('%d-%b-%Y %H:%M:%S +0000'))


def random_key(rnd, depth, n):
    """A search key and the model of it: function of (message, number, uid)."""
    kind = rnd.randrange(12 if depth else 9)
    day = datetime.date(2026, rnd.randint(1, 3), rnd.randint(1, 28))
    text = day.strftime('%-d-%b-%Y')
    if kind == 0:
        flag = rnd.choice(SYSTEM)
        return (flag.upper(), lambda m, s, u: flag in m.flags) if rnd.random() < 0.5 else (
            'UN' + flag.upper(), lambda m, s, u: flag not in m.flags)
    if kind == 1:
        word = rnd.choice(['work', 'Home', 'none'])
        return 'KEYWORD ' + word.upper(), lambda m, s, u: word in m.keywords
    if kind == 2:
        return rnd.choice([
            ('BEFORE ' + text, lambda m, s, u: m.date.date() < day), ('ON ' + text, lambda m, s, u: m.date.date() == day),
            ('SINCE ' + text, lambda m, s, u: m.date.date() >= day)])
    if kind == 3:
        return rnd.choice([
            ('SENTBEFORE ' + text, lambda m, s, u: m.sent.date() < day), ('SENTON ' + text, lambda m, s, u: m.sent.date() == day),
            ('SENTSINCE ' + text, lambda m, s, u: m.sent.date() >= day)])
    if kind == 4:
        size = rnd.randint(80, 1000)
        return rnd.choice([('LARGER %d' % size, lambda m, s, u: len(m.octets) > size),
                           ('SMALLER %d' % size, lambda m, s, u: len(m.octets) < size)])
    if kind == 5:
        a, b = rnd.randint(1, n), rnd.randint(1, n)
        lo, hi = min(a, b), max(a, b)
        return rnd.choice([('%d:%d' % (a, b), lambda m, s, u: lo <= s <= hi), ('UID %d:*' % a, lambda m, s, u: u >= a),
                           ('*', lambda m, s, u: s == n), ('%d,%d' % (a, b), lambda m, s, u: s in (a, b))])
    if kind == 6:
        word = rnd.choice(['ALPHA', 'beta', 'gamma TWO', 'none'])
        return 'SUBJECT "%s"' % word, lambda m, s, u: word.lower() in m.subject.lower()
    if kind == 7:
        word = rnd.choice(['CAT', 'green d', 'alpha'])
        if rnd.random() < 0.5:
            return 'BODY "%s"' % word, lambda m, s, u: word.lower() in m.body.lower()
        return 'TEXT "%s"' % word, lambda m, s, u: word.lower() in m.body.lower() or word.lower() in m.subject.lower()
    if kind == 8:
        value = 'V%d' % rnd.randint(0, 6)
        return 'HEADER X-n ' + value, lambda m, s, u: value.lower() == m.header_n
    one, f = random_key(rnd, depth - 1, n)
    two, g = random_key(rnd, depth - 1, n)
    if kind == 9:
        return 'OR %s %s' % (one, two), lambda m, s, u: f(m, s, u) or g(m, s, u)
    if kind == 10:
        return 'NOT ' + one, lambda m, s, u: not f(m, s, u)
    return '(%s %s)' % (one, two), lambda m, s, u: f(m, s, u) and g(m, s, u)


def test_random_keys_agree_with_a_model(server):
    c = Client(server, 'ben')
    rnd = random.Random(20261123)
    messages = [Message(rnd, i) for i in range(120)]
    c.append(c.fresh('random'), [(m.octets, m.options()) for m in messages])
    c.run('SELECT random')
    uids = list(range(1, len(messages) + 1))
    # Holes, so that numbers and UIDs differ.
    gone = sorted(rnd.sample(uids, 25))
    c.run('UID STORE %s +FLAGS.SILENT (gone)' % ','.join(map(str, gone)))
    c.run('UID STORE %s +FLAGS.SILENT (\\Deleted)' % ','.join(map(str, gone)))
    c.run('UID EXPUNGE %s' % ','.join(map(str, gone)))
    left = [(messages[u - 1], u) for u in uids if u not in gone]
    for _ in range(400):
        keys = [random_key(rnd, 3, len(left)) for _ in range(rnd.randint(1, 3))]
        text = ' '.join(k for k, _ in keys)
        wanted = [(s, u) for s, (m, u) in enumerate(left, 1) if all(f(m, s, u) for _, f in keys)]
        assert c.numbers('SEARCH ' + text) == [s for s, _ in wanted], text
        assert c.numbers('UID SEARCH ' + text) == [u for _, u in wanted], text
        c.run('SEARCH RETURN (SAVE) ' + text)
        assert c.numbers('UID SEARCH $') == [u for _, u in wanted], text


# ---------------------------------------------------------------- random threads

class Node:
    def __init__(self, number=None, date=0, subject='', is_reply=False):
        self.number, self.date, self.subject, self.is_reply = number, date, subject, is_reply
        self.parent, self.children = None, []

    def above(self, other):
        while other:
            if other is self:
                return True
            other = other.parent
        return False

    def move(self, parent):
        if self.parent:
            self.parent.children.remove(self)
        self.parent = parent
        if parent:
            parent.children.append(self)

    def key(self):
        first = self if self.number else self.children[0]
        return (first.date, first.number)


def sort_tree(nodes):
    for node in nodes:
        sort_tree(node.children)
    nodes.sort(key=Node.key)


def write_tree(node):
    if node.number is None:
        return ''.join('(%s)' % write_tree(child) for child in node.children)
    if len(node.children) == 1:
        return '%d %s' % (node.number, write_tree(node.children[0]))
    return ' '.join(filter(None, ['%d' % node.number, ''.join('(%s)' % write_tree(child) for child in node.children)]))


def model_references(messages):
    """RFC 5256 section 3, THREAD=REFERENCES, word by word: messages are (id, references, date, base subject, is a reply)."""
    ids, nodes = {}, []
    for number, (own, references, date, subject, is_reply) in enumerate(messages, 1):
        node = ids.get(own)
        if node is None or node.number is not None:
            node = Node()
            ids.setdefault(own, node)
        node.number, node.date, node.subject, node.is_reply = number, date, subject, is_reply
        nodes.append(node)
        previous = None
        for reference in references:
            one = ids.setdefault(reference, Node())
            if previous and not one.parent and not one.above(previous):
                one.move(previous)
            previous = one
        if node.parent:
            node.move(None)
        if previous and not node.above(previous):
            node.move(previous)
    root = [n for n in dict.fromkeys(list(ids.values()) + nodes) if not n.parent]
    for node in list(root):
        prune(node)
    for node in list(root):
        if node.number is None and len(node.children) <= 1:
            root.remove(node)
            for child in list(node.children):
                child.move(None)
                root.append(child)
    sort_tree(root)
    return join_subjects(root)


def prune(node):
    for child in list(node.children):
        prune(child)
        if child.number is None:
            for grandchild in list(child.children):
                grandchild.move(node)
            child.move(None)


def join_subjects(root):
    def subject(n):
        return n.subject if n.number else n.children[0].subject

    table = {}
    for n in root:
        s = subject(n)
        if not s:
            continue
        other = table.get(s)
        if other is None or (other.number and (n.number is None or (other.is_reply and not n.is_reply))):
            table[s] = n
    for n in list(root):
        other = table.get(subject(n))
        if not subject(n) or other is n:
            continue
        root.remove(n)
        if other.number is None and n.number is None:
            for child in list(n.children):
                child.move(other)
        elif other.number is None or (n.is_reply and not other.is_reply):
            n.move(other)
        else:
            dummy = Node()
            root.remove(other)
            n.move(dummy)
            other.move(dummy)
            root.append(dummy)
            table[subject(dummy)] = dummy
    sort_tree(root)
    return ''.join('(%s)' % write_tree(n) for n in root)


@pytest.mark.parametrize('seed', range(12))
def test_random_threads_agree_with_a_model(server, seed):
    rnd = random.Random(seed)
    c = Client(server, 'ben')
    count = rnd.randint(5, 60)
    messages, octets = [], []
    for i in range(count):
        own = rnd.choice([i, i, i, rnd.randrange(count)])
        chain = sorted(rnd.sample(range(count + 5), rnd.randint(0, 4))) if rnd.random() < 0.6 else []
        if rnd.random() < 0.2:
            rnd.shuffle(chain)
        word, prefix = rnd.choice(['apple', 'pear', 'plum', '']), rnd.choice(['', '', 'Re: ', '[list] ', 'Fwd: '])
        date = 1790000000 + rnd.randrange(40) * 60
        head = 'Subject: %s%s\r\nDate: %s\r\nMessage-ID: <m%d@x>\r\n' % (prefix, word, email.utils.formatdate(date), own)
        if chain:
            head += 'References: %s\r\n' % '\r\n '.join('<m%d@x>' % r for r in chain)
        base = word or ('[list]' if prefix == '[list] ' else '')
        messages.append((own, chain, date, base.upper(), prefix in ('Re: ', 'Fwd: ')))
        octets.append((head.encode() + b'\r\nx\r\n', ''))
    box = c.fresh('threads%d' % seed)
    c.append(box, octets)
    c.run('SELECT ' + box)
    found = [line for line in c.run('THREAD REFERENCES UTF-8 ALL') if line.startswith(b'* THREAD')][0]
    assert found.decode() == '* THREAD ' + model_references(messages), messages
    order = sorted(range(count), key=lambda i: (messages[i][3], -messages[i][2], i))
    assert c.numbers('SORT (SUBJECT REVERSE DATE) UTF-8 ALL') == [i + 1 for i in order]
    heads = {}
    for i in sorted(range(count), key=lambda i: (messages[i][2], i)):
        heads.setdefault(messages[i][3], []).append(i + 1)
    threads = ''.join('(%d)' % t[0] if len(t) == 1 else '(%d %d)' % tuple(t) if len(t) == 2 else
                      '(%d %s)' % (t[0], ''.join('(%d)' % i for i in t[1:])) for t in heads.values())
    found = [line for line in c.run('THREAD ORDEREDSUBJECT UTF-8 ALL') if line.startswith(b'* THREAD')][0]
    assert found.decode() == '* THREAD ' + threads
