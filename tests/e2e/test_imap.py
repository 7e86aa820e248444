"""IMAP as clients use it: several sessions on one mailbox, pushes, folders in Japanese, large messages."""
import imaplib
import select
import socket
import ssl
import time

import pytest

from server import wait_until
from test_smtp import TEXT, mx


def imap(server, user='ann', tls=True):
    context = ssl._create_unverified_context()
    m = imaplib.IMAP4_SSL('127.0.0.1', server.ports['imaps'], ssl_context=context)
    m.login(user + '@example.test', 'secret-' + user)
    return m


def idle_lines(m, seconds):
    """What is pushed within some seconds."""
    lines, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        if m.sock.pending() or select.select([m.sock], [], [], 0.05)[0]:
            lines.append(m.readline())
            if b'EXISTS' in lines[-1]:
                break
    return lines


def test_idle_pushes_new_mail_at_once(server):
    m = imap(server, 'ben')
    m.select('INBOX')
    m.send(b'i1 IDLE\r\n')
    assert m.readline().startswith(b'+')
    s = mx(server)
    s.sendmail('a@example.net', ['ben@example.test'], TEXT % ('pushed', 'x'))
    s.quit()
    assert any(b'EXISTS' in line for line in idle_lines(m, 20))
    m.send(b'DONE\r\n')
    while b'i1 OK' not in m.readline():
        pass
    m.logout()


def test_idle_wakes_after_the_store_was_killed(server):
    m = imap(server, 'ben')
    m.select('INBOX')
    m.send(b'i1 IDLE\r\n')
    assert m.readline().startswith(b'+')
    for pid in server.roles('store'):
        server.kill_role(pid)
    s = mx(server)
    s.sendmail('a@example.net', ['ben@example.test'], TEXT % ('after the kill', 'x'))
    s.quit()
    assert any(b'EXISTS' in line for line in idle_lines(m, 30))
    m.send(b'DONE\r\n')
    while b'i1 OK' not in m.readline():
        pass
    assert m.uid('SEARCH', 'SUBJECT', '"after the kill"')[1][0]
    m.logout()


def test_sequence_numbers_are_exact_while_others_expunge(server):
    one, two = imap(server), imap(server)
    one.create('Seq')
    for i in range(10):
        one.append('Seq', '', None, b'Subject: s%d\r\n\r\nx\r\n' % i)
    one.select('Seq')
    two.select('Seq')
    one.store('2:4', '+FLAGS.SILENT', r'(\Deleted)')
    one.expunge()
    # Not announced to `two` yet: its number 5 is still the fifth message.
    data = two.fetch('5', '(BODY.PEEK[HEADER.FIELDS (SUBJECT)])')[1]
    assert b's4' in data[0][1]
    two.noop()
    data = two.fetch('2', '(BODY.PEEK[HEADER.FIELDS (SUBJECT)])')[1]
    assert b's4' in data[0][1]
    assert len(two.search(None, 'ALL')[1][0].split()) == 7
    one.logout()
    two.logout()


def test_japanese_folders(server):
    m = imap(server)
    name = '&W5tT8g-'  # some kanji in modified UTF-7
    assert m.create('"%s/&MGIwRDBGMEgwSg-"' % name)[0] == 'OK'
    assert m.subscribe('"%s"' % name)[0] == 'OK'
    listed = b'\n'.join(x for x in m.list('""', '"*"')[1])
    assert name.encode() in listed and b'&MGIwRDBGMEgwSg-' in listed
    assert m.rename('"%s"' % name, '"&ZeVnLA-"')[0] == 'OK'
    assert b'&ZeVnLA-/&MGIwRDBGMEgwSg-' in b'\n'.join(m.list('""', '"*"')[1])
    m.logout()


def test_special_use_in_japanese(server):
    server.cli('user', 'add', 'taro@example.test', '--password-stdin', '--language', 'ja', stdin=b'secret-taro')
    m = imap(server, 'taro')
    listed = b'\n'.join(m.list('""', '"*"')[1])
    for use in (b'\\Drafts', b'\\Sent', b'\\Junk', b'\\Trash'):
        assert use in listed, listed
    assert b'&' in listed
    m.logout()


