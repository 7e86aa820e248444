"""Fetchers over POP3."""
import glob
import os
import poplib

import pytest

from clients import sh, write

# What real clients do is the same with every build; they are slow beside a slow server.
pytestmark = pytest.mark.release


def test_fetchmail_pop3_and_imap(a, d):
    for proto, port in (('pop3', a.pop3), ('imap', a.imap)):
        a.fill(3)
        write(d, 'rc', 'set no bouncemail\npoll %s protocol %s port %d auth password timeout 15\n user "%s" password "%s" fetchall no keep sslproto "" mda "cat >> %s/%s.mbox; echo >> %s/%s.mbox"\n'
              % (a.host, proto, port, a.user, a.password, d, proto, d, proto))
        sh(['fetchmail', '-f', 'rc', '--nodetach', '--nosyslog', '-i', d + '/ids'], d)
        t = open('%s/%s.mbox' % (d, proto)).read()
        assert t.count('Subject: message') == 3 and not a.state(), (proto, a.state())


def test_getmail_pop3(a, d):
    a.fill(3)
    for x in ('cur', 'new', 'tmp'):
        os.makedirs(d + '/M/' + x)
    write(d, 'rc', '[retriever]\ntype=SimplePOP3Retriever\nserver=%s\nport=%d\nusername=%s\npassword=%s\n[destination]\ntype=MDA_external\npath=/bin/sh\narguments=("-c","cat > %s/M/new/$$")\nallow_root_commands=true\n[options]\nread_all=true\ndelete=true\n'
          % (a.host, a.pop3, a.user, a.password, d))
    sh(['getmail', '--getmaildir=' + d, '--rcfile=rc'], d)
    assert len(os.listdir(d + '/M/new')) == 3 and not a.state()


def test_mpop_uidl(a, d):
    a.fill(3)
    cmd = ['mpop', '--host=' + a.host, '--port=%d' % a.pop3, '--user=' + a.user, '--passwordeval=echo ' + a.password, '--tls=off', '--auth=user',
           '--delivery=mbox,%s/mbox' % d, '--keep=on', '--uidls-file=%s/uidls' % d, '--file=/dev/null']
    o = sh(cmd[:-1], d)
    assert open(d + '/mbox').read().count('Subject: message') == 3
    m = a.login()
    m.append('INBOX', '', None, a.message(4))
    m.logout()
    sh(cmd[:-1], d)
    assert open(d + '/mbox').read().count('Subject: message') == 4


def test_fdm_pop3(a, d):
    a.fill(2)
    write(d, '.fdm.conf', 'set no-received\naction "m" maildir "%s/M"\naccount "a" pop3 server "%s" port %d user "%s" pass "%s" keep\nmatch all action "m"\n'
          % (d, a.host, a.pop3, a.user, a.password))
    sh(['fdm', '-f', '.fdm.conf', '-l', 'fetch'], d, env={'USER': 'root'})
    assert len(glob.glob(d + '/M/new/*')) == 2


def test_python_poplib(a, d):
    a.fill(3)
    p = poplib.POP3(a.host, a.pop3)
    p.capa()
    p.user(a.user)
    p.pass_(a.password)
    assert p.stat()[0] == 3 and len(p.uidl()[1]) == 3
    assert b'Subject: message 1' in p.top(1, 1)[1]
    p.dele(2)
    p.rset()
    p.dele(1)
    p.quit()
    assert len(a.state()) == 2
