"""IMAP and POP3 on the same mailboxes of each server: 100,000 messages of 2 KiB, 10,000 of 20 KiB, many small ones.

Every row is measured on all servers in turn. Rows of milliseconds are better when lower, rows a second when higher.
"""
import json
import os
import subprocess
import sys
import time

from peers import PASSWORD

USERS = 160
MANY, LARGE, PUSH, PING = 1, 2, 3, 4  # numbers of users
APPENDERS, APPENDER = 20, 11
POP_USERS, POP_USER, POP_MESSAGES = 100, 51, 10
SIZES = {False: (100000, 10000), True: (20000, 2000)}
LIST = '(ENVELOPE INTERNALDATE RFC822.SIZE BODYSTRUCTURE)'


class Bench:
    def __init__(self, build, server, is_quick):
        self.load_program = os.path.join(build, 'tests', 'bench', 'load')
        self.server = server
        self.many, self.large = SIZES[is_quick]
        self.n_append = 0

    def load(self, *words, check=True):
        p = subprocess.run([self.load_program, *map(str, words)], stdout=subprocess.PIPE, text=True)
        out = json.loads(p.stdout) if p.stdout else {}
        failed = p.returncode or (isinstance(out, dict) and out.get('failed'))
        if check and failed:
            raise SystemExit('%s: %s: %s' % (self.server.name, ' '.join(map(str, words[:6])), p.stdout))
        return out

    def run(self, user, *commands):
        """Milliseconds of each command."""
        out = self.load('run', self.server.imap, self.server.domain, user, PASSWORD, *commands)
        for command, one in zip(commands, out):
            if not one['ok']:
                print('%s: %s failed' % (self.server.name, command), file=sys.stderr)
        return [one['ms'] for one in out]

    def append(self, clients, count, size, at_once, mailbox, first, users):
        return self.load('append', self.server.imap, clients, count, size, at_once, mailbox, self.server.domain, first, users, PASSWORD)

    def count(self, user):
        out = subprocess.run([self.load_program, 'run', str(self.server.imap), self.server.domain, str(user), PASSWORD,
                              'STATUS INBOX (MESSAGES)'], stdout=subprocess.PIPE, text=True)
        return json.loads(out.stdout)[0]['octets'] if out.stdout else 0

    # ------------------------------------------------------------ mailboxes

    def fill(self):
        """Put the mailboxes in, unless they are there; `server` flushes nothing meanwhile where it can be told so."""
        mark = os.path.join(self.server.folder, 'filled-%d' % self.many)
        if os.path.exists(mark):
            return
        at_once = 1000 if self.server.can_append_many else 1
        clients = 1 if self.server.can_append_many else 20
        self.append(clients, self.many, 2048, at_once, 'INBOX', MANY, 1)
        self.append(clients, self.large, 20480, at_once, 'INBOX', LARGE, 1)
        self.append(1, 1, 4096, 1, 'INBOX', PUSH, 1)
        self.append(1, 20, 4096, 1, 'INBOX', PING, 1)
        for user in range(POP_USER, POP_USER + POP_USERS):
            self.append(1, POP_MESSAGES, 4096, 1, 'INBOX', user, 1)
        self.run(MANY, 'SELECT INBOX')
        self.run(LARGE, 'SELECT INBOX', 'CREATE c1', 'CREATE c2')
        open(mark, 'w').close()

    def drop_caches(self):
        os.sync()
        for folder, _, names in os.walk(self.server.data):
            for name in names:
                try:
                    fd = os.open(os.path.join(folder, name), os.O_RDONLY)
                    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
                    os.close(fd)
                except OSError:
                    pass

    # ------------------------------------------------------------ rows

    def row_login(self):
        self.load('login', self.server.imap, 4, 200, 0, self.server.domain, USERS, PASSWORD)
        n = 4000 if self.server.name == 'Tayori' else 1000
        out = self.load('login', self.server.imap, 8, n, 0, self.server.domain, USERS, PASSWORD)
        return {'log-ins, 8 clients': -out['done'] / out['seconds']}

    def row_select(self):
        self.server.stop()
        self.drop_caches()
        self.server.start()
        cold = self.run(MANY, 'SELECT INBOX')[0]
        warm = self.run(MANY, 'SELECT INBOX', 'SELECT INBOX')[0]
        return {'SELECT of %d, cold' % self.many: cold, 'SELECT of %d, warm' % self.many: warm}

    def row_flags(self):
        ms = self.run(MANY, 'SELECT INBOX', 'UID FETCH 1:* (FLAGS)', 'UID FETCH 1:* (FLAGS)', 'FETCH 1:* (UID)')
        return {'UID FETCH 1:* (FLAGS) of %d' % self.many: ms[2], 'FETCH 1:* (UID) of %d' % self.many: ms[3]}

    def row_list(self):
        large = self.run(LARGE, 'SELECT INBOX', 'FETCH 1:* ' + LIST, 'FETCH 1:* ' + LIST)
        many = self.run(MANY, 'SELECT INBOX', 'FETCH 1:* ' + LIST, 'FETCH 1:* ' + LIST)
        return {'ENVELOPE, BODYSTRUCTURE of %d' % self.large: large[2], 'the same of %d' % self.many: many[2]}

    def row_body(self):
        ms = self.run(LARGE, 'SELECT INBOX', 'UID FETCH 1:* (BODY.PEEK[])', 'UID FETCH 1:* (BODY.PEEK[])')
        many = self.run(MANY, 'SELECT INBOX', 'UID FETCH 1:* (BODY.PEEK[])', 'UID FETCH 1:* (BODY.PEEK[])')
        return {'bodies of %d x 20 KiB' % self.large: ms[2], 'bodies of %d x 2 KiB' % self.many: many[2]}

    def row_store(self):
        large = self.run(LARGE, 'SELECT INBOX', 'STORE 1:* +FLAGS (\\Flagged)', 'STORE 1:* -FLAGS.SILENT (\\Flagged)')
        many = self.run(MANY, 'SELECT INBOX', 'STORE 1:* +FLAGS (\\Flagged)', 'STORE 1:* -FLAGS.SILENT (\\Flagged)')
        return {'STORE +FLAGS on %d' % self.large: large[1], 'STORE -FLAGS.SILENT on %d' % self.large: large[2],
                'STORE +FLAGS on %d' % self.many: many[1], 'STORE -FLAGS.SILENT on %d' % self.many: many[2]}

    def row_copy(self):
        ms = self.run(LARGE, 'SELECT INBOX', 'COPY 1:* c1', 'SELECT c1', 'MOVE 1:* c2', 'SELECT INBOX', 'DELETE c1', 'DELETE c2', 'CREATE c1',
                      'CREATE c2')
        return {'COPY of %d' % self.large: ms[1], 'MOVE of %d' % self.large: ms[3]}

    def row_append(self):
        self.n_append += 1
        name = 'a%d-%d' % (os.getpid(), self.n_append)
        for user in range(APPENDER, APPENDER + APPENDERS):
            self.run(user, 'CREATE ' + name)
        one = self.append(1, 1500, 4096, 1, name, APPENDER, 1)
        all_ = self.append(APPENDERS, 4000, 4096, 1, name, APPENDER, APPENDERS)
        for user in range(APPENDER, APPENDER + APPENDERS):
            self.run(user, 'DELETE ' + name)
        return {'APPEND, 1 connection': -one['done'] / one['seconds'], 'APPEND, 20 connections': -all_['done'] / all_['seconds']}

    def row_search(self):
        ms = self.run(LARGE, 'SELECT INBOX', 'SEARCH SUBJECT 9999', 'SEARCH SUBJECT 9999', 'SEARCH TEXT zzznotfoundzzz', 'SEARCH UNSEEN')
        return {'SEARCH SUBJECT in %d' % self.large: ms[2], 'SEARCH TEXT in %d x 20 KiB' % self.large: ms[3]}

    def row_push(self):
        # Dovecot gathers news for half a second, and once in a while one does not come at all.
        out = self.load('push', self.server.imap, 300 if self.server.name == 'Tayori' else 40, 4096, self.server.domain, PUSH, PASSWORD,
                        check=self.server.name == 'Tayori')
        return {'IDLE: APPEND to EXISTS, p50': out['p50_ms'], 'IDLE: APPEND to EXISTS, p99': out['p99_ms']}

    def row_pop3(self):
        self.load('pop3', self.server.pop3, 4, 100, POP_MESSAGES, self.server.domain, POP_USER, POP_USERS, PASSWORD, check=False)
        n = 2000 if self.server.name == 'Tayori' else 600
        out = self.load('pop3', self.server.pop3, 10, n, POP_MESSAGES, self.server.domain, POP_USER, POP_USERS, PASSWORD)
        return {'POP3 sessions, 10 clients': -out['done'] / out['seconds']}

    def row_neighbour(self):
        """What somebody with a small mailbox feels while others work on a large one."""
        out = {}
        for what, command in (('nothing', None), ('FETCH', 'FETCH 1:* (FLAGS ENVELOPE)'), ('SEARCH TEXT', 'SEARCH TEXT zzznotfoundzzz'),
                              ('STORE', 'STORE 1:* +FLAGS (\\Flagged)')):
            words = ['run', self.server.imap, self.server.domain, MANY, PASSWORD, 'SELECT INBOX']
            other = None
            if command:
                words += [command] * (1 if command.startswith('SEARCH') else 2)
                if command.startswith('STORE'):
                    words[-1] = 'STORE 1:* -FLAGS (\\Flagged)'
                other = subprocess.Popen([self.load_program, *map(str, words)], stdout=subprocess.DEVNULL)
                time.sleep(0.01)
            one = self.load('ping', self.server.imap, 1000, self.server.domain, PING, PASSWORD)
            if other:
                other.wait()
            out['a small command beside %s, p99' % what] = one['p99_ms']
        return out


