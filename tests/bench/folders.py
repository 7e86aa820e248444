#!/usr/bin/env python3
"""2,000 folders in one account: making and listing them, beside Dovecot (mdbox, tuned).

    tests/bench/folders.py BUILD [--runs N] [--skip-peers]
"""
import argparse
import os
import shutil
import socket
import statistics
import tempfile
import time

from peers import PASSWORD, Dovecot, Tayori

FOLDERS = 2000


class Imap:
    def __init__(self, server, user):
        self.sock = socket.create_connection(('127.0.0.1', server.imap))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.sock.makefile('rb', 1 << 20)
        self.file.readline()
        self.run('LOGIN %s %s' % (user, PASSWORD))

    def run(self, command):
        """Lines of an answer; its time in milliseconds."""
        started = time.monotonic()
        self.sock.sendall(b'a ' + command.encode() + b'\r\n')
        n = 0
        while True:
            line = self.file.readline()
            if line.startswith(b'a '):
                break
            n += 1
        if not line.startswith(b'a OK'):
            raise AssertionError('%s: %s' % (command, line))
        return n, (time.monotonic() - started) * 1000

    def many(self, commands):
        started = time.monotonic()
        for c in commands:
            self.run(c)
        return (time.monotonic() - started) * 1000


def names():
    return ['group%02d/folder%04d' % (i % 40, i) for i in range(FOLDERS)]


def measure(server, user):
    m = Imap(server, user)
    out = {}
    out['CREATE, one by one'] = m.many('CREATE ' + n for n in names())
    m.many('SUBSCRIBE ' + n for n in names())
    for what, command in (('LIST "" *', 'LIST "" "*"'),
                          ('LIST (SUBSCRIBED)', 'LIST (SUBSCRIBED) "" "*"'),
                          ('LIST "" %', 'LIST "" "%"'),
                          ('LIST (SUBSCRIBED RECURSIVEMATCH) "" %', 'LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"'),
                          ('LIST RETURN (STATUS (MESSAGES UNSEEN UIDNEXT))',
                           'LIST "" "*" RETURN (STATUS (MESSAGES UNSEEN UIDNEXT))')):
        out[what] = statistics.median(m.run(command)[1] for _ in range(5))
    out['RENAME of a tree of 50'] = m.run('RENAME group00 other')[1]
    out['DELETE, one by one'] = m.many('DELETE ' + n for n in names() if not n.startswith('group00/'))
    return out


def use_other_ports():
    """Not those of tests/bench/run, which may be at work."""
    for cls in (Tayori, Dovecot):
        for name in ('smtp', 'imap', 'imaps', 'pop3'):
            if hasattr(cls, name):
                setattr(cls, name, getattr(cls, name) + 2000)


def main():
    use_other_ports()
    parser = argparse.ArgumentParser()
    parser.add_argument('build')
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--skip-peers', action='store_true')
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix='bench-', dir='/var/tmp')
    os.chmod(folder, 0o755)
    servers, rows = [], {}
    try:
        for cls, name, more in ((Tayori, 'tayori', (os.path.abspath(args.build), args.runs)),
                                (Dovecot, 'dovecot', (args.runs, 'mdbox', True))):
            if cls is Dovecot and args.skip_peers:
                continue
            os.makedirs(os.path.join(folder, name))
            servers.append(cls(os.path.join(folder, name), *more))
            servers[-1].start()
        for i in range(1, args.runs + 1):
            for s in servers:
                for what, ms in measure(s, 'u%04d@bench.test' % i).items():
                    rows.setdefault(what, {}).setdefault(s.name, []).append(ms)
        print('%-48s %s' % ('milliseconds, median [range]', ' '.join('%28s' % s.name for s in servers)))
        for what, by_server in rows.items():
            print('%-48s %s' % (what, ' '.join('%28s' % ('%.1f [%.1f-%.1f]' % (
                statistics.median(by_server[s.name]), min(by_server[s.name]), max(by_server[s.name]))) for s in servers)))
    finally:
        for s in servers:
            try:
                s.stop()
            except Exception as e:
                print(e)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    main()
