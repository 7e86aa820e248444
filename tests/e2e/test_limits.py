"""Limits that the operator sets, each at its edge: what fits goes through, what does not is told so in the protocol's own words."""
import contextlib
import imaplib
import poplib
import smtplib
import socket

import pytest

from server import running, wait_until
from test_smtp import TEXT, mx

SECTIONS = '''
limits {
 connections_per_user_max = 5
 connections_per_address_max = 12
}
store {
 mailboxes_max = 20
 subscriptions_max = 20
 keywords_max = 16
 mailbox_name_max = 255
 deliveries_max = 100
 quota_messages_default = 4
}
server {
 session_processes = 1
}
'''


@pytest.fixture(scope='module')
def limited(tmp_path_factory):
    folder = tmp_path_factory.mktemp('tayori')
    with running(folder, sections=SECTIONS, listener_options='allow_plaintext_login = true') as s:
        yield s


def imap(s, user='ann', login=True):
    m = imaplib.IMAP4('127.0.0.1', s.ports['imap'])
    if login:
        m.login(user + '@example.test', 'secret-' + user)
    return m


def answer(m, *command):
    """The tagged line of a command, as text."""
    tag = m._new_tag()
    m.send(tag + b' ' + ' '.join(command).encode() + b'\r\n')
    while True:
        line = m.readline().decode().rstrip()
        if line.startswith(tag.decode() + ' '):
            return line.split(' ', 1)[1]


def test_mailboxes(limited):
    m = imap(limited)
    for i in range(14):  # six are there
        assert answer(m, 'CREATE m%d' % i).startswith('OK')
    assert answer(m, 'CREATE more').startswith('NO [LIMIT]')
    assert answer(m, 'RENAME m0 level/m0').startswith('NO [LIMIT]')
    assert answer(m, 'RENAME m0 m1/m0').startswith('OK')
    assert b'MAILBOX 20 20' in m.getquota('""')[1][0]
    m.logout()


def test_subscriptions(limited):
    m = imap(limited, 'ben')
    for i in range(14):
        assert answer(m, 'SUBSCRIBE s%d' % i).startswith('OK')
    assert answer(m, 'SUBSCRIBE more').startswith('NO [LIMIT]')
    assert answer(m, 'UNSUBSCRIBE s0').startswith('OK')
    assert answer(m, 'SUBSCRIBE more').startswith('OK')
    m.logout()


def test_names(limited):
    m = imap(limited, 'ben')
    assert answer(m, 'CREATE ' + 'n' * 256).startswith('NO [LIMIT]')
    assert answer(m, 'CREATE ' + 'n' * 255).startswith('OK')
    assert answer(m, 'STATUS %s (MESSAGES)' % ('n' * 255)).startswith('OK')
    assert answer(m, 'LIST "" ' + 'n' * 255).startswith('OK')
    m.logout()


def test_keywords_and_messages(limited):
    m = imap(limited, 'hanako')
    for _ in range(4):
        assert m.append('INBOX', None, None, b'Subject: x\r\n\r\nx\r\n')[0] == 'OK'
    typ, data = m.append('INBOX', None, None, b'Subject: x\r\n\r\nx\r\n')
    assert typ == 'NO' and b'[OVERQUOTA]' in data[0]
    m.select('INBOX')
    assert answer(m, 'COPY 1 Sent').startswith('NO [OVERQUOTA]')
    assert answer(m, 'MOVE 1 Sent').startswith('OK')
    for i in range(16):
        assert answer(m, 'STORE 1 +FLAGS (k%d)' % i).startswith('OK')
    assert answer(m, 'STORE 1 +FLAGS (more)').startswith('NO [LIMIT]')
    assert answer(m, 'STORE 2 +FLAGS (K3)').startswith('OK')
    # Mail from outside waits at its sender.
    with contextlib.closing(mx(limited)) as s:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as e:
            s.sendmail('a@example.net', ['hanako@example.test'], TEXT % ('five', 'x'))
        assert e.value.recipients['hanako@example.test'][0] == 452
    limited.cli('user', 'quota', 'hanako@example.test', '0', '--messages', '5')
    assert limited.json('user', 'show', 'hanako@example.test')['message_quota'] == 5
    with contextlib.closing(mx(limited)) as s:
        s.sendmail('a@example.net', ['hanako@example.test'], TEXT % ('five', 'x'))
    m.logout()


def test_deliveries(limited):
    targets = ['t%d@elsewhere.test' % i for i in range(64)]
    limited.cli('alias', 'add', 'many@example.test', *targets[:60])
    limited.cli('alias', 'add', 'some@example.test', *targets[:39])
    with contextlib.closing(mx(limited)) as s:
        s.ehlo()
        s.mail('a@example.net')
        assert s.rcpt('many@example.test')[0] == 250
        assert s.rcpt('some@example.test')[0] == 250
        assert s.rcpt('ben@example.test')[0] == 250
        code, text = s.rcpt('ann@example.test')
        assert code == 452 and text.startswith(b'4.5.3')


def test_sessions_of_a_user(limited):
    held = [imap(limited, 'ben') for _ in range(5)]
    m = imap(limited, login=False)
    assert answer(m, 'LOGIN ben@example.test secret-ben').startswith('NO [LIMIT]')
    # A wrong password is a wrong password all the same.
    assert answer(m, 'LOGIN ben@example.test wrong').startswith('NO [AUTHENTICATIONFAILED]')
    p = poplib.POP3('127.0.0.1', limited.ports['pop3'])
    p.user('ben@example.test')
    with pytest.raises(poplib.error_proto) as e:
        p.pass_('secret-ben')
    assert b'[SYS/TEMP]' in e.value.args[0]
    p.close()
    with contextlib.closing(smtplib.SMTP('127.0.0.1', limited.ports['submission'])) as s:
        with pytest.raises(smtplib.SMTPAuthenticationError) as a:
            s.login('ben@example.test', 'secret-ben')
        assert a.value.smtp_code == 454
    # Other users are not concerned, and a place that is given back can be taken.
    imap(limited).logout()
    held.pop().logout()
    assert answer(m, 'LOGIN ben@example.test secret-ben').startswith('OK')
    for x in held + [m]:
        x.logout()


def first_line(port):
    s = socket.create_connection(('127.0.0.1', port), 10)
    return s, s.makefile('rb').readline()


def test_connections_of_an_address(limited):
    held = []
    try:
        refused = {}

        def fill():
            for name in ('imap', 'pop3', 'submission'):
                s, line = first_line(limited.ports[name])
                held.append(s)
                if b'OK' not in line[:5] and b'220' not in line[:5]:
                    refused[name] = line
            return len(refused) == 3

        wait_until(fill, 10, 'the limit')
        assert refused['imap'].startswith(b'* BYE [UNAVAILABLE]')
        assert refused['pop3'].startswith(b'-ERR [SYS/TEMP]')
        assert refused['submission'].startswith(b'421 4.7.0')
    finally:
        for s in held:
            s.close()


def test_connections_in_total(tmp_path):
    with running(tmp_path, sections='limits {\n connections_max = 4\n}\nserver {\n session_processes = 1\n}') as s:
        held = []

        def refusal():
            c, line = first_line(s.ports['imap'])
            held.append(c)
            return line if b'OK' not in line else None

        line = wait_until(refusal, 10, 'the limit')
        assert line.startswith(b'* BYE [UNAVAILABLE]') and len(held) == 5
        for c in held:
            c.close()
        # There is room again at once.
        wait_until(lambda: b'OK' in first_line(s.ports['imap'])[1], 5, 'room')
