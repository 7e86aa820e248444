"""A Tayori server of one's own for each test module that asks for one: real processes, throw-away data, loopback only."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('TAYORI_BUILD', os.path.join(ROOT, 'build'))
TAYORI = os.path.join(BUILD, 'src', 'tayori')
# A sanitizer build is slower; limits on waiting, never on speed.
PATIENCE = 6 if os.environ.get('TAYORI_SANITIZER') else 1

LISTENERS = {
    'mx': ('smtp', 'starttls'), 'submission': ('submission', 'starttls'), 'submissions': ('submission', 'implicit'),
    'lmtp': ('lmtp', 'none'), 'imap': ('imap', 'starttls'), 'imaps': ('imap', 'implicit'),
    'pop3': ('pop3', 'starttls'), 'pop3s': ('pop3', 'implicit'),
}


def free_ports(n):
    """Ports that nobody has; all are held until the last is found, so no two are the same."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(contextlib.closing(socket.socket())) for _ in range(n)]
        for s in sockets:
            s.bind(('127.0.0.1', 0))
        return [s.getsockname()[1] for s in sockets]


def wait_until(condition, seconds=10, what='the condition', step=0.02):
    end = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError('waited %g s for %s' % (seconds * PATIENCE, what))
        time.sleep(step)


class Server:
    """One running server. Users are ann, ben and 花子's mailbox hanako, all in example.test, password "secret-NAME"."""

    def __init__(self, folder, sections='', listeners=None, listener_options='', engine=None, ready_bytes=b'',
                 user=''):
        self.folder = folder
        self.conf = os.path.join(folder, 'tayori.conf')
        self.data = os.path.join(folder, 'data')
        self.run_dir = os.path.join(folder, 'run')
        self.log = os.path.join(folder, 'log')
        self.cert, self.key = os.path.join(folder, 'cert.pem'), os.path.join(folder, 'key.pem')
        self.listeners = listeners or LISTENERS
        self.ports = dict(zip(self.listeners, free_ports(len(self.listeners))))
        self.listener_options = listener_options
        self.sections = sections
        self.engine = engine
        self.ready_bytes = ready_bytes  # what a server behind a balancer wants to see before it greets
        self.user = user
        self.process = None
        self.write_config()
        self.cli('config', 'certificate', 'localhost', self.cert, self.key)

    def write_config(self, extra=''):
        store = ''
        if self.engine:
            store = 'store {\n engine = "postgres"\n conninfo = "%s"\n}\n' % self.engine
        with open(self.conf, 'w') as f:
            f.write('server {\n hostname = "mail.example.test"\n data_directory = "%s"\n run_directory = "%s"\n'
                    ' default_domain = "example.test"\n user = "%s"\n}\ntls {\n certificate = "%s"\n key = "%s"\n}\n%s%s\n%s\n'
                    % (self.data, self.run_dir, self.user, self.cert, self.key, store, self.sections, extra))
            for name, (protocol, tls) in self.listeners.items():
                f.write('listener "%s" { protocol = "%s" address = "127.0.0.1" port = %d tls = "%s" %s }\n'
                        % (name, protocol, self.ports[name], tls, self.listener_options))

    def cli(self, *words, stdin=None, check=True):
        p = subprocess.run([TAYORI, '--config', self.conf, *words], input=stdin, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=60 * PATIENCE)
        if check and p.returncode:
            raise AssertionError('tayori %s: exit %d: %s' % (' '.join(words), p.returncode, p.stderr.decode()))
        return p

    def json(self, *words):
        return json.loads(self.cli('--json', *words).stdout)

    def add_users(self, *names, domain='example.test'):
        for name in names:
            self.cli('user', 'add', '%s@%s' % (name, domain), '--password-stdin', stdin=b'secret-' + name.encode())

    def start(self):
        self.log_file = open(self.log, 'ab')
        started = time.monotonic()
        self.process = subprocess.Popen([TAYORI, 'serve', '--config', self.conf], stdout=self.log_file,
                                        stderr=self.log_file, stdin=subprocess.DEVNULL)
        wait_until(lambda: self.serves() or self.died(), 20, 'the server to serve')
        assert self.process.poll() is None, self.tail()
        self.start_seconds = time.monotonic() - started

    def died(self):
        return self.process.poll() is not None

    def serves(self):
        try:
            with contextlib.closing(socket.create_connection(('127.0.0.1', self.ports['mx']), 2 * PATIENCE)) as s:
                s.settimeout(5 * PATIENCE)
                s.sendall(self.ready_bytes)
                return s.recv(3) == b'220'
        except OSError:
            return False

    def tail(self):
        with open(self.log, errors='replace') as f:
            return f.read()[-3000:]

    def roles(self, name=None):
        """Pids of the roles, from the process tree: {pid: role}."""
        out = {}
        for entry in os.listdir('/proc'):
            if not entry.isdigit():
                continue
            try:
                with open('/proc/%s/stat' % entry) as f:
                    parent = int(f.read().rsplit(')', 1)[1].split()[1])
                with open('/proc/%s/cmdline' % entry, 'rb') as f:
                    words = f.read().decode(errors='replace').split('\0')
            except (OSError, ValueError):
                continue
            if parent == self.process.pid:
                role = next((r for r in ('store', 'session', 'delivery', 'web') if any(r in w for w in words[:3])), '?')
                out[int(entry)] = role
        return [pid for pid, role in out.items() if role == name] if name else out

    def kill_role(self, pid):
        os.kill(pid, signal.SIGKILL)

    def stop(self, sig=signal.SIGTERM, seconds=20):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(seconds * PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError('the server did not stop\n' + self.tail())
        code = self.process.returncode
        self.process = None
        self.log_file.close()
        return code

    def assert_clean(self):
        """No sanitizer report and no bug in the log, and the store's books balance."""
        text = open(self.log, errors='replace').read()
        for bad in ('ThreadSanitizer', 'AddressSanitizer', 'runtime error:', ': bug: '):
            assert bad not in text, text[max(0, text.find(bad) - 200):][:4000]
        p = self.cli('store', 'check', check=False)
        assert p.returncode == 0, (p.stdout + p.stderr).decode()


@contextlib.contextmanager
def running(tmp, **options):
    users = options.pop('users', ('ann', 'ben', 'hanako'))
    server = Server(str(tmp), **options)
    try:
        server.cli('domain', 'add', 'example.test')
        server.add_users(*users)
        server.start()
        yield server
        if server.process:
            server.stop()
        server.assert_clean()
    finally:
        if server.process:
            server.process.kill()
            server.process.wait()


@pytest.fixture(scope='session')
def postgres():
    """A private PostgreSQL; gives a libpq connection string for a new database each time it is called."""
    folder = tempfile.mkdtemp(prefix='tayori-pg-')
    os.chmod(folder, 0o755)
    data = os.path.join(folder, 'data')
    binaries = next(p for p in ('/usr/lib/postgresql/15/bin', '/usr/lib/postgresql/16/bin') if os.path.isdir(p))
    as_user = ['runuser', '-u', 'postgres', '--'] if os.getuid() == 0 else []
    if as_user:
        shutil.chown(folder, 'postgres')
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd='/')
    subprocess.run(as_user + [binaries + '/initdb', '-D', data, '-A', 'trust', '-U', 'tayori', '-E', 'UTF8', '--locale=C'],
                   check=True, **quiet)
    log = open(os.path.join(folder, 'log'), 'ab')
    process = subprocess.Popen(as_user + [binaries + '/postgres', '-D', data, '-k', folder, '-c', 'listen_addresses=',
                                          '-c', 'max_connections=100'], stdout=log, stderr=log, cwd='/')
    wait_until(lambda: os.path.exists(os.path.join(folder, '.s.PGSQL.5432')), 20, 'PostgreSQL')
    psql = ['psql', '-q', '-h', folder, '-U', 'tayori', '-d', 'postgres', '-c']
    wait_until(lambda: subprocess.run(psql + ['SELECT 1'], **quiet).returncode == 0, 20, 'PostgreSQL to answer')
    count = [0]

    def new_database():
        count[0] += 1
        name = 'mail%d' % count[0]
        subprocess.run(psql + ['CREATE DATABASE %s' % name], check=True, **quiet)
        return 'host=%s user=tayori dbname=%s' % (folder, name)

    new_database.folder = folder
    yield new_database
    with open(os.path.join(data, 'postmaster.pid')) as f:
        os.kill(int(f.readline()), signal.SIGINT)
    process.wait(20)
    log.close()
    shutil.rmtree(folder, ignore_errors=True)

