"""Several sessions change one mailbox at once; each client keeps its own list of UIDs and holds every line against it."""
import random
import re
import socket
import threading
import time

SECONDS = 10
SESSIONS = 4


class Client:
    """A client that believes what it is told: EXISTS adds to its list, EXPUNGE takes from it, FETCH names UIDs."""

    def __init__(self, server, seed):
        self.random = random.Random(seed)
        self.socket = socket.create_connection(('127.0.0.1', server.ports['imap']))
        self.file = self.socket.makefile('rb')
        self.file.readline()
        self.uids, self.tag, self.count = [], 0, 0
        self.say(b'LOGIN ann@example.test secret-ann')
        self.say(b'CREATE shared')
        self.select()

    def line(self):
        line = self.file.readline()
        assert line, 'the server has closed'
        while m := re.search(rb'\{(\d+)\}\r\n$', line):
            line += self.file.read(int(m[1])) + self.file.readline()
        return line

    def hear(self, line, by_number):
        m = re.match(rb'\* (\d+) (EXISTS|EXPUNGE|FETCH)', line)
        if not m:
            return
        n = int(m[1])
        if m[2] == b'EXISTS':
            assert n >= len(self.uids), line
            self.uids += [None] * (n - len(self.uids))
            return
        assert 1 <= n <= len(self.uids), (line, len(self.uids))
        if m[2] == b'EXPUNGE':
            assert not by_number, 'EXPUNGE while a command with sequence numbers was running'
            del self.uids[n - 1]
        elif uid := re.search(rb'UID (\d+)', line):
            assert self.uids[n - 1] in (None, int(uid[1])), (line, self.uids[n - 1])
            self.uids[n - 1] = int(uid[1])

    def say(self, command, by_number=False, literal=None):
        self.tag += 1
        tag = b'%d ' % self.tag
        self.socket.sendall(tag + command + b'\r\n' + (literal + b'\r\n' if literal else b''))
        while not (line := self.line()).startswith(tag):
            self.hear(line, by_number)
        assert line.split()[1] != b'BAD', (command, line)
        self.count += 1
        return line

    def select(self):
        self.uids = []
        self.say(b'SELECT shared')
        if self.uids:
            self.say(b'FETCH 1:* UID', True)
        known = [uid for uid in self.uids if uid]
        assert known == sorted(set(known))

    def step(self):
        n = len(self.uids)
        if n < 5:
            return self.say(b'APPEND shared {14+}', literal=b'Subject: x\r\n\r\n')
        a = self.random.randint(1, n)
        b = self.random.randint(a, min(n, a + 5))
        kind, command = self.random.choice([
            ('a', b'APPEND shared {14+}'), ('a', b'APPEND shared {14+}'), ('n', b'FETCH %d:%d (UID FLAGS)' % (a, b)),
            ('n', b'STORE %d:%d +FLAGS (\\Deleted k%d)' % (a, b, a % 5)),
            ('n', b'STORE %d:%d -FLAGS.SILENT (\\Deleted)' % (a, b)), ('', b'EXPUNGE'),
            ('', b'UID MOVE %d Trash' % (self.uids[a - 1] or 1)), ('', b'COPY %d:%d shared' % (a, b)),
            ('n', b'SEARCH ALL'), ('', b'UID SEARCH UNDELETED'), ('', b'NOOP'), ('', b'UID FETCH 1:* FLAGS'),
            ('n', b'FETCH %d BODY[]' % a), ('n', b'FETCH 1:* UID'), ('s', b'')])
        if kind == 's':
            return self.select()
        return self.say(command, kind == 'n', b'Subject: x\r\n\r\n' if kind == 'a' else None)


def test_sequence_numbers_stay_true(plain_server):
    end, failures, total = time.monotonic() + SECONDS, [], []

    def run(seed):
        try:
            client = Client(plain_server, seed)
            while time.monotonic() < end and not failures:
                client.step()
            total.append(client.count)
        except Exception as e:
            failures.append((seed, repr(e)))

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(SESSIONS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    assert sum(total) > 100