ROWS = ['login', 'select', 'flags', 'list', 'body', 'store', 'copy', 'append', 'search', 'push', 'pop3', 'neighbour']


def text(value):
    value = abs(value)
    return '%.0f' % value if value >= 100 else '%.1f' % value if value >= 10 else '%.2f' % value


def fill(build, servers, is_quick):
    benches = []
    for server in servers:
        bench = Bench(build, server, is_quick)
        benches.append(bench)
        if hasattr(server, 'set_fsync'):
            kept = server.fsync
            server.set_fsync('never')
        server.start()
        bench.fill()
        server.stop()
        if hasattr(server, 'set_fsync'):
            server.set_fsync(kept)
    return benches


def measure(benches, runs, only):
    """The table: per row the median and range of each server, and how many times better the first is than the best of the others."""
    print('| | %s | ratio |' % ' | '.join(b.server.name for b in benches))
    print('| --- %s| --- |' % ('| --- ' * len(benches)))
    for row in only or ROWS:
        results = [{} for _ in benches]
        for _ in range(runs):
            for bench, result in zip(benches, results):
                bench.server.start()
                for what, value in getattr(bench, 'row_' + row)().items():
                    result.setdefault(what, []).append(value)
                bench.server.stop()
        for what in results[0]:
            cells, middles = [], []
            for result in results:
                values = sorted(result[what])
                middles.append(values[len(values) // 2])
                spread = sorted((abs(values[0]), abs(values[-1])))
                cells.append(text(middles[-1]) + (' [%s-%s]' % tuple(map(text, spread)) if runs > 1 else ''))
            ratio = ''
            if len(middles) > 1:
                best = min(middles[1:])
                ratio = '%.1f' % (best / middles[0] if best > 0 else middles[0] / best)
            print('| %s, %s | %s | %s |' % (what, 'a second' if middles[0] < 0 else 'ms', ' | '.join(cells), ratio), flush=True)
