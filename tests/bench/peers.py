"""The servers that are measured: Tayori, Dovecot, and Postfix handing over to Dovecot, all with throw-away data on loopback."""
import os
import shutil
import signal
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PASSWORD = 'pass'


def tree(pid):
    """A process and everything below it."""
    children = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                with open('/proc/%s/stat' % entry) as f:
                    fields = f.read().rsplit(')', 1)[1].split()
                children.setdefault(int(fields[1]), []).append(int(entry))
            except OSError:
                pass
    out, wait = [], [pid]
    while wait:
        p = wait.pop()
        out.append(p)
        wait += children.get(p, [])
    return out


def cpu_seconds(pids):
    """CPU that processes and their finished children have used."""
    total, tick = 0, os.sysconf('SC_CLK_TCK')
    for pid in pids:
        try:
            with open('/proc/%d/stat' % pid) as f:
                fields = f.read().rsplit(')', 1)[1].split()
            total += sum(int(x) for x in fields[11:15])
        except OSError:
            pass
    return total / tick


def pss_kib(pids):
    total = 0
    for pid in pids:
        try:
            with open('/proc/%d/smaps_rollup' % pid) as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith('Pss:'))
        except OSError:
            pass
    return total


def wait_port(port, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with socket.create_connection(('127.0.0.1', port), 1) as s:
                s.settimeout(2)
                if s.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit('nothing answers on port %d' % port)


def stop(pids):
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 20
    while time.monotonic() < end and any(os.path.exists('/proc/%d' % p) for p in pids):
        time.sleep(0.1)


def make_certificate(folder):
    cert, key = os.path.join(folder, 'cert.pem'), os.path.join(folder, 'key.pem')
    if os.path.exists(cert):
        return cert, key
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=localhost',
                    '-keyout', key, '-out', cert], check=True, stderr=subprocess.DEVNULL)
    return cert, key


