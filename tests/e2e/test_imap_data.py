"""Much data through IMAP: messages of 100 MB and lines of 2 MB both ways in bounded memory, readers that do not read,
several messages at once, binary parts."""
import base64
import os
import re
import threading
import time

import pytest

from server import PATIENCE, running, wait_until
from test_compress import Client, peak

MB = 1 << 20
LARGE = 'server {\n drain_time = 2s\n}\nlimits {\n message_max = 128M\n spool_max = 600M\n}\nstore {\n quota_default = 4G\n}\n'


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp('tayori'), sections=LARGE, listener_options='allow_plaintext_login = true') as s:
        yield s


def large_message(size, line=76):
    body = base64.b64encode(os.urandom(MB))
    body = b'\r\n'.join(body[i:i + line] for i in range(0, len(body), line)) + b'\r\n'
    head = b'Subject: large\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return head + body * ((size - len(head)) // len(body) + 1)


def peaks(server):
    return {role: max(peak(p) for p in server.roles(role)) for role in ('session', 'store')}


def blocked_threads(server):
    """Threads of session processes that wait for the room in one socket (poll), not for any event."""
    n = 0
    for pid in server.roles('session'):
        for task in os.listdir('/proc/%d/task' % pid):
            with open('/proc/%d/task/%s/syscall' % (pid, task)) as f:
                n += f.read().startswith('7 ')
    return n


def send_literal(c, mailbox, message):
    c.send(b'big APPEND %s {%d}\r\n' % (mailbox.encode(), len(message)))
    assert c.line().startswith(b'+')
    c.send(message)
    c.send(b'\r\n')
    status = c.answer(b'big')[-1]
    assert status[1] == b'OK', status


@pytest.fixture(scope='module')
def large(server):
    """100 MB in INBOX of ben."""
    message = large_message(100 * MB)
    c = Client(server, user='ben')
    before = peaks(server)
    send_literal(c, 'INBOX', message)
    c.close()
    # The message is in a sealed file of which the session maps what it parses; the store reads that file.
    grown = {role: peaks(server)[role] - before[role] for role in before}
    yield message, grown


def anonymous(pid):
    """KiB that are the process's own, at most until now, without what it has mapped of files."""
    with open('/proc/%d/status' % pid) as f:
        return int(re.search(r'RssAnon:\s+(\d+)', f.read()).group(1))


@pytest.mark.release
def test_append_of_100_mb_takes_no_memory(server, large):
    message, grown = large
    # Pages of the shared file count in VmHWM while they are mapped: they are the message once, not a copy.
    assert grown['session'] < len(message) // 1024 + 32 * 1024, grown
    for role in ('session', 'store'):
        for pid in server.roles(role):
            assert anonymous(pid) < 96 * 1024, role


def fetch_octets(c, what, label):
    """Length and a checksum of the one literal, read as it comes."""
    c.send(b'f ' + what + b'\r\n')
    line = c.line()
    assert label in line, line
    size = int(re.search(rb'\{(\d+)\}$', line).group(1))
    return size


def drain_literal(c, size):
    parts = []
    while size:
        while not c.plain:
            c.receive()
        part = c.plain[:size]
        c.plain = c.plain[len(part):]
        size -= len(part)
        parts.append(part)
    return b''.join(parts)


@pytest.mark.release
@pytest.mark.parametrize('tls', (False, True))
def test_fetch_of_100_mb_takes_no_memory(server, large, tls):
    message, _ = large
    before = peaks(server)
    c = Client(server, tls, user='ben')
    c.command('SELECT INBOX')
    size = fetch_octets(c, b'FETCH 1 BODY.PEEK[]', b'BODY[]')
    assert drain_literal(c, size) == message
    assert c.answer(b'f')[-1][1] == b'OK'
    after = peaks(server)
    assert after['session'] - before['session'] < 12 * 1024, (before, after)
    assert after['store'] - before['store'] < 24 * 1024, (before, after)
    c.close()


