"""IMAP on the wire, without opinions: responses are cut out of a stream of octets and become nested Python values.

A list is a list, a quoted string or a literal is bytes, NIL is None, every other atom is str (octets as Latin-1). A status response
becomes Response(kind='OK', code=[...], text=b'...'); a numbered one has its number.
"""
import re
import socket

LITERAL_AT_END = re.compile(rb'~?\{(\d+)\}\r?\n\Z')
STATUS = ('OK', 'NO', 'BAD', 'BYE', 'PREAUTH')
SECTIONED = ('BODY', 'BODY.PEEK', 'BINARY', 'BINARY.PEEK', 'BINARY.SIZE', 'RFC822')


class ProtocolError(Exception):
    """What a server sent is no IMAP."""


class Closed(Exception):
    """The connection ended; `data` has what came before the end of a response."""


class Stuck(Exception):
    """No answer in the time that anybody would wait."""


class Splitter:
    """Whole responses, with their literals, from pieces of a stream."""

    def __init__(self):
        self.data, self.at = bytearray(), 0

    def feed(self, data):
        self.data += data

    def next(self):
        """One response as octets, or None when it is not complete yet. `at` is how far we have looked."""
        while True:
            end = self.data.find(b'\n', self.at)
            if end < 0:
                return None
            end += 1
            m = LITERAL_AT_END.search(self.data, max(self.at, end - 30), end)
            if m:
                if len(self.data) < end + int(m.group(1)):
                    return None
                self.at = end + int(m.group(1))
                continue
            out = bytes(self.data[:end])
            del self.data[:end]
            self.at = 0
            return out


class Response:
    __slots__ = ('tag', 'number', 'kind', 'words', 'code', 'text', 'raw')

    def __repr__(self):
        return repr(self.raw if len(self.raw) < 300 else self.raw[:300] + b'...')


class Reader:
    """A cursor over the octets of one response."""

    def __init__(self, raw):
        self.raw, self.at, self.end = raw, 0, len(raw)
        while self.end > 0 and raw[self.end - 1] in b'\r\n':
            self.end -= 1

    def peek(self):
        return self.raw[self.at:self.at + 1] if self.at < self.end else b''

    def skip_space(self):
        while self.peek() == b' ':
            self.at += 1

    def fail(self, what):
        raise ProtocolError('%s at octet %d of %r' % (what, self.at, self.raw[:2000]))

    def value(self):
        c = self.peek()
        if c == b'(':
            return self.list(b')')
        if c == b'"':
            return self.quoted()
        if c == b'{' or (c == b'~' and self.raw[self.at + 1:self.at + 2] == b'{'):
            return self.literal()
        return self.atom()

    def list(self, close):
        self.at += 1
        out = []
        while True:
            self.skip_space()
            if self.peek() == close:
                self.at += 1
                return out
            if self.at >= self.end:
                self.fail('a list without its end')
            out.append(self.value())

    def quoted(self):
        out = bytearray()
        self.at += 1
        while True:
            c = self.peek()
            if c in (b'', b'\r', b'\n', b'\0'):
                self.fail('a string without its end')
            self.at += 1
            if c == b'"':
                return bytes(out)
            if c == b'\\':
                c = self.peek()
                if c not in (b'"', b'\\'):
                    self.fail('a backslash before %r' % c)
                self.at += 1
            out += c

    def literal(self):
        m = re.compile(rb'~?\{(\d+)\}\r\n').match(self.raw, self.at)
        if not m:
            self.fail('a bad literal')
        start = m.end()
        self.at = start + int(m.group(1))
        # The raw text ends behind the literal and whatever follows it.
        if self.at > self.end:
            self.end = self.at
        return self.raw[start:self.at]

    def atom(self):
        start = self.at
        while self.at < self.end:
            c = self.raw[self.at:self.at + 1]
            if c == b'[' and self.raw[start:self.at].decode('latin-1').upper() in SECTIONED:
                self.section()
                continue
            if c in b' ()"\r\n' or c == b'':
                break
            self.at += 1
        if self.at == start:
            self.fail('nothing where a value was expected')
        text = self.raw[start:self.at].decode('latin-1')
        return None if text.upper() == 'NIL' else text

    def section(self):
        """From "[" behind "]", over strings in it."""
        while self.peek() != b']':
            c = self.peek()
            if c == b'':
                self.fail('a section without its end')
            if c == b'"':
                self.quoted()
            elif c == b'{':
                self.literal()
            else:
                self.at += 1
        self.at += 1

    def rest(self):
        out = []
        self.skip_space()
        while self.at < self.end:
            out.append(self.value())
            # The lists of THREAD stand side by side (RFC 5256 section 5).
            if self.at < self.end and self.peek() not in b' (':
                self.fail('no space between values')
            self.skip_space()
        return out


