"""The servers that are compared: Tayori, Dovecot and Cyrus, each with throw-away data on loopback.

Each has `port`, `new_user()` and `login(user)`. All use "/" between levels, so that names are the same everywhere.
"""
import glob
import os
import shutil
import subprocess
import tempfile
import time

from server import free_ports, running, wait_until
from wire import Closed, Session

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Debian's cyrus-imapd and dovecot-imapd exclude each other; the one is unpacked here instead of being installed.
UNPACKED = os.path.join(ROOT, 'var', 'peers', 'cyrus')
PASSWORD = 'secret'


def scratch_folder(name):
    """In memory where there is such a place: the peers' disks are not what is tested."""
    base = '/dev/shm' if os.path.isdir('/dev/shm') and os.access('/dev/shm', os.W_OK) else None
    folder = tempfile.mkdtemp(prefix='tayori-%s-' % name, dir=base)
    os.chmod(folder, 0o755)
    return folder


def wait_port(port, what):
    def answers():
        try:
            s = Session(port, 5)
        except (OSError, Closed):
            return False
        s.close()
        return True
    wait_until(answers, 30, what, 0.05)


class Server:
    def login(self, user):
        s = Session(self.port)
        for _ in range(5):
            answer = s.run(b'LOGIN "%s" "%s"' % (self.address(user).encode(), PASSWORD.encode()))
            # A machine that stood still: clients try again.
            if answer.tagged.code != ['UNAVAILABLE']:
                break
            time.sleep(1)
        assert answer.status == 'OK', '%s: log-in of %s: %r' % (self.name, user, answer)
        return s

    def address(self, user):
        return user

    known = None

    def capabilities(self, user):
        """What it advertises after log-in; asked once."""
        if self.known is None:
            s = self.login(user)
            self.known = frozenset(s.run(b'CAPABILITY').untagged[0].words)
            s.close()
        return self.known


class Tayori(Server):
    name = 'tayori'

    def __init__(self, folder, **options):
        self.context = running(folder, users=(), listener_options='allow_plaintext_login = true',
                               sections='imap {\n errors_max = 100000\n}\nlimits {\n connections_per_address_max = 5000\n'
                                        ' connections_per_user_max = 500\n connection_rate_per_address = 0\n}\n', **options)
        self.server = self.context.__enter__()
        self.port = self.server.ports['imap']

    def address(self, user):
        return user + '@example.test'

    def new_user(self, user):
        self.server.cli('user', 'add', self.address(user), '--password-hash', '{PLAIN}' + PASSWORD)

    def stop(self):
        self.context.__exit__(None, None, None)


class Dovecot(Server):
    name = 'dovecot'

    def __init__(self):
        self.folder = scratch_folder('dovecot')
        self.port, = free_ports(1)
        if subprocess.run(['id', 'vmail'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            subprocess.run(['useradd', '-r', '-M', '-s', '/usr/sbin/nologin', 'vmail'], check=True)
        os.mkdir(os.path.join(self.folder, 'mail'))
        shutil.chown(os.path.join(self.folder, 'mail'), 'vmail')
        self.conf = os.path.join(self.folder, 'dovecot.conf')
        with open(self.conf, 'w') as f:
            f.write('''protocols = imap
base_dir = %(d)s/run
listen = 127.0.0.1
log_path = %(d)s/log
ssl = no
disable_plaintext_auth = no
first_valid_uid = 0
mail_location = mdbox:~/mdbox
mail_fsync = never
mail_max_userip_connections = 500
namespace inbox {
  inbox = yes
  separator = /
}
passdb {
  driver = static
  args = password=%(p)s
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=%(d)s/mail/%%n
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  service_count = 0
  inet_listener imap {
    port = %(port)d
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  service_count = 200
}
''' % dict(d=self.folder, p=PASSWORD, port=self.port))
        with open(os.path.join(self.folder, 'start.log'), 'wb') as log:
            subprocess.run(['dovecot', '-c', self.conf], check=True, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_port(self.port, 'Dovecot')

    def new_user(self, user):
        pass

    def stop(self):
        subprocess.run(['dovecot', '-c', self.conf, 'stop'], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def unpack_cyrus():
    """The folder that has imapd; fetched once."""
    program = os.path.join(UNPACKED, 'usr/lib/cyrus/bin/imapd')
    if not os.path.exists(program):
        os.makedirs(UNPACKED, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            subprocess.run(['apt-get', 'download', '-q', 'cyrus-imapd'], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            subprocess.run(['dpkg', '-x', glob.glob(os.path.join(folder, '*.deb'))[0], UNPACKED], check=True)
    return program


class Cyrus(Server):
    name = 'cyrus'

    def __init__(self):
        imapd = unpack_cyrus()
        self.folder = d = scratch_folder('cyrus')
        self.port, = free_ports(1)
        for sub in ('conf', 'spool', 'sieve', 'proc', 'lock', 'socket', 'bin'):
            os.mkdir(os.path.join(d, sub))
            shutil.chown(os.path.join(d, sub), 'cyrus', 'mail')
        shutil.chown(d, 'cyrus', 'mail')
        # Where its user may execute it, whoever owns our source tree.
        imapd = shutil.copy(imapd, os.path.join(d, 'bin'))
        self.conf, self.pid_file = os.path.join(d, 'imapd.conf'), os.path.join(d, 'pid')
        with open(self.conf, 'w') as f:
            f.write('''configdirectory: %(d)s/conf
partition-default: %(d)s/spool
defaultpartition: default
sievedir: %(d)s/sieve
proc_path: %(d)s/proc
mboxname_lockpath: %(d)s/lock
idlesocket: %(d)s/socket/idle
notifysocket: %(d)s/socket/notify
lmtpsocket: %(d)s/socket/lmtp
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: %(d)s/sasldb2
sasl_mech_list: PLAIN
admins: cyrus
allowplaintext: yes
unixhierarchysep: yes
altnamespace: yes
virtdomains: off
servername: localhost
expunge_mode: delayed
delete_mode: immediate
munge8bit: no
allowusermoves: yes
conversations: no
duplicatesuppression: no
search_engine: none
imapidlepoll: 1
''' % dict(d=d))
        with open(os.path.join(d, 'cyrus.conf'), 'w') as f:
            f.write('''START {
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C %(c)s -r"
}
SERVICES {
  imap cmd="%(i)s -C %(c)s" listen="127.0.0.1:%(port)d" prefork=1 maxchild=100
}
EVENTS {
}
''' % dict(c=self.conf, i=imapd, port=self.port))
        self.password_of('cyrus')
        log = open(os.path.join(d, 'log'), 'ab')
        master = next(p for p in ('/usr/sbin/cyrmaster', '/usr/lib/cyrus/bin/master') if os.path.exists(p))
        self.process = subprocess.Popen([master, '-C', self.conf, '-M', os.path.join(d, 'cyrus.conf'), '-p', self.pid_file],
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_port(self.port, 'Cyrus')
        self.admin = self.login('cyrus')

    def password_of(self, user):
        subprocess.run(['saslpasswd2', '-f', os.path.join(self.folder, 'sasldb2'), '-p', '-c', '-u', 'localhost', user],
                       input=PASSWORD.encode(), check=True)
        shutil.chown(os.path.join(self.folder, 'sasldb2'), 'cyrus', 'mail')

    def new_user(self, user):
        self.password_of(user)
        answer = self.admin.run(b'CREATE "user/%s"' % user.encode())
        assert answer.status == 'OK', answer

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        time.sleep(0.2)
        shutil.rmtree(self.folder, ignore_errors=True)
