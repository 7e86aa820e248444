"""Roundcube, a webmail, in Chromium: PHP's own server, a database of its own, our IMAP and submission with verified TLS."""
import base64
import imaplib
import os
import shutil
import sqlite3
import ssl

import pytest

import process
from browser import Browser
from server import free_ports, running, wait_until

# What real clients do is the same with every build; they are slow beside a slow server.
pytestmark = pytest.mark.release

ROUNDCUBE = '/usr/share/roundcube'
NO_VERIFY = ssl._create_unverified_context()

CONFIG = '''<?php
$config = [];
$config['db_dsnw'] = 'sqlite:///%(folder)s/db.sqlite?mode=0600';
$config['imap_host'] = 'ssl://localhost:%(imaps)d';
$config['smtp_host'] = 'tls://localhost:%(submission)d';
$config['imap_conn_options'] = $config['smtp_conn_options'] = ['ssl' => ['cafile' => '%(cert)s', 'verify_peer' => true, 'verify_peer_name' => true]];
$config['des_key'] = 'twenty-four octets of it';
$config['log_dir'] = '%(folder)s'; $config['temp_dir'] = '%(folder)s';
$config['plugins'] = []; $config['skin'] = 'elastic'; $config['language'] = 'en_US'; $config['auto_create_user'] = true;
$config['enable_spellcheck'] = false; $config['refresh_interval'] = 60; $config['mail_domain'] = 'example.test';
$config['use_https'] = false; $config['session_samesite'] = 'Lax'; $config['imap_debug'] = true;
'''


def encoded(text, charset):
    return '=?%s?B?%s?=' % (charset, base64.b64encode(text.encode(charset)).decode())


class Mailbox:
    def __init__(self, server):
        self.m = imaplib.IMAP4_SSL('127.0.0.1', server.ports['imaps'], ssl_context=NO_VERIFY)
        self.m.login('ann@example.test', 'secret-ann')

    def add(self, subject, body, charset='us-ascii'):
        text = ('From: Ben <ben@example.test>\r\nTo: ann@example.test\r\nSubject: %s\r\nDate: Mon, 23 Nov 2026 10:00:00 +0900\r\n'
                'Message-ID: <rc%d@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=%s\r\n\r\n'
                % (subject, abs(hash(subject)), charset)).encode('ascii') + body.encode(charset) + b'\r\n'
        assert self.m.append('INBOX', None, None, text)[0] == 'OK'

    def flags(self, subject, box='INBOX'):
        """None: it is not there."""
        self.m.select(box)
        number = self.m.uid('SEARCH', 'SUBJECT', '"%s"' % subject)[1][0]
        if not number:
            return None
        line = self.m.uid('FETCH', number.split()[-1], '(FLAGS)')[1][0].decode()
        return set(line.split('FLAGS (')[1].split(')')[0].split()) - {'\\Recent'}

    def wait(self, what, condition):
        return wait_until(condition, 30, what, 0.1)


class Roundcube:
    """PHP's server with the package's files, and a page of it in a browser."""

    def __init__(self, server, folder):
        self.config = os.path.join(folder, 'config')
        os.mkdir(self.config)
        for name in ('defaults.inc.php', 'mimetypes.php'):
            shutil.copy(os.path.join('/etc/roundcube', name), self.config)
        with open(os.path.join(self.config, 'config.inc.php'), 'w') as f:
            f.write(CONFIG % dict(server.ports, folder=folder, cert=server.cert))
        with open(ROUNDCUBE + '/SQL/sqlite.initial.sql') as f:
            db = sqlite3.connect(os.path.join(folder, 'db.sqlite'))
            db.executescript(f.read())
            db.close()
        self.port, = free_ports(1)
        self.url = 'http://127.0.0.1:%d/' % self.port
        self.log = open(os.path.join(folder, 'php.log'), 'ab')
        env = dict(os.environ, ROUNDCUBE_CONFIG_DIR=self.config, HOME=folder)
        self.process = process.start(['php', '-S', '127.0.0.1:%d' % self.port, '-t', '/var/lib/roundcube'], self.log, env=env, cwd=folder)
        try:
            self.page = Browser(folder)
        except BaseException:
            self.stop_php()
            raise

    def stop_php(self):
        process.stop(self.process)
        self.log.close()

    def close(self):
        try:
            self.page.close()
        finally:
            self.stop_php()

    def log_in(self):
        self.page.go(self.url)
        self.page.type('#rcmloginuser', 'ann@example.test')
        self.page.type('#rcmloginpwd', 'secret-ann')
        self.page.click('#rcmloginsubmit')
        self.wait_list()

    # Nothing asked of the server is unanswered.
    IDLE = 'window.rcmail && window.jQuery && !rcmail.busy && jQuery.active == 0'
    ROW = 'Object.values(rcmail.message_list.rows).find(r => r.obj && r.obj.textContent.includes(arguments[0]))'
    SUBJECTS = """return Object.values(rcmail.message_list.rows).filter(r => r.obj).map(
        r => r.obj.querySelector(".subject a").textContent.trim());"""

    def wait_list(self):
        self.page.wait('the list', 'return %s && rcmail.task == "mail" && !!rcmail.message_list && !!rcmail.env.messages;' % self.IDLE)

    def open(self, box):
        self.page.run('rcmail.command("list", arguments[0]);', box)
        self.page.wait(box, 'return %s && rcmail.env.mailbox == arguments[0];' % self.IDLE, box)

    def select(self, subject):
        """Click the folder, for what is new there, until the message is in the list; then click it."""
        self.page.wait(subject, '''if (!(%s)) return false;
            const row = %s;
            if (row) rcmail.message_list.select(row.uid); else rcmail.command("list", rcmail.env.mailbox);
            return !!row;''' % (self.IDLE, self.ROW), subject)
        self.page.wait('the message pane', 'return %s;' % self.IDLE)

    def take_away(self, subject, *command):
        """Select it and give the command, until the list has lost it: a click is lost while the list is being drawn anew."""
        self.select(subject)
        self.page.wait(subject + ' to be gone', '''if (!(%s)) return false;
            const row = %s;
            if (!row) return true;
            rcmail.message_list.select(row.uid);
            rcmail.command(...arguments[1]);
            return false;''' % (self.IDLE, self.ROW), subject, list(command))


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp('tayori'), users=('ann', 'ben')) as s:
        yield s


