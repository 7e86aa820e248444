"""What the service manager and the administrator are told about the running server."""
import contextlib
import imaplib
import os
import re
import signal
import socket

import pytest

from server import PATIENCE, running, wait_until


@pytest.fixture(params=['path', 'abstract'])
def manager(request, tmp_path, monkeypatch):
    """The socket on which systemd would listen."""
    name = str(tmp_path / 'notify') if request.param == 'path' else '@tayori-test-%d' % os.getpid()
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as s:
        s.bind(name.replace('@', '\0'))
        s.settimeout(10 * PATIENCE)
        monkeypatch.setenv('NOTIFY_SOCKET', name)
        yield s


def said(manager):
    return dict(line.split('=', 1) for line in manager.recv(4096).decode().split('\n'))


def test_systemd_is_told(tmp_path, manager):
    with running(tmp_path, users=('ann',)) as server:
        assert said(manager) == {'READY': '1', 'STATUS': 'Serving'}
        for pid in server.roles():
            with open('/proc/%d/environ' % pid, 'rb') as f:
                assert b'NOTIFY_SOCKET' not in f.read()
        server.process.send_signal(signal.SIGHUP)
        word = said(manager)
        assert word['RELOADING'] == '1' and int(word['MONOTONIC_USEC']) > 0
        assert said(manager)['READY'] == '1'
        server.write_config(extra='limits { message_max = "lots" }')
        server.process.send_signal(signal.SIGHUP)
        assert said(manager)['RELOADING'] == '1'
        word = said(manager)
        assert word['READY'] == '1' and 'message_max' in word['STATUS']
        server.write_config()
        server.process.send_signal(signal.SIGTERM)
        assert said(manager)['STOPPING'] == '1'


def test_a_manager_that_is_gone_is_no_trouble(tmp_path, monkeypatch):
    monkeypatch.setenv('NOTIFY_SOCKET', str(tmp_path / 'nobody'))
    with running(tmp_path, users=('ann',)) as server:
        assert server.serves()


def test_status_counts_what_happens(tmp_path):
    with running(tmp_path, users=('ann',), listener_options='allow_plaintext_login = true') as server:
        before = server.json('status')
        assert before['running'] is True and before['sessions_imap'] == 0
        with imaplib.IMAP4('127.0.0.1', server.ports['imap']) as m:
            m.login('ann@example.test', 'secret-ann')
            m.append('INBOX', None, None, b'Subject: a\r\n\r\nb\r\n')
            now = server.json('status')
            assert now['sessions_imap'] == 1 and now['sessions_pop3'] == 0
            assert now['connections'] == before['connections'] + 1 and now['steps'] > before['steps']
            assert now['store_writes'] > before['store_writes'] and now['store_batches'] > before['store_batches']
            assert now['sessions_waiting'] == now['store_waiting'] == 0 and now['threads'] >= 1
        wait_until(lambda: server.json('status')['sessions_imap'] == 0, what='the session to end')
        text = server.cli('status').stdout.decode()
        assert re.search(r'^running +yes$', text, re.M) and re.search(r'^sessions_imap +0$', text, re.M)


def test_status_comes_from_all_processes_and_outlives_them(tmp_path):
    with running(tmp_path, users=('ann',), listener_options='allow_plaintext_login = true') as server:
        with contextlib.closing(socket.create_connection(('127.0.0.1', server.ports['imap']))) as s:
            assert s.recv(4) == b'* OK'
            for pid in server.roles('session'):
                server.kill_role(pid)
            # One that has just been killed counts nothing; the answer does not wait for it for long.
            status = server.json('status')
            assert status['running'] is True
            wait_until(lambda: server.json('status')['sessions_imap'] == 0, what='the new process to be counted')


def test_status_without_a_server(tmp_path):
    with running(tmp_path, users=('ann',)) as server:
        server.stop()
        status = server.json('status')
        assert status['running'] is False and 'sessions_imap' not in status and status['users'] == 1


@pytest.mark.release
def test_memory_of_the_roles_is_limited(tmp_path):
    """Not with a sanitizer, which has terabytes of its own."""
    with running(tmp_path, users=('ann',), sections='server {\n role_memory_max = "300M"\n}\n',
                 listener_options='allow_plaintext_login = true') as server:
        for pid in server.roles():
            with open('/proc/%d/limits' % pid) as f:
                assert re.search(r'^Max data size +314572800 +314572800 ', f.read(), re.M)
        with imaplib.IMAP4('127.0.0.1', server.ports['imap']) as m:
            m.login('ann@example.test', 'secret-ann')
            m.append('INBOX', None, None, b'Subject: a\r\n\r\n' + b'x' * 5000000)
            assert m.select()[1] == [b'1']
