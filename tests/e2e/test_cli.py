"""The command line, with the server running and without."""
import json
import os
import subprocess

import pytest

from server import TAYORI, Server, running


def make_site(request, folder):
    with running(folder, users=('ann',)) as server:
        if request.param == 'offline':
            server.stop()
        yield server


@pytest.fixture(params=['served', 'offline'])
def site(request, tmp_path):
    yield from make_site(request, tmp_path)


@pytest.fixture(params=['served', 'offline'], scope='module')
def still_site(request, tmp_path_factory):
    """For those who change nothing."""
    yield from make_site(request, tmp_path_factory.mktemp('tayori'))


def test_domains_users_aliases(site):
    site.cli('domain', 'add', 'Second.TEST')
    assert [d['domain'] for d in site.json('domain', 'list')] == ['example.test', 'second.test']
    site.cli('user', 'add', 'bob@second.test', '--password-stdin', '--quota', '5M', '--name', 'Bob 小林', stdin=b'x')
    shown = site.json('user', 'show', 'bob@second.test')
    assert shown['quota'] == 5 << 20 and shown['name'] == 'Bob 小林' and shown['state'] == 'active'
    assert shown['mailboxes'] >= 6
    site.cli('alias', 'add', 'both@example.test', 'ann@example.test', 'bob@second.test', 'else@where.example')
    assert len(site.json('alias', 'list', 'example.test')) == 3
    site.cli('alias', 'del', 'both@example.test', 'else@where.example')
    assert len(site.json('alias', 'list', 'example.test')) == 2
    assert site.cli('domain', 'del', 'second.test', check=False).returncode == 4
    site.cli('user', 'del', 'bob@second.test', '--yes')
    assert site.cli('user', 'show', 'bob@second.test', check=False).returncode == 3
    site.cli('alias', 'del', 'both@example.test')
    assert site.json('alias', 'list') == []


@pytest.mark.parametrize('words, code, said', [
    (('user', 'add', 'ann@example.test', '--no-password'), 4, 'ann@example.test'),
    (('user', 'add', 'x@nowhere.test', '--no-password'), 3, 'nowhere.test'),
    (('user', 'add', 'not an address', '--no-password'), 2, 'not an address'),
    (('user', 'add', 'x@example.test', '--no-password', '--quota', 'huge'), 2, 'huge'),
    (('user', 'add', 'x@example.test', '--password-hash', '{ROT13}abc'), 2, 'scheme'),
    (('user', 'del', 'nobody@example.test', '--yes'), 3, 'nobody'),
    (('user', 'fly'), 2, 'fly'),
    (('bird', 'list'), 2, 'bird'),
    (('domain', 'add', 'bad domain!'), 2, 'bad domain!'),
    (('domain', 'add'), 2, 'Usage'),
    (('domain', 'list', '--colour'), 2, '--colour'),
    (('trace', 'zzzzzzzzzzzzz'), 3, 'zzz'),
])
def test_errors_say_what_to_do(still_site, words, code, said):
    p = still_site.cli(*words, check=False)
    assert p.returncode == code, p.stderr
    assert said in p.stderr.decode() and p.stderr.decode().startswith('tayori: ')


def test_status_check_version_and_config(still_site):
    status = still_site.json('status')
    assert status['engine'] == 'sqlite' and status['users'] == 1 and status['domains'] == 1
    assert still_site.cli('store', 'check').returncode == 0
    assert still_site.json('store', 'upkeep')['damaged'] == 0
    assert still_site.cli('version').stdout.startswith(b'tayori ')
    assert still_site.cli('config', 'check').returncode == 0
    shown = {o['option']: o for o in still_site.json('config', 'show')}
    assert shown['server.hostname']['value'].strip('"') == 'mail.example.test'
    assert len(still_site.json('config', 'show', 'imap')) < len(shown)


def test_defaults_are_a_valid_file(still_site, tmp_path):
    text = still_site.cli('config', 'defaults').stdout
    path = tmp_path / 'defaults.conf'
    path.write_bytes(text)
    p = subprocess.run([TAYORI, '--config', str(path), 'config', 'check'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert p.returncode == 0, p.stdout


def test_completion_is_bash(still_site, tmp_path):
    script = tmp_path / 'c.bash'
    script.write_bytes(still_site.cli('completion', 'bash').stdout)
    out = subprocess.run(['bash', '-c', 'source %s; COMP_WORDS=(tayori user ""); COMP_CWORD=2; _tayori; echo "${COMPREPLY[@]}"'
                          % script], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert {'add', 'del', 'list', 'password'} <= set(out.split())


def test_help_names_every_noun(still_site):
    text = still_site.cli('help').stdout.decode()
    for noun in ('domain', 'user', 'alias', 'queue', 'trace', 'status', 'store', 'config', 'version', 'serve'):
        assert noun in text
    assert '--quota' in still_site.cli('help', 'user').stdout.decode()


def test_a_broken_database_is_named_and_left_alone(tmp_path):
    with running(tmp_path, users=('ann',)) as server:
        server.stop()
        path = os.path.join(server.data, 'tayori.db')
        good = open(path, 'rb').read()
        for suffix in ('-wal', '-shm'):
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)
        with open(path, 'wb') as f:
            f.write(b'this is not a database' * 100)
        p = server.cli('status', check=False)
        assert p.returncode not in (0, 3) and path in p.stderr.decode(), p.stderr
        assert open(path, 'rb').read().startswith(b'this is not')
        with open(path, 'wb') as f:
            f.write(good)
        subprocess.run(['sqlite3', path, "UPDATE meta SET v='9999' WHERE k='schema_version'"], check=True)
        p = server.cli('status', check=False)
        assert p.returncode not in (0, 3) and '9999' in p.stderr.decode(), p.stderr
        with open(path, 'wb') as f:
            f.write(good)
