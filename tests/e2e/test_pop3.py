"""POP3: locks, broken sessions, and mail that stays until QUIT."""
import poplib
import ssl
import time

import pytest

from test_smtp import TEXT, mx


def pop(server, user='ann'):
    p = poplib.POP3_SSL('127.0.0.1', server.ports['pop3s'], context=ssl._create_unverified_context())
    p.user(user + '@example.test')
    p.pass_('secret-' + user)
    return p


def test_read_and_delete(server):
    s = mx(server)
    for i in range(5):
        s.sendmail('a@example.net', ['hanako@example.test'], TEXT % ('p%d' % i, '.dot\r\n..two'))
    s.quit()
    p = pop(server, 'hanako')
    assert p.stat()[0] == 5
    uidls = [line.split()[1] for line in p.uidl()[1]]
    assert len(set(uidls)) == 5
    assert b'.dot' in p.retr(1)[1] and b'..two' in p.retr(1)[1]
    p.dele(1)
    p.dele(2)
    p.quit()
    p = pop(server, 'hanako')
    assert [line.split()[1] for line in p.uidl()[1]] == uidls[2:]
    p.dele(1)
    p.close()  # broken: nothing is deleted
    p = pop_when_free(server, 'hanako')
    assert p.stat()[0] == 3
    p.quit()


def pop_when_free(server, user):
    for _ in range(100):
        try:
            return pop(server, user)
        except poplib.error_proto as e:
            assert b'IN-USE' in e.args[0]
            time.sleep(0.1)
    raise AssertionError('the lock of a broken session stays')


def test_one_session_at_a_time(server):
    p = pop(server)
    with pytest.raises(poplib.error_proto) as e:
        pop(server)
    assert b'[IN-USE]' in e.value.args[0]
    p.quit()
    pop(server).quit()


def test_stls_and_wrong_password(server):
    p = poplib.POP3('127.0.0.1', server.ports['pop3'])
    assert 'STLS' in p.capa()
    p.stls(context=ssl._create_unverified_context())
    p.user('ann@example.test')
    with pytest.raises(poplib.error_proto) as e:
        p.pass_('wrong')
    assert b'[AUTH]' in e.value.args[0]
    p.close()
