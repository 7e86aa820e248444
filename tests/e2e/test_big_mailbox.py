"""200,000 messages in a mailbox, 2,000 folders in an account: they work, and nobody else waits for them."""
import imaplib
import threading
import time

import pytest

# Hundreds of thousands of messages, and times of others beside them: with the release build only.
pytestmark = pytest.mark.release

MESSAGES = 204800
FOLDERS = 2000
MAIL = b'From: a@example.net\r\nSubject: one of many\r\nMessage-ID: <%d@example.net>\r\n\r\nbody\r\n'


def log_in(server, user):
    m = imaplib.IMAP4('127.0.0.1', server.ports['imap'])
    m._maxline = 1 << 24
    m.login('%s@example.test' % user, 'secret-' + user)
    return m


def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]


@pytest.fixture(scope='module')
def big(plain_server):
    """ann's mailbox `big`: a hundred messages, copied upon themselves."""
    m = log_in(plain_server, 'ann')
    ok(m.create('big'))
    for i in range(100):
        ok(m.append('big', None, None, MAIL % i))
    ok(m.select('big'))
    n = 100
    while n < MESSAGES:
        ok(m.copy('1:*', 'big'))
        ok(m.noop())
        n *= 2
    assert ok(m.select('big')) == [b'%d' % n]
    yield plain_server
    m.logout()


class Neighbour(threading.Thread):
    """ben, with twenty messages: the longest that one of his commands took.

    Alone it is a millisecond or two. On a busy machine everything takes longer, but never as long as what it stands beside.
    """

    def __init__(self, server):
        super().__init__()
        self.m = log_in(server, 'ben')
        for i in range(20):
            ok(self.m.append('INBOX', None, None, MAIL % i))
        self.longest, self.count, self.is_over = 0, 0, False

    def judge(self, name, took):
        self.is_over = True
        self.join()
        print('%s took %.2f s; of %d commands beside it the longest took %.0f ms' % (name, took, self.count, self.longest * 1e3))
        assert self.count > 10
        assert self.longest < max(0.5, took / 2)

    def run(self):
        while not self.is_over:
            for command in (lambda: self.m.select('INBOX'), lambda: self.m.fetch('1:*', '(FLAGS ENVELOPE)'),
                            lambda: self.m.store('1', '+FLAGS', '(\\Flagged)'), lambda: self.m.noop(),
                            lambda: self.m.append('INBOX', None, None, MAIL % 99), lambda: self.m.search(None, 'UNSEEN')):
                started = time.monotonic()
                ok(command())
                self.longest = max(self.longest, time.monotonic() - started)
                self.count += 1
            time.sleep(0.002)


@pytest.mark.parametrize('name, arguments', [
    ('FETCH', ('1:*', '(FLAGS ENVELOPE)')), ('SEARCH', ('TEXT', 'zzznotfoundzzz')), ('STORE', ('1:*', '+FLAGS', '(\\Seen)')),
    ('STORE', ('1:*', '+FLAGS.SILENT', '(\\Answered)'))])
def test_a_neighbour_does_not_wait(big, name, arguments):
    m = log_in(big, 'ann')
    m._mode_ascii()
    ok(m.select('big'))
    ben = Neighbour(big)
    ben.start()
    started = time.monotonic()
    try:
        ok(m._simple_command(name, *arguments))
    finally:
        ben.judge(name, time.monotonic() - started)
    m.logout()


def test_expunge_goes_in_slices(big):
    m = log_in(big, 'ann')
    ok(m.select('big'))
    ok(m.store('101:%d' % MESSAGES, '+FLAGS.SILENT', '(\\Deleted)'))
    ben = Neighbour(big)
    ben.start()
    started = time.monotonic()
    try:
        ok(m.expunge())
    finally:
        ben.judge('EXPUNGE', time.monotonic() - started)
    assert ok(m.select('big')) == [b'100']
    assert len(ok(m.search(None, 'ALL'))[0].split()) == 100
    m.logout()


def test_two_thousand_folders(plain_server):
    m = log_in(plain_server, 'ann')
    for i in range(FOLDERS):
        m.send(b'f%d CREATE f%d/x\r\n' % (i, i)) if i % 2 else m.send(b'f%d CREATE f%d\r\n' % (i, i))
    for i in range(FOLDERS):
        line = m.readline()
        assert line.startswith(b'f%d OK' % i), line
    started = time.monotonic()
    names = ok(m.list('""', '*'))
    took = time.monotonic() - started
    assert len([n for n in names if b' f' in n]) == FOLDERS + FOLDERS // 2
    assert took < 5, took
    started = time.monotonic()
    ok(m._simple_command('LIST', '""', '*', 'RETURN (STATUS (MESSAGES UNSEEN))'))
    assert time.monotonic() - started < 10
    m.logout()