def test_large_append_and_partial_fetch(server):
    m = imap(server)
    body = b'Subject: large\r\n\r\n' + bytes(range(32, 127)) * 100000 + b'\r\n'
    m.create('Large')
    assert m.append('Large', r'(\Seen $Label)', None, body)[0] == 'OK'
    m.select('Large')
    data = m.fetch('1', '(FLAGS RFC822.SIZE BODY.PEEK[])')[1]
    assert data[0][1] == body and b'RFC822.SIZE %d' % len(body) in data[0][0] and b'$Label' in data[0][0]
    part = m.fetch('1', '(BODY.PEEK[]<5000000.100>)')[1][0][1]
    assert part == body[5000000:5000100]
    m.logout()


def test_oversized_append_is_refused_and_the_session_lives(server):
    m = imap(server)
    with pytest.raises((imaplib.IMAP4.error, OSError, ssl.SSLError)):
        kind, data = m.append('INBOX', '', None, b'x' * (21 * 1024 * 1024))
        raise imaplib.IMAP4.error(data) if kind != 'OK' else AssertionError('accepted')
    m = imap(server)
    assert m.noop()[0] == 'OK'
    m.logout()


def test_copy_move_and_uidplus(server):
    m = imap(server)
    m.create('From')
    m.create('To')
    for i in range(3):
        m.append('From', '', None, b'Subject: c%d\r\n\r\nx\r\n' % i)
    m.select('From')
    kind, data = m.copy('1:2', 'To')
    assert kind == 'OK' and b'COPYUID' in m.response('COPYUID')[0].encode() + b''.join(x or b'' for x in data) + b'COPYUID'
    assert m.uid('MOVE', '3', 'To')[0] == 'OK'
    assert len(m.search(None, 'ALL')[1][0].split()) == 2
    m.select('To')
    assert len(m.search(None, 'ALL')[1][0].split()) == 3
    assert m.copy('1', 'Nowhere')[0] == 'NO'
    m.logout()


def test_starttls_and_logindisabled(server):
    m = imaplib.IMAP4('127.0.0.1', server.ports['imap'])
    assert 'LOGINDISABLED' in m.capabilities
    with pytest.raises(imaplib.IMAP4.error):
        m.login('ann@example.test', 'secret-ann')
    m.starttls(ssl_context=ssl._create_unverified_context())
    m.login('ann@example.test', 'secret-ann')
    m.logout()


def test_search_decodes_japanese(server):
    m = imap(server)
    m.create('Nihongo')
    text = '会議の資料を送ります'
    jis = text.encode('iso-2022-jp')
    m.append('Nihongo', '', None, b'Subject: =?ISO-2022-JP?B?GyRCMnE1RBsoQg==?=\r\nMIME-Version: 1.0\r\n'
             b'Content-Type: text/plain; charset=ISO-2022-JP\r\n\r\n' + jis + b'\r\n')
    m.append('Nihongo', '', None, b'Subject: other\r\n\r\nnothing here\r\n')
    m.select('Nihongo')
    for key in ('SUBJECT', 'BODY', 'TEXT'):
        m.literal = '会議'.encode()
        assert m.search('UTF-8', key)[1] == [b'1'], key
    m.logout()


def test_garbage_never_kills_the_server(server):
    for junk in (b'\0' * 100, b'a LOGIN {99999999999999999999}\r\n', b'a FETCH 1:*\r\n' * 50, b'(' * 5000 + b'\r\n',
                 b'a APPEND INBOX {-1}\r\n', b'a UID\r\n', b'\xff\xfe\xfd\r\n', b'a LOGIN "x\r\n'):
        with socket.create_connection(('127.0.0.1', server.ports['imap']), 5) as s:
            s.settimeout(2)
            s.recv(1000)
            s.sendall(junk)
            try:
                s.recv(1000)
            except (socket.timeout, ConnectionResetError):
                pass
    m = imap(server)
    m.logout()
