"""COMPRESS=DEFLATE (RFC 4978) against zlib's own idea of it: with TLS and without, IDLE, large messages, bad streams."""
import re
import select
import socket
import ssl
import time
import zlib

import pytest

from server import PATIENCE, running

OCTETS = bytes(range(32, 127)) * 11 + b'\r\n'


class Client:
    """A line client that may turn compression on; waits for tagged answers."""

    def __init__(self, server, tls=True, user='ann', receive_buffer=0):
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(60 * PATIENCE)
        self.sock.connect(('127.0.0.1', server.ports['imaps' if tls else 'imap']))
        if tls:
            self.sock = ssl._create_unverified_context().wrap_socket(self.sock)
        self.plain, self.inflate, self.deflate, self.n, self.wire = b'', None, None, 0, 0
        assert self.line().startswith(b'* OK')
        if user:
            assert self.command('LOGIN %s@example.test secret-%s' % (user, user))[-1][1] == b'OK'

    def begin(self, **options):
        assert self.command('COMPRESS DEFLATE')[-1][1] == b'OK'
        self.inflate, self.deflate = zlib.decompressobj(-15), zlib.compressobj(wbits=-15, **options)

    def send(self, octets, flush=zlib.Z_SYNC_FLUSH):
        if self.deflate:
            octets = self.deflate.compress(octets) + self.deflate.flush(flush)
        self.sock.sendall(octets)

    def receive(self):
        octets = self.sock.recv(65536)
        if not octets:
            raise EOFError
        self.wire += len(octets)
        self.plain += self.inflate.decompress(octets) if self.inflate else octets

    def take(self, n):
        while len(self.plain) < n:
            self.receive()
        octets, self.plain = self.plain[:n], self.plain[n:]
        return octets

    def line(self):
        while b'\n' not in self.plain:
            self.receive()
        line, self.plain = self.plain.split(b'\n', 1)
        return line.rstrip(b'\r')

    def whole(self):
        """A line with its literals."""
        line = self.line()
        while True:
            m = re.search(rb'\{(\d+)\}$', line)
            if not m:
                return line
            line += b'\n' + self.take(int(m.group(1))) + self.line()

    def answer(self, tag):
        lines = []
        while True:
            line = self.whole()
            lines.append(line)
            if line.startswith(tag + b' '):
                lines[-1] = line.split(b' ', 2)
                return lines

    def command(self, text):
        self.n += 1
        tag = b't%d' % self.n
        self.send(tag + b' ' + (text if isinstance(text, bytes) else text.encode()) + b'\r\n')
        return self.answer(tag)

    def append(self, mailbox, message):
        return self.command(b'APPEND %s {%d+}\r\n' % (mailbox.encode(), len(message)) + message)

    def close(self):
        self.sock.close()


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp('tayori'), listener_options='allow_plaintext_login = true') as s:
        yield s


@pytest.mark.parametrize('tls', (False, True))
@pytest.mark.parametrize('options', ({}, {'level': 9}, {'level': 0}, {'memLevel': 1}))
def test_commands_and_messages_go_through(server, tls, options):
    c = Client(server, tls)
    assert b'COMPRESS=DEFLATE' in c.command('CAPABILITY')[0]
    c.begin(**options)
    assert b'COMPRESS=DEFLATE' not in c.command('CAPABILITY')[0]
    message = b'Subject: compressed\r\n\r\n' + OCTETS * 1000
    c.command('CREATE Zip')
    assert c.append('Zip', message)[-1][1] == b'OK'
    c.command('SELECT Zip')
    c.wire = 0
    fetched = c.command('FETCH * BODY.PEEK[]')[0]
    assert message in fetched
    assert c.wire < len(message) / 10
    for i in range(20):
        assert c.command('NOOP')[-1][1] == b'OK'
    c.command('LOGOUT')
    c.close()


def test_a_second_time_is_refused(server):
    c = Client(server)
    c.begin()
    status = c.command('COMPRESS DEFLATE')[-1]
    assert status[1] == b'NO' and status[2].startswith(b'[COMPRESSIONACTIVE]')
    assert c.command('NOOP')[-1][1] == b'OK'
    c.close()


def test_unknown_and_early(server):
    c = Client(server)
    assert c.command('COMPRESS LZW')[-1][1] == b'BAD'
    assert c.command('COMPRESS')[-1][1] == b'BAD'
    c.close()
    c = Client(server, user=None)
    assert c.command('COMPRESS DEFLATE')[-1][1] == b'BAD'
    c.close()


def test_idle_is_pushed_compressed(server):
    watcher, writer = Client(server, user='ben'), Client(server, user='ben')
    watcher.begin()
    writer.begin()
    watcher.command('SELECT INBOX')
    for round in range(3):
        watcher.send(b'i IDLE\r\n')
        assert watcher.line().startswith(b'+')
        assert writer.append('INBOX', b'Subject: pushed\r\n\r\nx\r\n')[-1][1] == b'OK'
        while b'EXISTS' not in watcher.line():
            pass
        watcher.send(b'DONE\r\n')
        assert watcher.answer(b'i')[-1][1] == b'OK'
    watcher.close()
    writer.close()