@pytest.mark.release
def test_binary_of_100_mb_takes_no_memory(server, large):
    message, _ = large
    body = message[message.index(b'\r\n\r\n') + 4:]
    one = body[:body.index(b'==') + 2].replace(b'\r\n', b'')
    decoded = base64.b64decode(one) * body.count(b'==')
    before = peaks(server)
    c = Client(server, user='ben')
    c.command('SELECT INBOX')
    size = int(re.search(rb'BINARY.SIZE\[1\] (\d+)', c.command('FETCH 1 BINARY.SIZE[1]')[0]).group(1))
    c.send(b'f FETCH 1 BINARY.PEEK[1]\r\n')
    line = c.line()
    assert line.endswith(b'BINARY[1] ~{%d}' % size), line
    octets = drain_literal(c, size)
    assert c.answer(b'f')[-1][1] == b'OK'
    assert octets == decoded
    part = c.command('FETCH 1 BINARY.PEEK[1]<50000000.100>')[0]
    assert part.count(octets[50000000:50000100]) == 1
    after = peaks(server)
    assert after['session'] - before['session'] < 12 * 1024, (before, after)
    c.close()


@pytest.mark.release
@pytest.mark.parametrize('compressed', (False, True))
def test_readers_that_do_not_read_take_no_thread(server, large, compressed):
    """Ten clients ask for 100 MB and read nothing; others are served as ever, and those who read at last get it all."""
    message, _ = large
    clients = []
    before, blocked_before = peaks(server), blocked_threads(server)
    for i in range(10):
        c = Client(server, tls=i % 2 == 0, user='ben', receive_buffer=8192)
        if compressed:
            c.begin()
        c.command('SELECT INBOX')
        c.send(b'f FETCH 1 (BODY.PEEK[] FLAGS BINARY.PEEK[1]<1000.50000000> BODY.PEEK[HEADER])\r\n')
        clients.append(c)
    time.sleep(2)
    other = Client(server, user='ann')
    start = time.monotonic()
    for i in range(20):
        other.command('NOOP')
    assert time.monotonic() - start < 2 * PATIENCE
    # Until the sockets' buffers are full there is work, which takes a while with compression.
    wait_until(lambda: all(blocked_threads(server) <= blocked_before for _ in range(50)), 30, 'all to be parked')
    after = peaks(server)
    # Sockets' buffers are the kernel's; of our own at most 320 KiB each, and what TLS and deflate need.
    assert after['session'] - before['session'] < 16 * 1024, (before, after)
    c = clients[3]
    size = int(re.search(rb'\{(\d+)\}$', c.line()).group(1))
    assert drain_literal(c, size) == message
    line = c.line()
    size = int(re.search(rb'BINARY\[1\]<1000> ~\{(\d+)\}$', line).group(1))
    assert size == 50000000
    drain_literal(c, size)
    rest = c.whole()
    assert b'BODY[HEADER]' in rest
    assert c.answer(b'f')[-1][1] == b'OK'
    assert c.command('NOOP')[-1][1] == b'OK'
    for c in clients + [other]:
        c.close()


def test_seen_is_told_after_a_pause(server):
    """\\Seen is set slice by slice; a reader who makes the answer pause still hears of every flag, once."""
    c = Client(server, tls=False, receive_buffer=8192)
    c.command('CREATE Paused')
    message = large_message(300000)
    for i in range(40):
        c.append('Paused', message)
    c.command('SELECT Paused')
    c.send(b'f FETCH 1:* BODY[]\r\n')
    time.sleep(1)
    lines = c.answer(b'f')
    assert lines[-1][1] == b'OK'
    fetched = [x for x in lines[:-1] if b'FETCH' in x]
    assert len(fetched) == 40
    for i, line in enumerate(fetched):
        assert line.startswith(b'* %d FETCH (' % (i + 1)) and b'\\Seen' in line.split(b'BODY[]')[0], line[:100]
        assert message in line
    c.close()


def test_expunged_by_another_during_a_pause(server):
    """What is gone before it was begun is left out, what was begun ends the connection: no half message."""
    one, two = Client(server, tls=False, receive_buffer=8192), Client(server, tls=False)
    one.command('CREATE Gone')
    for i in range(6):
        send_literal(one, 'Gone', large_message(8 * MB))
    one.command('SELECT Gone')
    two.command('SELECT Gone')
    one.send(b'f FETCH 1:6 BODY.PEEK[]\r\n')
    time.sleep(1)
    two.command('STORE 5:6 +FLAGS (\\Deleted)')
    two.command('EXPUNGE')
    lines = one.answer(b'f')
    assert lines[-1][1] == b'OK' and lines[-1][2].startswith(b'[EXPUNGEISSUED]')
    one.send(b'f FETCH 1:4 BODY.PEEK[]\r\n')
    time.sleep(1)
    two.command('STORE 1:4 +FLAGS (\\Deleted)')
    two.command('EXPUNGE')
    with pytest.raises((EOFError, ConnectionError)):
        one.answer(b'f')
    two.close()


