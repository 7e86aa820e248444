"""Processes come and go; sessions and mail do not."""
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import time

import pytest

from server import PATIENCE, TAYORI, Server, running, wait_until
from test_imap import imap
from test_smtp import TEXT, find, mx, submission


def certificate_subject(server):
    context = ssl._create_unverified_context()
    with socket.create_connection(('127.0.0.1', server.ports['imaps'])) as raw:
        with context.wrap_socket(raw) as s:
            return s.getpeercert(True)


def test_killed_roles_serve_again(fresh_server):
    server = fresh_server
    for role in ('session', 'store'):
        for pid in server.roles(role):
            server.kill_role(pid)
        wait_until(server.serves, 10, 'the %s role to serve again' % role)
        s = mx(server)
        s.sendmail('a@example.net', ['ann@example.test'], TEXT % ('after ' + role, 'x'))
        s.quit()
        assert find(server, 'ann', 'after ' + role)[0] == 1


def test_sessions_outlive_the_store(fresh_server):
    server = fresh_server
    m = imap(server)
    m.select('INBOX')
    s = mx(server)
    s.ehlo()
    s.mail('a@example.net')
    s.rcpt('ann@example.test')
    for pid in server.roles('store'):
        server.kill_role(pid)
    assert s.data(b'Subject: across\r\n\r\nx\r\n')[0] == 250
    assert m.noop()[0] == 'OK'
    assert len(m.search(None, 'ALL')[1][0].split()) == 1
    m.logout()


def test_reload_takes_new_certificates_and_keeps_sessions(fresh_server):
    server = fresh_server
    m = imap(server)
    before = certificate_subject(server)
    for path in (server.cert, server.key):
        os.unlink(path)
    server.cli('config', 'certificate', 'other.example.test', server.cert, server.key)
    server.write_config('limits {\n message_max = "1M"\n}\n')
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: certificate_subject(server) != before, 10, 'the new certificate')
    assert m.noop()[0] == 'OK'
    s = mx(server)
    s.ehlo()
    assert s.esmtp_features['size'] == '1048576'
    s.quit()
    m.logout()


def test_a_broken_file_on_reload_changes_nothing(fresh_server):
    server = fresh_server
    good = open(server.conf).read()
    with open(server.conf, 'w') as f:
        f.write(good + '\nlimits { message_max = "many" }\n')
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: 'message_max' in server.tail(), 10, 'the complaint in the log')
    server.write_config()
    s = mx(server)
    s.ehlo()
    assert s.esmtp_features['size'] == str(20 * 1024 * 1024)
    s.quit()


def test_sigterm_drains(fresh_server):
    server = fresh_server
    idle = imap(server)
    idle.select('INBOX')
    s = submission(server)
    s.mail('ann@example.test')
    s.rcpt('ben@example.test')
    s.docmd('DATA')
    s.send(b'From: ann@example.test\r\nSubject: drained\r\n\r\nhalf ')
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    # The message under way is finished, new connections are not taken.
    s.send(b'and half\r\n.\r\n')
    assert s.getreply()[0] == 250
    with pytest.raises((idle.abort, OSError, ssl.SSLError)):
        for _ in range(100):
            idle.noop()
            time.sleep(0.1)
    server.process.wait(30)
    assert server.process.returncode == 0
    server.start()
    assert find(server, 'ben', 'drained')[0] == 1


def test_start_from_nothing(tmp_path):
    with running(tmp_path, users=()) as server:
        print('started in %.2f s' % server.start_seconds)
        server.stop()
        import shutil
        shutil.rmtree(server.data)
        server.start()
        print('started from an empty data directory in %.2f s' % server.start_seconds)
        server.stop()


def test_orphaned_roles_end(fresh_server):
    server = fresh_server
    pids = list(server.roles())
    server.process.kill()
    server.process.wait()
    wait_until(lambda: not any(os.path.exists('/proc/%d' % p) and
                               'zombie' not in open('/proc/%d/status' % p).read() for p in pids), 10, 'the roles to end')
    server.start()


@pytest.mark.parametrize('line, words', [
    ('limits { message_max = "lots" }', ['message_max', 'lots']),
    ('limits { mesage_max = "1M" }', ['mesage_max', 'message_max']),
    ('listener "again" { protocol = "smtp" address = "127.0.0.1" port = 70000 tls = "none" }', ['port', '70000']),
    ('listener "again" { protocol = "gopher" address = "127.0.0.1" port = 7 tls = "none" }', ['gopher', 'smtp']),
    ('server { hostname = ', []),
])
def test_configuration_errors_name_file_line_and_remedy(tmp_path, line, words):
    server = Server(str(tmp_path))
    with open(server.conf, 'a') as f:
        f.write('\n' + line + '\n')
    number = open(server.conf).read().rstrip('\n').count('\n') + 1
    p = server.cli('config', 'check', check=False)
    text = p.stderr.decode()
    assert p.returncode == 6 and server.conf in text, text
    for word in words:
        assert word in text, text
    if words:
        assert ':%d' % number in text, text
    q = subprocess.run([TAYORI, 'serve', '--config', server.conf], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=20 * PATIENCE)
    assert q.returncode != 0 and server.conf in q.stderr.decode()


def test_port_in_use_is_named(fresh_server, tmp_path_factory):
    other = tmp_path_factory.mktemp('other')
    second = Server(str(other))
    second.ports['imap'] = fresh_server.ports['imap']
    second.write_config()
    q = subprocess.run([TAYORI, 'serve', '--config', second.conf], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=20 * PATIENCE)
    text = q.stderr.decode()
    assert q.returncode != 0 and 'imap' in text and str(fresh_server.ports['imap']) in text, text