@pytest.fixture
def box(server):
    b = Mailbox(server)
    yield b
    b.m.logout()


@pytest.fixture(scope='module')
def cube(server, tmp_path_factory):
    c = Roundcube(server, str(tmp_path_factory.mktemp('roundcube')))
    try:
        c.log_in()
        yield c
    finally:
        c.close()


def test_folders_are_listed(cube):
    got = cube.page.run('return Object.keys(rcmail.env.mailboxes);')
    assert set(got) >= {'INBOX', 'Drafts', 'Sent', 'Junk', 'Trash', 'Archive'}, got


def test_japanese_mail_is_listed_and_read(cube, box):
    box.add(encoded('会議の案内', 'iso-2022-jp'), '会議は三時からです', 'iso-2022-jp')
    cube.select('会議の案内')
    text = cube.page.wait('the text', '''const d = document.getElementById("messagecontframe").contentDocument;
        const b = d && d.getElementById("messagebody"); return b && b.textContent.trim();''')
    assert text == '会議は三時からです'
    box.m.select('INBOX')
    box.wait('\\Seen', lambda: box.m.search(None, 'SEEN')[1][0])


def test_flag(cube, box):
    box.add('flag me', 'x')
    cube.select('flag me')
    cube.page.wait('the flag', '''if (!(%s)) return false;
        const row = %s;
        if (row.flagged) return true;
        rcmail.message_list.select(row.uid);
        rcmail.command("mark", "flagged");
        return false;''' % (cube.IDLE, cube.ROW), 'flag me')
    box.wait('\\Flagged', lambda: '\\Flagged' in (box.flags('flag me') or ()))


def test_move(cube, box):
    box.add('move me', 'x')
    cube.take_away('move me', 'move', 'Archive')
    box.wait('it to be moved', lambda: box.flags('move me') is None and box.flags('move me', 'Archive') is not None)


def test_search(cube, box):
    box.add(encoded('請求書', 'utf-8'), '金額は千円', 'shift_jis')
    box.add('something else', 'x')
    cube.select('請求書')
    for scope, words in (('subject', '求書'), ('text', '千円')):
        cube.page.run('''const f = document.querySelector("#mailsearchform"); f.value = arguments[1];
            rcmail.env.search_mods = {"*": {[arguments[0]]: 1}}; rcmail.env.search_scope = "base";
            rcmail.command("search");''', scope, words)
        cube.page.wait('the search', 'return %s && rcmail.env.search_request && rcmail.message_list.rowcount == 1;' % cube.IDLE)
        assert cube.page.run(cube.SUBJECTS) == ['請求書'], scope
        cube.page.run('rcmail.command("reset-search");')
        cube.page.wait('the whole list', 'return %s && !rcmail.env.search_request;' % cube.IDLE)


def test_delete(cube, box):
    box.add('delete me', 'x')
    cube.take_away('delete me', 'delete')
    box.wait('it to be in the trash', lambda: box.flags('delete me') is None and box.flags('delete me', 'Trash') is not None)
    cube.open('Trash')
    cube.page.run('window.confirm = () => true; rcmail.http_post("purge", {_mbox: "Trash", _reload: 1}, rcmail.set_busy(true, "loading"));')
    box.wait('an empty trash', lambda: box.flags('delete me', 'Trash') is None)
    cube.open('INBOX')


def test_send(cube, box):
    cube.page.go(cube.url + '?_task=mail&_action=compose')
    cube.page.wait('the form', 'return window.rcmail && rcmail.env.action == "compose" && document.getElementById("composebody");')
    cube.page.run('''document.getElementById("_to").value = "ann@example.test";
        document.getElementById("compose-subject").value = "お知らせ";
        document.getElementById("composebody").value = "Roundcube から送りました";
        rcmail.command("send", {});''')
    cube.wait_list()
    cube.select('お知らせ')
    assert box.flags('@example.test', 'Sent') is None  # no ASCII there to be found by
    box.m.select('Sent')
    assert box.m.search(None, 'ALL')[1][0] == b'1'
    number = box.m.select('INBOX')[1][0]
    assert 'Roundcube から送りました'.encode() in box.m.fetch(number, '(BODY[TEXT])')[1][0][1]