def test_octets_one_by_one_and_without_block_ends(server):
    """A client may flush as it likes: in the middle of a command, of a block, of an octet."""
    c = Client(server, tls=False)
    c.begin()
    for flush in (zlib.Z_PARTIAL_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_BLOCK):
        for i in range(5):
            command = b'p%d NOOP\r\n' % i
            octets = c.deflate.compress(command) + c.deflate.flush(flush)
            if flush == zlib.Z_BLOCK:
                octets += c.deflate.flush(zlib.Z_PARTIAL_FLUSH)
            for octet in octets:
                c.sock.sendall(bytes([octet]))
                time.sleep(0.002)
            assert c.answer(b'p%d' % i)[-1][1] == b'OK'
    c.close()


def test_references_far_back(server):
    """The server keeps the last 32 KiB of what the client sent while it waits."""
    c = Client(server)
    c.begin(level=9)
    c.command('SELECT INBOX')
    for round in range(6):
        for i in range(60):
            command = 'UID FETCH %s (FLAGS)' % ','.join(str((i * 7919 + k * 104729) % 4000000000 + 1) for k in range(50))
            assert c.command(command)[-1][1] == b'OK'
        c.send(b'i IDLE\r\n')
        assert c.line().startswith(b'+')
        time.sleep(0.05)
        c.send(b'DONE\r\n')
        assert c.answer(b'i')[-1][1] == b'OK'
    c.close()


def test_no_deflate_is_cut_off(server):
    c = Client(server, tls=False)
    assert c.command('COMPRESS DEFLATE')[-1][1] == b'OK'
    c.sock.sendall(b'a NOOP\r\n' * 10)
    with pytest.raises((EOFError, ConnectionError)):
        while True:
            c.receive()
    c.close()


def test_a_bomb_costs_no_memory(server):
    """A gigabyte of nothing in a megabyte: one command line that is too long."""
    c = Client(server, tls=False)
    c.begin(level=9)
    pid = server.roles('session')
    before = max(peak(p) for p in pid)
    block = c.deflate.compress(b'x' * (256 << 20)) + c.deflate.flush(zlib.Z_SYNC_FLUSH)
    assert len(block) < 1 << 20
    c.sock.sendall(block)
    c.send(b'\r\n')
    assert b'BAD' in c.line()
    assert c.command('NOOP')[-1][1] == b'OK'
    assert max(peak(p) for p in pid) < before + 8 * 1024
    c.close()


def peak(pid):
    """KiB that a process has held at most."""
    with open('/proc/%d/status' % pid) as f:
        return int(re.search(r'VmHWM:\s+(\d+)', f.read()).group(1))


def held(pid):
    with open('/proc/%d/smaps_rollup' % pid) as f:
        return int(re.search(r'Private_Dirty:\s+(\d+)', f.read()).group(1))


@pytest.mark.release
def test_idle_sessions_are_cheap(tmp_path):
    n = 300
    with running(tmp_path, sections='limits {\n connections_per_user_max = 1000\n connections_per_address_max = 1000\n}\n',
                 listener_options='allow_plaintext_login = true') as s:
        def park(client):
            client.command('SELECT INBOX')
            for i in range(10):
                client.command('UID FETCH %d:* (FLAGS)' % (i + 1))
            client.send(b'i IDLE\r\n')
            assert client.line().startswith(b'+')

        warm = [Client(s, tls=False) for _ in range(20)]
        for c in warm:
            c.begin()
            park(c)
        pids = s.roles('session')
        before = sum(held(p) for p in pids)
        clients = []
        for i in range(n):
            clients.append(Client(s, tls=False))
            clients[-1].begin()
            park(clients[-1])
        time.sleep(0.5)
        grown = sum(held(p) for p in pids) - before
        print('%.1f KiB for each compressed session in IDLE' % (grown / n))
        assert grown / n < 16, '%d KiB for %d sessions' % (grown, n)
        for c in clients + warm:
            c.close()


def test_drain_says_goodbye_compressed(tmp_path):
    with running(tmp_path) as s:
        c = Client(s)
        c.begin()
        c.command('SELECT INBOX')
        s.stop()
        assert c.line().startswith(b'* BYE')


def test_switched_off(tmp_path):
    with running(tmp_path, sections='imap {\n compress_level = 0\n}\n') as s:
        c = Client(s)
        assert b'COMPRESS' not in c.command('CAPABILITY')[0]
        assert c.command('COMPRESS DEFLATE')[-1][1] == b'NO'
        c.close()


def test_saved_between_all_commands(tmp_path):
    """The session is saved, freed and restored after each step; the stream with its compression stays."""
    with running(tmp_path, sections='server {\n session_save_every_step = 1\n}\n') as s:
        c = Client(s)
        c.begin()
        c.command('SELECT INBOX')
        assert c.append('INBOX', b'Subject: x\r\n\r\n' + OCTETS)[-1][1] == b'OK'
        assert OCTETS in c.command('FETCH * BODY[]')[0]
        c.close()


def test_pipelined_commands_and_a_reader_who_waits(server):
    """Many answers while the client reads nothing: they wait in the server, and come in order."""
    c = Client(server, tls=False, receive_buffer=4096)
    c.begin()
    c.command('CREATE Slow')
    noise = b'Subject: n\r\n\r\n' + b'\r\n'.join(b'%x' % (i * i * 2654435761 % 2**64) for i in range(40000))
    assert c.append('Slow', noise)[-1][1] == b'OK'
    c.command('SELECT Slow')
    c.send(b''.join(b'q%d FETCH 1 BODY.PEEK[]\r\n' % i for i in range(20)))
    assert select.select([c.sock], [], [], 10)[0]
    time.sleep(1)
    for i in range(20):
        lines = c.answer(b'q%d' % i)
        assert noise in lines[0] and lines[-1][1] == b'OK'
    c.close()
