"""Synchronisers, again and again: changes on both sides, and after each round no difference."""
import mailbox
import os
import random

import pytest

from clients import sh, write

# What real clients do is the same with every build; they are slow beside a slow server.
pytestmark = pytest.mark.release

ROUNDS = 6


def write_config(a, d):
    write(d, '.mbsyncrc', '''IMAPAccount a
Host %s
Port %d
User %s
Pass %s
SSLType IMAPS
CertificateFile %s
AuthMechs LOGIN PLAIN

IMAPStore r
Account a

MaildirStore l
Path %s/M/
Inbox %s/M/INBOX
SubFolders Verbatim

Channel c
Far :r:
Near :l:
Patterns INBOX Work
Create Both
Expunge Both
Sync All
''' % (a.hostname, a.imaps, a.user, a.password, a.cafile, d, d))


FLAGS = {'S': '\\Seen', 'F': '\\Flagged', 'R': '\\Answered', 'D': '\\Draft'}


def near(d, box):
    """Subject -> flags on this side."""
    folder = mailbox.Maildir(os.path.join(d, 'M', box), create=False)
    return {m['Subject']: {FLAGS[f] for f in m.get_flags() if f in FLAGS} for m in folder}


def change_near(d, box, rng, name):
    folder = mailbox.Maildir(os.path.join(d, 'M', box), create=False)
    keys = sorted(folder.keys())
    for key in rng.sample(keys, min(len(keys), 3)):
        m = folder[key]
        m.set_subdir('cur')
        what = rng.random()
        m.set_flags('T' if what < 0.25 else ''.join(sorted(rng.sample('FRS', rng.randint(0, 3)))))
        folder[key] = m
    folder.add(('Subject: %s\r\nFrom: near@example.test\r\n\r\nx\r\n' % name).encode())


def change_far(a, box, rng, name):
    m = a.login()
    n = int(m.select(box)[1][0])
    for number in rng.sample(range(1, n + 1), min(n, 3)):
        what = rng.random()
        if what < 0.25:
            m.store(str(number), '+FLAGS.SILENT', '(\\Deleted)')
        else:
            m.store(str(number), 'FLAGS.SILENT', '(%s)' % ' '.join(rng.sample(['\\Seen', '\\Flagged', '\\Answered'], rng.randint(0, 3))))
    m.expunge()
    m.append(box, '\\Seen', None, ('Subject: %s\r\nFrom: far@example.test\r\n\r\nx\r\n' % name).encode())
    m.logout()


def test_mbsync_rounds_leave_no_difference(a, d):
    rng = random.Random(20261123)
    a.fill(12)
    a.fill(6, 'Work')
    write_config(a, d)
    os.mkdir(os.path.join(d, 'M'))
    sh(['mbsync', '-a'], d)
    for turn in range(ROUNDS):
        for box in ('INBOX', 'Work'):
            change_near(d, box, rng, 'near %d' % turn)
            sh(['mbsync', '-a'], d)
            change_far(a, box, rng, 'far %d' % turn)
            sh(['mbsync', '-a'], d)
            assert near(d, box) == a.state(box), (turn, box)
    # And with nothing changed nothing is done.
    before = {box: sorted(mailbox.Maildir(os.path.join(d, 'M', box), create=False).keys()) for box in ('INBOX', 'Work')}
    out = sh(['mbsync', '-a', '-V'], d)
    assert 'rror' not in out
    assert before == {box: sorted(mailbox.Maildir(os.path.join(d, 'M', box), create=False).keys()) for box in ('INBOX', 'Work')}


def test_getmail_imap(a, d):
    a.fill(3)
    for x in ('cur', 'new', 'tmp'):
        os.makedirs(os.path.join(d, 'M', x))
    write(d, 'rc', '''[retriever]
type=SimpleIMAPRetriever
server=%s
port=%d
username=%s
password=%s
mailboxes=("INBOX",)
[destination]
type=MDA_external
path=/bin/sh
arguments=("-c","cat > %s/M/new/$$")
allow_root_commands=true
[options]
read_all=false
delete=false
''' % (a.host, a.imap, a.user, a.password, d))
    for arrived in (3, 1, 0):
        before = len(os.listdir(os.path.join(d, 'M', 'new')))
        sh(['getmail', '--getmaildir=' + d, '--rcfile=rc'], d)
        assert len(os.listdir(os.path.join(d, 'M', 'new'))) == before + arrived
        if arrived == 3:
            m = a.login()
            m.append('INBOX', None, None, a.message(9))
            m.logout()
    assert len(a.state()) == 4