def parse(raw):
    r = Response()
    r.raw, r.number, r.words, r.code, r.text = raw, None, [], None, b''
    if raw.startswith(b'+'):
        r.tag, r.kind, r.text = '+', '+', raw[1:].strip()
        return r
    reader = Reader(raw)
    r.tag = reader.atom()
    reader.skip_space()
    word = reader.atom() or 'NIL'
    if word.isdigit():
        r.number = int(word)
        reader.skip_space()
        word = reader.atom() or 'NIL'
    r.kind = word.upper()
    if r.kind in STATUS:
        reader.skip_space()
        if reader.peek() == b'[':
            reader.at += 1
            start = reader.at
            r.code = status_code(reader, start)
        r.text = raw[reader.at:reader.end].strip()
        return r
    r.words = reader.rest()
    return r


def status_code(reader, start):
    """The words of a response code. Atoms end at "]" here."""
    out = []
    while True:
        reader.skip_space()
        c = reader.peek()
        if c == b']':
            reader.at += 1
            return out
        if c == b'':
            reader.at = start
            reader.fail('a response code without its end')
        if c in b'("{':
            out.append(reader.value())
            continue
        begin = reader.at
        while reader.at < reader.end and reader.raw[reader.at] not in b' ])(':
            reader.at += 1
        out.append(reader.raw[begin:reader.at].decode('latin-1'))


def expand(text):
    """The numbers of a set such as 1:3,7, in its order."""
    out = []
    for part in text.split(','):
        a, colon, b = part.partition(':')
        if not colon:
            out.append(int(a))
        elif int(a) <= int(b):
            out.extend(range(int(a), int(b) + 1))
        else:
            out.extend(range(int(a), int(b) - 1, -1))
    return out


class Literal(bytes):
    """A piece of a command that is sent as a literal, when the server asks for it."""


class Answer:
    """All that came for one command."""

    def __init__(self, untagged, tagged):
        self.untagged, self.tagged = untagged, tagged

    @property
    def status(self):
        return self.tagged.kind

    def codes(self):
        found = [self.tagged.code] if self.tagged.code else []
        return found + [r.code for r in self.untagged if r.code]

    def __repr__(self):
        return '\n'.join(repr(r) for r in self.untagged + [self.tagged])


class Session:
    """A client that waits: one command, all of its answer."""

    def __init__(self, port, timeout=100):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.splitter, self.n, self.is_idle = Splitter(), 0, False
        self.greeting = self.response()

    def response(self):
        while True:
            raw = self.splitter.next()
            if raw is not None:
                return parse(raw)
            try:
                data = self.socket.recv(1 << 16)
            except TimeoutError:
                raise Stuck(bytes(self.splitter.data)) from None
            if not data:
                raise Closed(bytes(self.splitter.data))
            self.splitter.feed(data)

    def collect(self, tag):
        """Responses up to the tagged one, or a continuation."""
        untagged = []
        while True:
            r = self.response()
            if r.tag == tag or r.tag == '+':
                return untagged, r
            # A tag that is broken is answered untagged.
            if tag is None and r.kind in ('BAD', 'BYE'):
                return untagged, r
            if r.tag != '*':
                raise ProtocolError('a response with another tag: %r' % r)
            untagged.append(r)

    def run(self, *pieces, tag=None):
        """Send a command whose pieces are octets and literals; the answer."""
        if tag is None:
            self.n += 1
            tag = 't%d' % self.n
        untagged, waiting = [], tag.encode() + b' '
        for piece in pieces:
            if not isinstance(piece, Literal):
                waiting += piece
                continue
            self.socket.sendall(waiting + b'{%d}\r\n' % len(piece))
            waiting = b''
            more, r = self.collect(tag)
            untagged += more
            if r.tag != '+':
                return Answer(untagged, r)
            waiting = bytes(piece)
        self.socket.sendall(waiting + b'\r\n')
        more, r = self.collect(tag)
        if r.tag == '+':
            raise ProtocolError('a continuation that nobody asked for: %r' % r)
        return Answer(untagged + more, r)

    def idle(self):
        self.n += 1
        self.idle_tag = 't%d' % self.n
        self.socket.sendall(self.idle_tag.encode() + b' IDLE\r\n')
        untagged, r = self.collect(self.idle_tag)
        self.is_idle = r.tag == '+'
        return Answer(untagged, r)

    def done(self):
        self.is_idle = False
        self.socket.sendall(b'DONE\r\n')
        return Answer(*self.collect(self.idle_tag))

    def raw_line(self, line):
        """Octets that are no command of ours; the answer has whatever tag they have."""
        tag = line.split(b' ')[0].split(b'\r')[0].decode('latin-1') or None
        self.socket.sendall(line + b'\r\n')
        untagged = []
        while True:
            r = self.response()
            if r.tag == tag or r.kind in ('BAD', 'BYE') or r.tag == '+':
                return Answer(untagged, r)
            untagged.append(r)

    def close(self):
        self.socket.close()


def quote(name):
    """A string of a command: quoted, or a literal where it has to be one."""
    if isinstance(name, str):
        name = name.encode()
    if any(c in b'\r\n\0' or c > 126 for c in name):
        return Literal(name)
    return b'"' + name.replace(b'\\', b'\\\\').replace(b'"', b'\\"') + b'"'