def test_lines_of_2_mb(server):
    message = b'Subject: long\r\n\r\n' + b'x' * (2 * MB) + b'\r\n' + b'y' * (2 * MB) + b'\r\n'
    before = peaks(server)
    c = Client(server)
    c.command('CREATE Long')
    assert c.append('Long', message)[-1][1] == b'OK'
    c.command('SELECT Long')
    fetched = c.command('FETCH 1 (BODY.PEEK[] BODY.PEEK[TEXT]<2000000.200000> RFC822.SIZE BODYSTRUCTURE)')[0]
    assert message in fetched
    assert c.command('SEARCH TEXT yyyy')[0].startswith(b'* SEARCH 1')
    # A header line of 2 MB.
    wide = b'Subject: ' + b'a ' * MB + b'\r\nTo: b@example.org\r\n\r\nbody\r\n'
    assert c.append('Long', wide)[-1][1] == b'OK'
    fetched = c.command('FETCH 2 (ENVELOPE BODY.PEEK[HEADER.FIELDS (TO)] BODY.PEEK[])')[0]
    assert b'To: b@example.org' in fetched and wide in fetched
    assert peaks(server)['session'] - before['session'] < 48 * 1024
    c.close()


def test_pipelined_fetches_wait_for_their_reader(server):
    c = Client(server, tls=False, receive_buffer=4096)
    c.command('CREATE Pipe')
    message = large_message(400000)
    c.append('Pipe', message)
    c.command('SELECT Pipe')
    before = peaks(server)
    c.send(b''.join(b'p%d FETCH 1 BODY.PEEK[]\r\n' % i for i in range(100)))
    time.sleep(1)
    assert peaks(server)['session'] - before['session'] < 8 * 1024
    for i in range(100):
        lines = c.answer(b'p%d' % i)
        assert message in lines[0] and lines[-1][1] == b'OK'
    c.close()


def test_a_reader_who_never_reads_is_cut_off(tmp_path):
    with running(tmp_path, sections='log {\n level = "debug"\n}\nlimits {\n write_timeout = 3s\n}\n',
                 listener_options='allow_plaintext_login = true') as s:
        c = Client(s, tls=False, receive_buffer=4096)
        for i in range(3):
            c.append('INBOX', large_message(8 * MB))
        c.command('SELECT INBOX')
        c.send(b'f FETCH 1:* BODY.PEEK[]\r\n')
        wait_until(lambda: 'too slowly' in open(s.log).read(), 30, 'the reader to be cut off')
        with pytest.raises((EOFError, ConnectionError)):
            c.answer(b'f')


# --- several messages at once


def test_multiappend_is_all_or_nothing(server):
    c = Client(server)
    c.command('CREATE Many')
    messages = [b'Subject: m%d\r\n\r\n' % i + b'x' * (i * 3000) + b'\r\n' for i in range(200)]
    status = c.command(b'APPEND Many ' + b' '.join(b'(\\Seen k%d) {%d+}\r\n%s' % (i, len(m), m)
                                                  for i, m in enumerate(messages)))[-1]
    assert status[1] == b'OK' and re.match(rb'\[APPENDUID \d+ 1:200\]', status[2]), status
    c.command('SELECT Many')
    for i in (0, 1, 99, 199):
        line = c.command('FETCH %d (FLAGS BODY.PEEK[])' % (i + 1))[0]
        assert messages[i] in line and b'k%d ' % i in line.replace(b')', b' ')
    # The last is too large for the server: none comes in, and the connection stays in step.
    c.send(b'b APPEND Many {5+}\r\nabcde {%d}\r\n' % (500 * MB))
    assert c.answer(b'b')[-1][1] == b'NO'
    assert b'MESSAGES 200' in c.command('STATUS Many (MESSAGES)')[0]
    c.close()


