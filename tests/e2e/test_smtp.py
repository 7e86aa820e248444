"""Mail in: what is answered, and where it is afterwards."""
import imaplib
import smtplib
import socket
import ssl
import threading
import time

import pytest

from server import PATIENCE, running, wait_until

TEXT = 'From: a@example.net\r\nTo: ann@example.test\r\nSubject: %s\r\n\r\n%s\r\n'


def mx(server):
    return smtplib.SMTP('127.0.0.1', server.ports['mx'], timeout=30 * PATIENCE)


def submission(server, user='ann', port='submission'):
    context = ssl._create_unverified_context()
    if port == 'submissions':
        s = smtplib.SMTP_SSL('127.0.0.1', server.ports[port], timeout=30 * PATIENCE, context=context)
    else:
        s = smtplib.SMTP('127.0.0.1', server.ports[port], timeout=30 * PATIENCE)
        s.starttls(context=context)
    s.login(user + '@example.test', 'secret-' + user)
    return s


def inbox(server, user):
    m = imaplib.IMAP4_SSL('127.0.0.1', server.ports['imaps'], ssl_context=ssl._create_unverified_context())
    m.login(user + '@example.test', 'secret-' + user)
    m.select('INBOX')
    return m


def find(server, user, subject):
    m = inbox(server, user)
    uids = m.uid('SEARCH', 'SUBJECT', '"%s"' % subject)[1][0].split()
    data = m.uid('FETCH', uids[-1], '(BODY.PEEK[])')[1][0][1] if uids else None
    m.logout()
    return len(uids), data


def test_250_means_visible_at_once(server):
    s = mx(server)
    for i in range(20):
        s.sendmail('a@example.net', ['ann@example.test'], TEXT % ('now %d' % i, 'x'))
        assert find(server, 'ann', 'now %d' % i)[0] == 1
    s.quit()


def test_one_bad_recipient_does_not_lose_the_others(server):
    s = mx(server)
    refused = s.sendmail('a@example.net', ['ann@example.test', 'nobody@example.test', 'ben+work@example.test'],
                         TEXT % ('three', 'x'))
    s.quit()
    assert list(refused) == ['nobody@example.test'] and refused['nobody@example.test'][0] == 550
    assert find(server, 'ann', 'three')[0] == 1
    count, data = find(server, 'ben', 'three')
    assert count == 1 and b'X-Original-To: ben+work@example.test' in data.split(b'\r\n\r\n')[0]
    assert b'ann@example.test' not in data.split(b'Subject:')[0].replace(b'To: ann@example.test', b'')


def test_trace_headers(server):
    s = mx(server)
    s.ehlo('client.example.net')
    s.sendmail('a@example.net', ['ann@example.test'], TEXT % ('traced', 'x'))
    s.quit()
    header = find(server, 'ann', 'traced')[1].split(b'\r\n\r\n')[0].decode()
    lines = header.split('\r\n')
    assert lines[0] == 'Return-Path: <a@example.net>'
    received = header[header.index('Received:'):header.index('From:')]
    assert 'client.example.net' in received and '127.0.0.1' in received and 'by mail.example.test' in received
    assert 'with ESMTP' in received
    mid = received.split('id ')[1].split()[0].rstrip(';')
    events = server.json('trace', mid)
    assert {e['event'] for e in events} >= {'accepted', 'delivered'}


def test_no_relay_without_login(server):
    s = mx(server)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as e:
        s.sendmail('a@example.net', ['x@elsewhere.example'], TEXT % ('relay', 'x'))
    assert e.value.recipients['x@elsewhere.example'][0] in (550, 554)
    s.quit()


def test_logged_in_users_reach_the_queue(server):
    s = submission(server)
    s.sendmail('ann@example.test', ['x@elsewhere.example', 'ben@example.test'],
               'From: ann@example.test\r\nSubject: out\r\nBcc: secret@elsewhere.example\r\n\r\nx\r\n')
    s.quit()
    rows = server.json('queue', 'list')
    assert [(r['sender'], r['recipient'], r['dest']) for r in rows if r['recipient'] == 'x@elsewhere.example'] == \
        [('ann@example.test', 'x@elsewhere.example', 'elsewhere.example')]
    count, data = find(server, 'ben', 'out')
    assert count == 1 and b'Bcc' not in data
    assert b'\nDate: ' in data and b'\nMessage-ID: ' in data


def test_senders_own_their_addresses(server):
    s = submission(server)
    with pytest.raises(smtplib.SMTPException):
        s.sendmail('ben@example.test', ['ann@example.test'], TEXT % ('forged', 'x'))
    s.quit()
    assert find(server, 'ann', 'forged')[0] == 0


