"""What the tests with command-line clients share: a user's account, a folder of one's own, and a look into the mailbox."""
import imaplib
import os
import re
import subprocess
import time

from server import PATIENCE


def sh(command, d, env=None, inp=None, timeout=90, check=True):
    """Run a client in its folder with its own home; its output is kept beside, and returned."""
    e = dict(os.environ, HOME=d, LC_ALL='C.UTF-8', TERM='xterm', **(env or {}))
    p = subprocess.run(command, cwd=d, env=e, input=inp, timeout=timeout * PATIENCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       shell=isinstance(command, str))
    out = p.stdout.decode('utf-8', 'replace')
    with open(os.path.join(d, 'log'), 'a') as f:
        f.write('$ %s\n%s\nexit %d\n' % (command, out, p.returncode))
    if check and p.returncode:
        raise AssertionError('exit %d: %s' % (p.returncode, out.strip()[-600:]))
    return out


def write(d, name, text, mode=0o600):
    path = os.path.join(d, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def boxes(m):
    out = []
    for line in m.list()[1] or []:
        if line:
            match = re.match(rb'\((.*?)\) (?:"(.)"|NIL) (.*)$', line if isinstance(line, bytes) else line[1])
            out.append((match.group(3).decode().strip('"'), (match.group(2) or b'').decode()))
    return out


class Account:
    """The user that a client works for, and what the test may ask about the mailboxes."""

    def __init__(self, server, user, password):
        self.host, self.hostname = '127.0.0.1', 'localhost'
        self.user = self.address = user
        self.password = password
        self.cafile = server.cert
        for name in ('imap', 'imaps', 'pop3', 'pop3s', 'lmtp', 'submission'):
            setattr(self, name, server.ports[name])
        self.smtp = server.ports['mx']

    def login(self):
        m = imaplib.IMAP4(self.host, self.imap)
        m.login(self.user, self.password)
        return m

    def wipe(self):
        m = self.login()
        for name, _ in sorted(boxes(m), key=lambda x: -len(x[0])):
            if name.upper() != 'INBOX':
                m._simple_command('DELETE', '"%s"' % name)
        if int(m.select('INBOX')[1][0] or 0):
            m.store('1:*', '+FLAGS.SILENT', r'(\Deleted)')
            m.expunge()
        m.logout()

    def message(self, n, body='body'):
        return ('From: Sender <sender@example.com>\r\nTo: %s\r\nSubject: message %d\r\nDate: Tue, 0%d Oct 2024 10:00:00 +0000\r\n'
                'Message-ID: <m%d@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n'
                'Content-Transfer-Encoding: 8bit\r\n\r\n%s %d é\r\n' % (self.address, n, n % 9 + 1, n, body, n)).encode()

    def fill(self, n, box='INBOX', flags=''):
        m = self.login()
        if box != 'INBOX':
            m.create('"%s"' % box)
        for i in range(1, n + 1):
            assert m.append('"%s"' % box, flags, None, self.message(i))[0] == 'OK'
        m.logout()

    def state(self, box='INBOX'):
        """Subject -> flags of all messages."""
        m = self.login()
        n = int(m.select('"%s"' % box)[1][0] or 0)
        out = {}
        if n:
            for x in m.fetch('1:*', '(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])')[1]:
                if isinstance(x, tuple):
                    subject = re.sub(rb'^subject: *', b'', x[1].strip(), flags=re.I).decode('utf-8', 'replace')
                    out[subject] = set(re.search(rb'FLAGS \((.*?)\)', x[0]).group(1).decode().split()) - {'\\Recent'}
        m.logout()
        return out

    def wait_subject(self, subject, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if subject in self.state():
                return
            time.sleep(0.2)
        raise AssertionError('%r did not arrive' % subject)