def test_multiappend_survives_the_store(server):
    """The store is killed while appends go on: each command's messages are all there, once, or none."""
    c = Client(server)
    c.command('CREATE Killed')
    stop = threading.Event()

    def kill():
        while not stop.is_set():
            for pid in server.roles('store'):
                server.kill_role(pid)
            stop.wait(0.7)

    killer = threading.Thread(target=kill)
    killer.start()
    done = []
    for i in range(60):
        m = [b'Subject: %d-%d\r\n\r\nx\r\n' % (i, k) for k in range(5)]
        status = c.command(b'APPEND Killed ' + b' '.join(b'{%d+}\r\n%s' % (len(x), x) for x in m))[-1]
        if status[1] == b'OK':
            done.append(i)
    stop.set()
    killer.join()
    for attempt in range(50):
        if c.command('SELECT Killed')[-1][1] == b'OK':
            break
        time.sleep(0.2)
    lines = c.command('FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]')
    subjects = re.findall(rb'Subject: (\d+)-(\d+)', b'\n'.join(x for x in lines[:-1]))
    for i in range(60):
        there = sorted(int(k) for n, k in subjects if int(n) == i)
        assert there == (list(range(5)) if there or i in done else []), (i, there)
    assert done
    c.close()


# --- binary parts

PARTS = (b'Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n'
         b'--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
         b'caf=C3=A9 soft=\r\n break  \r\nend=20\r\n'
         b'--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQFBgcICQ==\r\n'
         b'--b\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: x-unknown\r\n\r\n???\r\n'
         b'--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nContent-Transfer-Encoding: base64\r\n\r\naW5uZXI=\r\n'
         b'--b--\r\n')


@pytest.fixture(scope='module')
def parts(server):
    c = Client(server, user='hanako')
    c.append('INBOX', PARTS)
    c.append('INBOX', b'Subject: plain\r\n\r\nplain\r\n')
    c.command('SELECT INBOX')
    yield c
    c.close()


def test_binary_as_another_decoder_sees_it(parts):
    line = parts.command('FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])')[0]
    text = 'café soft break\r\nend '.encode()
    assert b'BINARY[1] {%d}\n%s' % (len(text), text) in line.replace(b'}\r\n', b'}\n') or text in line, line
    assert b'BINARY.SIZE[1] %d' % len(text) in line
    line = parts.command('FETCH 1 (BINARY.PEEK[2] BINARY.SIZE[2])')[0]
    assert b'~{10}' in line and bytes(range(10)) in line and b'BINARY.SIZE[2] 10' in line
    assert b'inner' in parts.command('FETCH 1 BINARY.PEEK[4.1]')[0]


def test_binary_partial(parts):
    line = parts.command('FETCH 1 (BINARY.PEEK[2]<1.3> BINARY.PEEK[2]<8.100> BINARY.PEEK[2]<50.1>)')[0]
    assert b'BINARY[2]<1> {3}\n\x01\x02\x03' in line
    assert b'BINARY[2]<8> {2}\n\x08\x09' in line
    assert b'BINARY[2]<50> {0}\n' in line


def test_binary_unknown_encoding_and_missing_parts(parts):
    lines = parts.command('FETCH 1:2 (UID BINARY.PEEK[3])')
    assert lines[-1][1] == b'NO' and lines[-1][2].startswith(b'[UNKNOWN-CTE]')
    assert len(lines) == 2 and b'* 2 FETCH' in lines[0] and b'BINARY[3] NIL' in lines[0]
    assert parts.command('FETCH 1 BINARY.SIZE[3]')[-1][1] == b'NO'
    assert b'BINARY.SIZE[9] 0' in parts.command('FETCH 1 BINARY.SIZE[9]')[0]


def test_binary_sets_seen_and_peek_does_not(parts):
    parts.command('STORE 1 -FLAGS (\\Seen)')
    parts.command('FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])')
    assert b'\\Seen' not in parts.command('FETCH 1 FLAGS')[0]
    assert b'\\Seen' in parts.command('FETCH 1 BINARY[1]')[0]


def test_binary_whole_message(parts):
    assert b'BINARY[] {%d}\n' % len(PARTS) + PARTS in parts.command('FETCH 1 BINARY.PEEK[]')[0]


@pytest.mark.parametrize('bad', ('BINARY', 'BINARY[', 'BINARY[TEXT]', 'BINARY[1.TEXT]', 'BINARY[1.]', 'BINARY.SIZE[1]<0.1>',
                                 'BINARY[0]', 'BINARY.SIZE', 'BINARY[1]<0>', 'BINARY[1]<0.0>'))
def test_binary_malformed(parts, bad):
    fresh = parts.command('FETCH 1 %s' % bad)
    assert fresh[-1][1] == b'BAD' and b'expected' in fresh[-1][2]