def test_submissions_port(server):
    s = submission(server, port='submissions')
    s.sendmail('ann@example.test', ['ben@example.test'], 'From: ann@example.test\r\nSubject: implicit\r\n\r\nx\r\n')
    s.quit()
    assert find(server, 'ben', 'implicit')[0] == 1


def test_plaintext_login_needs_tls(server):
    s = smtplib.SMTP('127.0.0.1', server.ports['submission'], timeout=30 * PATIENCE)
    s.ehlo()
    assert 'AUTH' not in s.esmtp_features.get('auth', '') and 'PLAIN' not in s.esmtp_features.get('auth', '')
    code, _ = s.docmd('AUTH', 'PLAIN AGFubgBzZWNyZXQ=')
    assert code in (530, 538, 504, 503)
    s.quit()


def test_lmtp_answers_for_each_recipient(server):
    s = smtplib.LMTP('127.0.0.1', server.ports['lmtp'])
    s.ehlo_or_helo_if_needed()
    s.mail('a@example.net')
    assert [s.rcpt(x)[0] for x in ('ann@example.test', 'nobody@example.test', 'ben@example.test')] == [250, 550, 250]
    s.docmd('DATA')
    s.send(b'Subject: lmtp\r\n\r\nx\r\n.\r\n')
    assert [s.getreply()[0] for _ in range(2)] == [250, 250]
    s.quit()
    assert find(server, 'ann', 'lmtp')[0] == 1 and find(server, 'ben', 'lmtp')[0] == 1


def raw(server, data, port='mx', wait=2.0):
    """Send raw octets after the greeting; everything that comes back."""
    with socket.create_connection(('127.0.0.1', server.ports[port]), 10) as s:
        s.settimeout(wait)
        out = s.recv(4096)
        s.sendall(data)
        try:
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                out += piece
        except socket.timeout:
            pass
    return out.decode(errors='replace')


@pytest.mark.parametrize('end', [b'\n.\n', b'\n.\r\n', b'\r\n.\n', b'\r.\r', b'\r\n.\r', b'\r.\r\n', b'\n\x00.\r\n'])
def test_smuggling_is_impossible(server, end):
    inner = b'MAIL FROM:<evil@example.net>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx'
    out = raw(server, b'EHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<ben@example.test>\r\nDATA\r\nSubject: outer\r\n\r\nx'
              + end + inner + b'\r\n.\r\nQUIT\r\n')
    assert find(server, 'ann', 'smuggled')[0] == 0, out


def test_pipelining_in_one_write(server):
    out = raw(server, b'EHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\nSubject: piped\r\n\r\nx\r\n.\r\n'
              b'MAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.test>\r\nBDAT 20\r\nSubject: piped2\r\n\r\nxBDAT 2 LAST\r\n\r\nQUIT\r\n')
    finals = [line[:4] for line in out.split('\r\n') if line[3:4] == ' ']
    assert finals == ['220 ', '250 ', '250 ', '250 ', '354 ', '250 ', '250 ', '250 ', '250 ', '250 ', '221 '], out
    assert find(server, 'ann', 'piped2')[0] == 1


