#!/usr/bin/env python3
"""The supervisor and its roles as an administrator meets them. usage: serve_test.py PATH-OF-TAYORI [TEST...]"""
import imaplib
import json
import os
import poplib
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

TAYORI = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else 'tayori'
SLOW = 'sanitize' in TAYORI or 'TAYORI_SANITIZER' in os.environ
CONTEXT = ssl._create_unverified_context()
PATIENCE = 30

BASE = '''
server { user = "" hostname = "mail.example.test" data_directory = "%(dir)s/data" run_directory = "%(dir)s/run"
         default_domain = "example.test" session_processes = 2 %(server)s }
limits { %(limits)s }
tls { certificate = "%(dir)s/cert.pem" key = "%(dir)s/key.pem" }
'''
LISTENERS = '''
listener "mx" { protocol = "smtp" address = "127.0.0.1" port = 0 tls = "starttls" }
listener "imaps" { protocol = "imap" address = "127.0.0.1" port = 0 tls = "implicit" }
listener "pop3" { protocol = "pop3" address = "127.0.0.1" port = 0 tls = "starttls" }
'''


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError('waited in vain for ' + what)
        time.sleep(0.02)


class Serve(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix='tayori-serve-')
        self.process = None
        self.addCleanup(shutil.rmtree, self.dir, True)

    def tearDown(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        if sys.exc_info()[0]:
            print(self.log())

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, listeners=LISTENERS, server='', limits=''):
        with open(self.path('t.conf'), 'w') as f:
            f.write(BASE % {'dir': self.dir, 'server': server, 'limits': limits} + listeners)

    def run_tayori(self, *words, stdin=b''):
        return subprocess.run([TAYORI, '--config', self.path('t.conf'), *words], input=stdin, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def start(self, is_ready=True):
        if os.path.exists(self.path('run/ports.json')):
            os.unlink(self.path('run/ports.json'))
        with open(self.path('log'), 'ab') as log:
            self.process = subprocess.Popen([TAYORI, 'serve', '--config', self.path('t.conf')], stderr=log,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if is_ready:
            wait_for('ports.json', lambda: os.path.exists(self.path('run/ports.json')) or self.process.poll() is not None)
            self.assertIsNone(self.process.poll(), self.log())

    def make(self, **options):
        """A server with one user."""
        self.write(**options)
        self.run_tayori('config', 'certificate', 'localhost', self.path('cert.pem'), self.path('key.pem'))
        self.run_tayori('domain', 'add', 'example.test')
        self.run_tayori('user', 'add', 'ann@example.test', '--password-stdin', stdin=b'secret')
        self.start()

    def log(self):
        with open(self.path('log'), errors='replace') as f:
            return f.read()

    def ports(self):
        with open(self.path('run/ports.json')) as f:
            return {x['name']: x['port'] for x in json.load(f)['listeners']}

    def roles(self, name):
        out = subprocess.run(['pgrep', '-P', str(self.process.pid), '-f', '^tayori role ' + name], stdout=subprocess.PIPE)
        return [int(x) for x in out.stdout.split()]

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        self.assertEqual(self.process.wait(PATIENCE), 0, self.log())
        for bad in ('ThreadSanitizer', 'AddressSanitizer', 'runtime error:', ': bug: '):
            self.assertNotIn(bad, self.log())

    def send(self, subject):
        with smtplib.SMTP('127.0.0.1', self.ports()['mx'], timeout=PATIENCE) as s:
            s.sendmail('a@example.net', ['ann@example.test'], 'Subject: %s\r\n\r\nx\r\n' % subject)

    def imap(self):
        m = imaplib.IMAP4_SSL('127.0.0.1', self.ports()['imaps'], ssl_context=CONTEXT, timeout=PATIENCE)
        m.login('ann@example.test', 'secret')
        return m

    def test_mail_comes_in_and_is_read(self):
        self.make()
        self.talk()
        self.stop()

    def test_the_same_with_sessions_saved_between_all_commands(self):
        self.make(server='session_save_every_step = 1')
        self.talk()
        self.stop()
        self.assertNotIn('restore_failed', self.log())

    def talk(self):
        self.send('one')
        m = self.imap()
        m.select()
        self.assertIn(b'one', m.fetch('1', '(BODY[HEADER])')[1][0][1])
        m.send(b'x IDLE\r\n')
        self.assertTrue(m.readline().startswith(b'+'))
        self.send('two')
        self.assertEqual(m.readline(), b'* 2 EXISTS\r\n')
        m.send(b'DONE\r\n')
        while not m.readline().startswith(b'x OK'):
            pass
        m.append('INBOX', None, None, b'Subject: three\r\n\r\nx\r\n')
        m.logout()
        p = poplib.POP3('127.0.0.1', self.ports()['pop3'], timeout=PATIENCE)
        p.stls(CONTEXT)
        p.user('ann@example.test')
        p.pass_('secret')
        self.assertEqual(p.stat()[0], 3)
        p.quit()

    def test_starts_from_nothing_within_two_seconds(self):
        self.write()
        self.run_tayori('config', 'certificate', 'localhost', self.path('cert.pem'), self.path('key.pem'))
        began = time.monotonic()
        self.start()
        if not SLOW:
            self.assertLess(time.monotonic() - began, 2 if os.getloadavg()[0] < 4 else 10)
        self.assertIn('serve.ready', self.log())
        self.stop()
        self.assertFalse(os.path.exists(self.path('run/ports.json')))

    def test_killed_roles_serve_again_within_a_second(self):
        self.make()
        for role in ('store', 'session', 'store', 'session'):
            began = time.monotonic()
            for pid in self.roles(role):
                os.kill(pid, signal.SIGKILL)
            self.send('after ' + role)
            self.assertLess(time.monotonic() - began, 1 if os.getloadavg()[0] < 4 and not SLOW else 10)
        self.stop()

    def test_reload_adds_and_removes_listeners(self):
        self.make()
        m = self.imap()
        before = self.ports()
        self.write(LISTENERS.replace('"pop3" {', '"other" {').replace('protocol = "pop3"', 'protocol = "lmtp"'))
        os.unlink(self.path('run/ports.json'))
        self.process.send_signal(signal.SIGHUP)
        wait_for('ports.json', lambda: os.path.exists(self.path('run/ports.json')))
        after = self.ports()
        self.assertEqual(after['imaps'], before['imaps'])
        self.assertNotIn('pop3', after)
        with socket.create_connection(('127.0.0.1', after['other']), PATIENCE) as s:
            self.assertEqual(s.recv(3), b'220')
        wait_for('the old port to close', lambda: self.is_closed(before['pop3']))
        self.assertEqual(m.noop()[0], 'OK')
        m.logout()
        self.stop()

    def is_closed(self, port):
        try:
            socket.create_connection(('127.0.0.1', port), PATIENCE).close()
            return False
        except ConnectionRefusedError:
            return True

    def test_reload_of_what_needs_a_restart_is_named(self):
        self.make()
        self.write(server='drain_time = "1s" worker_max_threads = 7')
        self.process.send_signal(signal.SIGHUP)
        wait_for('the reload', lambda: 'serve.reloaded' in self.log())
        self.assertIn('option=server.worker_max_threads', self.log())
        self.send('still')
        self.stop()

    def test_a_second_server_in_the_same_place_is_refused(self):
        self.make()
        p = subprocess.run([TAYORI, 'serve', '--config', self.path('t.conf')], stderr=subprocess.PIPE, timeout=PATIENCE)
        self.assertNotEqual(p.returncode, 0)
        self.assertIn(str(self.process.pid), p.stderr.decode())
        self.send('unhurt')
        self.stop()

    def test_too_many_connections_are_told_so(self):
        self.make(limits='connections_per_address_max = 3')
        port = self.ports()['pop3']
        open_ones, refused = [], b''
        for _ in range(40):
            s = socket.create_connection(('127.0.0.1', port), PATIENCE)
            s.settimeout(PATIENCE)
            open_ones.append(s)
            line = s.recv(200)
            if not line.startswith(b'+OK'):
                refused = line
        self.assertTrue(refused.startswith(b'-ERR [SYS/TEMP] Too many connections'), refused)
        for s in open_ones:
            s.close()
        # The server may still be learning that they have gone.
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.send('after the crowd')
                break
            except smtplib.SMTPConnectError as e:
                self.assertEqual(e.smtp_code, 421)
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)
        self.stop()

    def test_draining_says_goodbye_and_a_second_signal_hurries(self):
        self.make(server='drain_time = "10m"')
        idle = self.imap()
        idle.select()
        idle.send(b'x IDLE\r\n')
        idle.readline()
        busy = smtplib.SMTP('127.0.0.1', self.ports()['mx'], timeout=PATIENCE)
        busy.helo()
        busy.mail('a@example.net')
        busy.rcpt('ann@example.test')
        busy.docmd('DATA')
        busy.send(b'Subject: never ends\r\n')
        self.process.send_signal(signal.SIGTERM)
        self.assertTrue(idle.readline().startswith(b'* BYE'))
        time.sleep(0.3)
        self.assertIsNone(self.process.poll())
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(PATIENCE), 0)

    def http(self, port, path='/', host='example.test'):
        with socket.create_connection(('127.0.0.1', port), PATIENCE) as s:
            s.settimeout(PATIENCE)
            s.sendall(('GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' % (path, host)).encode())
            answer = b''
            while True:
                more = s.recv(65536)
                if not more:
                    return answer.decode()
                answer += more

    def test_the_web_role_comes_with_its_first_listener(self):
        self.make()
        self.assertEqual(self.roles('web'), [])
        web = LISTENERS + 'listener "http" { protocol = "http" address = "127.0.0.1" port = 0 tls = "none" }\n'
        self.write(web)
        os.unlink(self.path('run/ports.json'))
        self.process.send_signal(signal.SIGHUP)
        wait_for('ports.json', lambda: os.path.exists(self.path('run/ports.json')))
        port = self.ports()['http']
        self.assertIn('200 OK', self.http(port))
        self.assertIn('421 Misdirected', self.http(port, host='example.com'))
        pid, = self.roles('web')
        with open('/proc/%d/status' % pid) as f:
            status = dict(x.split(':\t') for x in f.read().splitlines() if ':\t' in x)
        self.assertEqual((status['Seccomp'], status['NoNewPrivs'], int(status['CapEff'], 16)), ('2', '1', 0))
        os.kill(pid, signal.SIGKILL)
        self.assertIn('200 OK', self.http(port))
        self.assertNotEqual(self.roles('web'), [pid])
        self.send('the sessions are not disturbed')
        self.stop()
        self.assertNotIn('role.killed', self.log())

    def test_no_role_outlives_the_supervisor(self):
        self.make()
        pids = self.roles('store') + self.roles('session')
        self.assertEqual(len(pids), 3)
        self.process.kill()
        self.process.wait()
        wait_for('the roles to end', lambda: not any(self.lives(p) for p in pids))
        self.start()
        self.send('again')
        self.stop()

    def lives(self, pid):
        try:
            with open('/proc/%d/stat' % pid) as f:
                return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
        except OSError:
            return False

    def test_roles_have_given_up_their_powers(self):
        self.make()
        for pid in self.roles('store') + self.roles('session'):
            with open('/proc/%d/status' % pid) as f:
                status = dict(x.split(':\t') for x in f.read().splitlines() if ':\t' in x)
            self.assertEqual(status['Seccomp'], '2')
            self.assertEqual(status['NoNewPrivs'], '1')
            self.assertEqual(int(status['CapEff'], 16), 0)
            self.assertEqual(int(status['CapPrm'], 16), 0)
        self.stop()


if __name__ == '__main__':
    unittest.main(verbosity=2)