class Tayori:
    name = 'Tayori'
    smtp, imap, imaps, pop3 = 22525, 22143, 22993, 22110
    can_append_many = False

    def __init__(self, folder, build, users, engine=None, extra=''):
        self.folder, self.users = folder, users
        self.program = os.path.join(ROOT, build, 'src', 'tayori')
        self.conf = os.path.join(folder, 'tayori.conf')
        cert, key = make_certificate(folder)
        store = 'store { engine = "postgres" conninfo = "%s" }\n' % engine if engine else ''
        with open(self.conf, 'w') as f:
            f.write('server { user = "" hostname = "bench.test" data_directory = "%s/data" run_directory = "%s/run" }\n' % (folder, folder))
            f.write('tls { certificate = "%s" key = "%s" }\n%s%s\n' % (cert, key, store, extra))
            f.write('limits { connections_max = 20000 connections_per_address_max = 20000 connection_rate_per_address = 0 '
                    'connections_per_user_max = 1000 }\nsmtp { messages_rate_per_address = 0 }\nlog { level = "warn" }\n')
            for name, protocol, port, tls in (('mx', 'smtp', self.smtp, 'none'), ('imap', 'imap', self.imap, 'none'),
                                              ('imaps', 'imap', self.imaps, 'implicit'), ('pop3', 'pop3', self.pop3, 'none')):
                f.write('listener "%s" { protocol = "%s" address = "127.0.0.1" port = %d tls = "%s" allow_plaintext_login = true }\n'
                        % (name, protocol, port, tls))
        if not os.path.exists(os.path.join(folder, 'data', 'tayori.db')):
            self.cli('domain', 'add', 'bench.test')

    domain = 'bench.test'
    data = property(lambda self: os.path.join(self.folder, 'data'))

    def cli(self, *words, stdin=b''):
        subprocess.run([self.program, '--config', self.conf, *words], input=stdin, check=True)

    def start(self):
        log = open(os.path.join(self.folder, 'log'), 'ab')
        self.process = subprocess.Popen([self.program, 'serve', '--config', self.conf], stdout=log, stderr=log)
        wait_port(self.smtp)
        wait_port(self.imap)
        have = subprocess.run([self.program, '--config', self.conf, '--json', 'status'], stdout=subprocess.PIPE, check=True).stdout
        if b'"users":0' in have.replace(b' ', b''):
            hashed = '{PLAIN}' + PASSWORD
            for i in range(1, self.users + 1):
                self.cli('user', 'add', 'u%04d@bench.test' % i, '--password-hash', hashed)

    def pids(self):
        return tree(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


class Dovecot:
    """IMAP and POP3. `tuned`: log-in processes are kept, mail processes used a hundred times, as its documentation advises."""
    imap, imaps, pop3 = 21143, 21993, 21110
    domain = 'bench.test'
    can_append_many = True

    def __init__(self, folder, users, location, tuned, fsync='optimized'):
        self.folder, self.users, self.location, self.tuned = folder, users, location, tuned
        self.name = 'Dovecot, %s%s%s' % (location, ', tuned' if tuned else '', ', fsync always' if fsync == 'always' else '')
        self.dovecot_dir = os.path.join(folder, 'dovecot')
        os.makedirs(self.dovecot_dir, exist_ok=True)
        self.data = os.path.join(folder, 'mail')
        os.makedirs(self.data, exist_ok=True)
        if subprocess.run(['id', 'vmail'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            subprocess.run(['useradd', '-u', '5000', '-M', '-s', '/usr/sbin/nologin', 'vmail'], check=True)
        shutil.chown(self.data, 'vmail')
        path = os.path.dirname(folder)
        while path != '/':
            os.chmod(path, os.stat(path).st_mode | 0o055)
            path = os.path.dirname(path)
        os.chmod(folder, 0o755)
        self.set_fsync(fsync)

    def services(self):
        login = 'service_count = 0\n  process_min_avail = 2' if self.tuned else 'process_limit = 20000'
        mail = 'service_count = 100\n  process_limit = 20000' if self.tuned else 'process_limit = 20000'
        return '''service imap-login {
  %(login)s
  inet_listener imap {
    port = %(imap)d
  }
  inet_listener imaps {
    port = %(imaps)d
  }
}
service pop3-login {
  %(login)s
  inet_listener pop3 {
    port = %(pop3)d
  }
  inet_listener pop3s {
    port = 0
  }
}
service imap {
  %(mail)s
}
service pop3 {
  %(mail)s
}
''' % dict(login=login, mail=mail, imap=self.imap, imaps=self.imaps, pop3=self.pop3)

    def set_fsync(self, fsync):
        """optimized: Dovecot's default, which flushes new mail but not flags. Takes effect at the next start."""
        self.fsync = fsync
        d = self.dovecot_dir
        cert, key = make_certificate(d)
        with open(os.path.join(d, 'users'), 'w') as f:
            for i in range(1, self.users + 1):
                f.write('u%04d@bench.test:{PLAIN}%s:5000:5000::%s/u%04d::\n' % (i, PASSWORD, self.data, i))
        with open(os.path.join(d, 'dovecot.conf'), 'w') as f:
            f.write('''protocols = imap pop3 lmtp
base_dir = %(d)s/run
listen = 127.0.0.1
log_path = %(d)s/log
disable_plaintext_auth = no
ssl = yes
ssl_cert = <%(cert)s
ssl_key = <%(key)s
first_valid_uid = 1000
mail_location = %(location)s
mail_fsync = %(fsync)s
mail_max_userip_connections = 20000
default_client_limit = 40000
passdb {
  driver = passwd-file
  args = %(d)s/users
}
userdb {
  driver = passwd-file
  args = %(d)s/users
}
postmaster_address = postmaster@bench.test
service anvil {
  client_limit = 80000
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
%(services)s''' % dict(d=d, cert=cert, key=key, services=self.services(), fsync=fsync,
                    location={'Maildir': 'maildir:~/Maildir', 'sdbox': 'sdbox:~/sdbox', 'mdbox': 'mdbox:~/mdbox'}[self.location]))

    def start(self):
        quiet = dict(stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.folder, 'start.log'), 'ab'))
        subprocess.run(['dovecot', '-c', os.path.join(self.dovecot_dir, 'dovecot.conf')], check=True, **quiet)
        wait_port(self.imap)
        with open(os.path.join(self.dovecot_dir, 'run', 'master.pid')) as f:
            self.dovecot_pid = int(f.read())

    def pids(self):
        return tree(self.dovecot_pid)

    def stop(self):
        stop([self.dovecot_pid])


class PostfixDovecot(Dovecot):
    smtp = 21525

    def __init__(self, folder, users, location, tuned):
        self.postfix_dir = os.path.join(folder, 'postfix')
        for x in ('etc', 'spool', 'data'):
            os.makedirs(os.path.join(self.postfix_dir, x))
        super().__init__(folder, users, location, tuned)
        self.name = 'Postfix + Dovecot, %s%s' % (location, ', tuned log-in' if tuned else '')
        self.postfix_conf()

    def postfix_conf(self):
        etc = os.path.join(self.postfix_dir, 'etc')
        with open(os.path.join(etc, 'boxes'), 'w') as f:
            for i in range(1, self.users + 1):
                f.write('u%04d@bench.test ok\n' % i)
        with open(os.path.join(etc, 'main.cf'), 'w') as f:
            f.write('''compatibility_level = 3.6
queue_directory = %(p)s/spool
data_directory = %(p)s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.bench.test
mydestination =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = bench.test
virtual_mailbox_maps = hash:%(p)s/etc/boxes
virtual_transport = lmtp:unix:%(d)s/run/lmtp
smtpd_relay_restrictions = permit_mynetworks, reject
maillog_file = %(p)s/maillog
maillog_file_prefixes = %(p)s, /var, /dev/stdout
biff = no
''' % dict(p=self.postfix_dir, d=self.dovecot_dir))
        lines = []
        for line in open('/usr/share/postfix/master.cf.dist'):
            words = line.split()
            if len(words) >= 8 and words[1] in ('inet', 'unix', 'fifo', 'unix-dgram') and not line.startswith('#'):
                words[4] = 'n'
                if words[0] == 'smtp' and words[1] == 'inet':
                    words[0] = str(self.smtp)
                line = ' '.join(words) + '\n'
            lines.append(line)
        if not any(line.startswith('postlog') for line in lines):
            lines.append('postlog unix-dgram n - n - 1 postlogd\n')
        with open(os.path.join(etc, 'master.cf'), 'w') as f:
            f.writelines(lines)
        shutil.chown(os.path.join(self.postfix_dir, 'data'), 'postfix')
        subprocess.run(['postmap', '-c', etc, 'hash:' + os.path.join(etc, 'boxes')], check=True)

    def start(self):
        super().start()
        quiet = dict(stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.folder, 'start.log'), 'ab'))
        subprocess.run(['postfix', '-c', os.path.join(self.postfix_dir, 'etc'), 'start'], check=True, **quiet)
        wait_port(self.smtp)
        with open(os.path.join(self.postfix_dir, 'spool', 'pid', 'master.pid')) as f:
            self.postfix_pid = int(f.read())

    def pids(self):
        return tree(self.dovecot_pid) + tree(self.postfix_pid)

    def stop(self):
        stop([self.postfix_pid, self.dovecot_pid])