def test_size_limit_is_announced_and_kept(server):
    s = mx(server)
    s.ehlo()
    limit = int(s.esmtp_features['size'])
    assert limit == 20 * 1024 * 1024
    assert s.docmd('MAIL', 'FROM:<a@example.net> SIZE=%d' % (limit + 1))[0] == 552
    s.mail('a@example.net')
    s.rcpt('ann@example.test')
    code, _ = s.data(b'Subject: big\r\n\r\n' + (b'y' * 998 + b'\r\n') * (limit // 1000 + 10))
    assert code == 552
    s.quit()
    assert find(server, 'ann', 'big')[0] == 0


def test_long_lines_and_large_messages_arrive_whole(server):
    text = b'Subject: two megabytes in a line\r\n\r\n' + b'z' * 2000000 + b'\r\n'
    s = mx(server)
    s.sendmail('a@example.net', ['ann@example.test'], text)
    s.quit()
    assert find(server, 'ann', 'two megabytes')[1].endswith(text)


def test_many_at_once(server):
    failures = []

    def work(k):
        try:
            for i in range(10):
                s = mx(server)
                s.sendmail('a@example.net', ['ann@example.test', 'ben@example.test'], TEXT % ('many %d.%d' % (k, i), 'x'))
                s.quit()
        except Exception as e:
            failures.append(e)
    threads = [threading.Thread(target=work, args=(k,)) for k in range(10)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    for user in ('ann', 'ben'):
        m = inbox(server, user)
        assert len(m.search(None, 'SUBJECT', '"many "')[1][0].split()) == 100
        m.logout()


def test_turns_while_the_store_is_busy(tmp_path):
    """Few messages may be with the store at once; whoever is asked for one and does not send it holds up nobody for long."""
    failures, silent = [], []
    with running(tmp_path, sections='server {\n worker_threads = 1\n session_save_every_step = 1\n}\n') as server:
        def work(k):
            try:
                for i in range(8):
                    with mx(server) as s:
                        if i == 4 and k % 3 == 0:
                            s.ehlo()
                            s.send('MAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\n')
                            assert [s.getreply()[0] for _ in range(3)] == [250, 250, 354]
                            silent.append(s.sock)
                            s.sock = s.file = None
                        else:
                            s.sendmail('a@example.net', ['ann@example.test'], TEXT % ('turn %d.%d' % (k, i), 'x'))
            except Exception as e:
                failures.append(e)
        threads = [threading.Thread(target=work, args=(k,)) for k in range(30)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert not failures
        m = inbox(server, 'ann')
        subjects = [d[1].strip() for d in m.fetch('1:*', '(BODY.PEEK[HEADER.FIELDS (SUBJECT)])')[1] if isinstance(d, tuple)]
        m.logout()
        assert sorted(subjects) == sorted(b'Subject: turn %d.%d' % (k, i) for k in range(30) for i in range(8) if i != 4 or k % 3)
        for s in silent:
            s.close()


def test_quota_is_a_temporary_refusal(server):
    server.cli('user', 'add', 'small@example.test', '--password-stdin', '--quota', '20K', stdin=b'secret-small')
    s = mx(server)
    s.sendmail('a@example.net', ['small@example.test'], TEXT % ('fits', 'x' * 900 + '\r\n'))
    s.mail('a@example.net', ['SIZE=30000'])
    code, text = s.rcpt('small@example.test')
    assert code == 452 and text.startswith(b'4.2.2'), (code, text)
    assert s.rcpt('ann@example.test')[0] == 250
    s.quit()


def test_aliases_catch_all_and_domain_alias(server):
    server.cli('alias', 'add', 'team@example.test', 'ann@example.test', 'ben@example.test')
    server.cli('domain', 'add', 'alias.test', '--alias-of', 'example.test')
    server.cli('domain', 'add', 'catch.test')
    server.cli('alias', 'add', '@catch.test', 'hanako@example.test')
    s = mx(server)
    s.sendmail('a@example.net', ['team@example.test', 'ANN@Alias.TEST', 'what.ever@catch.test'], TEXT % ('routes', 'x'))
    s.quit()
    assert find(server, 'ben', 'routes')[0] == 1 and find(server, 'hanako', 'routes')[0] == 1
    assert find(server, 'ann', 'routes')[0] == 1


def test_slow_clients_do_not_starve_others(server):
    slow = [socket.create_connection(('127.0.0.1', server.ports['mx']), 10) for _ in range(40)]
    for s in slow:
        s.recv(100)
        s.sendall(b'EHLO slow\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\nSubject: slow')
    started = time.monotonic()
    s = mx(server)
    s.sendmail('a@example.net', ['ben@example.test'], TEXT % ('quick', 'x'))
    s.quit()
    assert find(server, 'ben', 'quick')[0] == 1
    assert time.monotonic() - started < 30
    for c in slow:
        c.close()


def test_odd_japanese_addresses(server):
    server.cli('domain', 'add', 'docomo.example')
    server.cli('user', 'add', 'a..b.@docomo.example', '--password-stdin', stdin=b'secret-odd')
    s = mx(server)
    s.ehlo()
    assert s.docmd('MAIL', 'FROM:<.x..y.@docomo.example>')[0] == 250
    assert s.docmd('RCPT', 'TO:<a..b.@docomo.example>')[0] == 250
    assert s.docmd('RCPT', 'TO:<"a..b."@docomo.example>')[0] == 250
    s.quit()


def test_smtputf8(server):
    server.cli('domain', 'add', '日本語.example')
    server.cli('user', 'add', '花子@日本語.example', '--password-stdin', stdin=b'secret-utf8')
    s = mx(server)
    s.ehlo()
    assert 'smtputf8' in s.esmtp_features
    s.command_encoding = 'utf-8'
    s.mail('太郎@日本語.example', ['SMTPUTF8'])
    assert s.rcpt('花子@日本語.example')[0] == 250
    assert s.rcpt('花子@xn--wgv71a119e.example')[0] == 250
    code, _ = s.data('Subject: 便り\r\n\r\nこんにちは\r\n'.encode())
    assert code == 250
    s.quit()
