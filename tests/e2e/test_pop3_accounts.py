"""POP3: APOP for those who have opted in, login delay, locks of a killed role, languages."""
import hashlib
import poplib
import re
import ssl
import subprocess

import pytest

from server import running, wait_until
from test_smtp import TEXT, mx

SECTIONS = 'pop3 {\n apop = true\n}\nauth {\n failure_delay = 0s\n}'


@pytest.fixture(scope='module')
def apop_server(tmp_path_factory):
    with running(tmp_path_factory.mktemp('tayori'), sections=SECTIONS) as s:
        yield s


def pop(server, user='ann'):
    p = poplib.POP3_SSL('127.0.0.1', server.ports['pop3s'], context=ssl._create_unverified_context())
    p.user(user + '@example.test')
    p.pass_('secret-' + user)
    return p


def plain(server):
    return poplib.POP3('127.0.0.1', server.ports['pop3'], timeout=20)


def refusal(call, *args):
    with pytest.raises(poplib.error_proto) as e:
        call(*args)
    return e.value.args[0].decode()


def test_apop_is_opt_in(apop_server):
    s = apop_server
    s.cli('user', 'set', 'ben@example.test', '--apop', 'on', '--password-stdin', stdin=b'tanstaaf')
    p = plain(s)
    assert re.search(rb'<[0-9a-f]{16}\.\d+@mail\.example\.test>', p.getwelcome())
    assert '[AUTH]' in refusal(p.apop, 'ann@example.test', 'secret-ann')
    assert '[AUTH]' in refusal(p.apop, 'ben@example.test', 'secret-ben')
    p.apop('ben', 'tanstaaf')  # the default domain is added
    assert p.stat()[0] >= 0
    p.quit()
    assert [u['address'] for u in s.json('user', 'list', '--apop')] == ['ben@example.test']
    assert s.json('user', 'show', 'ben@example.test')['apop'] is True
    assert s.json('user', 'show', 'ann@example.test')['apop'] is False
    # A timestamp of another session is of no use.
    a, b = plain(s), plain(s)
    stamp = re.search(rb'<.*>', a.getwelcome()).group()
    digest = hashlib.md5(stamp + b'tanstaaf').hexdigest()
    assert '[AUTH]' in refusal(b._shortcmd, 'APOP ben@example.test ' + digest)
    a._shortcmd('APOP ben@example.test ' + digest.upper())
    a.quit()
    b.quit()
    s.cli('user', 'set', 'ben@example.test', '--apop', 'off')
    assert s.json('user', 'list', '--apop') == []
    p = plain(s)
    assert '[AUTH]' in refusal(p.apop, 'ben@example.test', 'tanstaaf')
    p.quit()


def test_apop_secret_is_sealed(apop_server):
    s = apop_server
    s.cli('user', 'set', 'hanako@example.test', '--apop', 'on', '--password-stdin', stdin=b'in-plain-sight')
    out = b''
    files = subprocess.run(['find', s.data, '-type', 'f'], stdout=subprocess.PIPE).stdout.decode().split()
    for name in files:
        out += open(name, 'rb').read()
    assert len(out) > 10000
    assert b'in-plain-sight' not in out and b'in-plain-sight'.hex().encode() not in out


def test_usage_of_user_set(apop_server):
    s = apop_server
    for words, code in (((), 2), (('--apop', 'perhaps'), 2), (('--password-stdin',), 2)):
        assert s.cli('user', 'set', 'ann@example.test', *words, check=False).returncode == code
    p = s.cli('user', 'set', 'ann@example.test', '--apop', 'on', '--password-stdin', stdin=b'x' * 256, check=False)
    assert p.returncode != 0 and b'255' in p.stderr
    s.cli('user', 'set', 'ann@example.test', '--name', 'Ann of Example')
    assert s.json('user', 'show', 'ann@example.test')['name'] == 'Ann of Example'


def test_apop_is_refused_while_off(server):
    server.cli('user', 'set', 'ann@example.test', '--apop', 'on', '--password-stdin', stdin=b'tanstaaf')
    p = plain(server)
    assert b'<' not in p.getwelcome()
    assert 'not available' in refusal(p._shortcmd, 'APOP ann@example.test ' + '0' * 32)
    p.quit()
    server.cli('user', 'set', 'ann@example.test', '--apop', 'off')


def test_lock_ends_with_its_role(fresh_server):
    """A killed session role gives its maildrops back at once, not after three minutes; nothing is deleted."""
    s = fresh_server
    m = mx(s)
    m.sendmail('a@example.net', ['ann@example.test'], TEXT % ('one', 'hello'))
    m.quit()
    p = pop(s)
    p.dele(1)
    assert '[IN-USE]' in refusal(pop, s)
    for pid in s.roles('session'):
        s.kill_role(pid)

    def again():
        try:
            return pop(s)
        except (OSError, EOFError, poplib.error_proto) as e:
            assert 'AUTH]' not in str(e)
            return None

    q = wait_until(again, 20, 'the maildrop of the killed role')
    assert q.stat()[0] == 1
    q.quit()


def test_lock_outlives_the_store(fresh_server):
    """A store that is restarted does not take a session for gone that holds a maildrop."""
    s = fresh_server
    p = pop(s)
    for pid in s.roles('store'):
        s.kill_role(pid)
    wait_until(lambda: len(s.roles('store')) == 1, 10, 'the store')
    for _ in range(3):
        assert '[IN-USE]' in refusal(pop, s)
    assert p.stat()[0] == 0
    p.quit()
    pop(s).quit()


def test_login_delay(tmp_path):
    with running(tmp_path, sections='pop3 {\n login_delay = 1h\n}') as s:
        p = pop(s)
        assert p.capa()['LOGIN-DELAY'] == ['3600']
        p.quit()
        assert '[LOGIN-DELAY]' in refusal(pop, s)
        pop(s, 'ben').quit()


def test_languages(server):
    p = pop(server)
    p.encoding = 'UTF-8'
    assert p._longcmd('LANG')[1] == [b'en English', 'ja 日本語'.encode()]
    assert p._shortcmd('LANG ja').decode() == '+OK ja 日本語にしました'
    assert '知らない' in refusal(p._shortcmd, 'FROB')
    assert p.quit().decode() == '+OK さようなら'
