"""Mail readers and synchronisers over IMAP: each does its daily work and the mailbox is looked at afterwards."""
import glob
import mailbox
import os
import subprocess
import time

import pytest

from clients import boxes, sh, write
from server import PATIENCE

# What real clients do is the same with every build; they are slow beside a slow server.
pytestmark = pytest.mark.release


def test_mbsync_two_way(a, d):
    a.fill(3)
    a.fill(2, 'Work')
    sep = dict(boxes(a.login())).get('Work', '/')
    port, ssl = (a.imaps, 'IMAPS') if a.imaps else (a.imap, 'None')
    write(d, '.mbsyncrc', '''IMAPAccount a
Host %s
Port %d
User %s
Pass %s
SSLType %s
CertificateFile %s
AuthMechs LOGIN PLAIN
PipelineDepth 20

IMAPStore r
Account a

MaildirStore l
Path %s/M/
Inbox %s/M/INBOX
SubFolders Verbatim

Channel c
Far :r:
Near :l:
Patterns *
Create Both
Remove Both
Expunge Both
Sync All
''' % (a.hostname, port, a.user, a.password, ssl, a.cafile or '/etc/ssl/certs/ca-certificates.crt', d, d))
    os.mkdir(d + '/M')
    sh(['mbsync', '-a'], d)
    inbox = mailbox.Maildir(d + '/M/INBOX', create=False)
    assert len(inbox) == 3, len(inbox)
    assert len(mailbox.Maildir(d + '/M/Work', create=False)) == 2
    # local: flag one, delete one, add one, new folder
    for k, m in inbox.items():
        if m['Subject'] == 'message 1':
            m.set_subdir('cur')
            m.set_flags('FS')
            inbox[k] = m
        elif m['Subject'] == 'message 2':
            m.set_subdir('cur')
            m.set_flags('ST')
            inbox[k] = m
    inbox.add(a.message(7))
    nb = mailbox.Maildir(d + '/M/Local', create=True)
    nb.add(a.message(8))
    # remote: flag
    m = a.login()
    m.select()
    m.store('3', '+FLAGS', r'(\Answered)')
    m.logout()
    sh(['mbsync', '-a'], d)
    s = a.state()
    assert set(s) == {'message 1', 'message 3', 'message 7'}, s
    assert s['message 1'] == {'\\Flagged', '\\Seen'} and '\\Answered' in s['message 3'], s
    assert set(a.state('Local')) == {'message 8'}
    assert any('R' in m.get_flags() for m in mailbox.Maildir(d + '/M/INBOX', create=False)), 'Answered not seen here'
    assert 'rror' not in sh(['mbsync', '-a'], d)


def test_mbsync_2000_messages(a, d):
    m = a.login()
    m.create('Many')
    one = a.message(1)
    for i in range(2000):
        m.append('Many', '', None, one.replace(b'<m1@', b'<m1.%d@' % i))
    m.logout()
    write(d, '.mbsyncrc', '''IMAPAccount a
Host %s
Port %d
User %s
Pass %s
SSLType None
AuthMechs LOGIN
PipelineDepth 50
Timeout %d

IMAPStore r
Account a

MaildirStore l
Path %s/M/
Inbox %s/M/INBOX

Channel c
Far :r:Many
Near :l:Many
Create Near
''' % (a.host, a.imap, a.user, a.password, 20 * PATIENCE, d, d))
    os.mkdir(d + '/M')
    sh(['mbsync', '-a'], d)
    n = len(glob.glob(d + '/M/Many/*/*'))
    assert n == 2000, n
    

def test_offlineimap_two_way(a, d):
    a.fill(3)
    a.fill(2, 'Work')
    write(d, '.offlineimaprc', '''[general]
accounts = a
maxsyncaccounts = 1
ui = basic
[Account a]
localrepository = l
remoterepository = r
[Repository l]
type = Maildir
localfolders = %s/M
[Repository r]
type = IMAP
remotehost = %s
remoteport = %d
remoteuser = %s
remotepass = %s
ssl = no
starttls = no
auth_mechanisms = PLAIN, LOGIN
maxconnections = 2
''' % (d, a.host, a.imap, a.user, a.password))
    sh(['offlineimap', '-o'], d)
    inbox = mailbox.Maildir(d + '/M/INBOX', create=False)
    assert len(inbox) == 3, len(inbox)
    for k, m in inbox.items():
        if m['Subject'] == 'message 1':
            m.set_subdir('cur')
            m.set_flags('FS')
            inbox[k] = m
    inbox.add(a.message(7))
    sh(['offlineimap', '-o'], d)
    s = a.state()
    assert set(s) == {'message 1', 'message 2', 'message 3', 'message 7'}, s
    assert s['message 1'] >= {'\\Flagged', '\\Seen'}, s


def mutt_like(a, d, prog):
    a.fill(3)
    write(d, '.muttrc', '''set imap_user="%s"
set imap_pass="%s"
set ssl_starttls=no
set ssl_force_tls=no
set folder="imap://%s:%d/"
set spoolfile="+INBOX"
set record="+Sent"
set quit=yes
set delete=yes
set move=no
set confirmappend=no
unset resolve
set confirmcreate=no
set sort=date
set mail_check=1
set header_cache="%s/hc"
''' % (a.user, a.password, a.host, a.imap, d))
    # delete 1, flag 2, copy 3 to Copies, sync, quit
    keys = '<delete-message><next-entry><flag-message><next-entry><copy-message>=Copies<enter><sync-mailbox><quit>'
    sh(['tmux', '-L', 'cli%d' % os.getpid(), 'new-session', '-d', '-x', '120', '-y', '40', '-s', 'm',
        'HOME=%s %s -n -F %s/.muttrc -e \'push "<first-entry>%s"\'' % (d, prog, d, keys)], d)
    for _ in range(40):
        time.sleep(0.25)
        p = subprocess.run(['tmux', '-L', 'cli%d' % os.getpid(), 'capture-pane', '-p', '-t', 'm'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if p.returncode:
            break
        open(d + '/screen', 'wb').write(p.stdout)
    else:
        subprocess.run(['tmux', '-L', 'cli%d' % os.getpid(), 'kill-session', '-t', 'm'])
        raise AssertionError('did not quit: ' + open(d + '/screen').read()[-200:])
    s = a.state()
    assert set(s) == {'message 2', 'message 3'}, s
    assert '\\Flagged' in s['message 2'], s
    assert set(a.state('Copies')) == {'message 3'}


def test_mutt_delete_flag_copy(a, d):
    mutt_like(a, d, 'mutt')


def test_neomutt_delete_flag_copy(a, d):
    mutt_like(a, d, 'neomutt')


def test_alpine_reads(a, d):
    a.fill(2)
    write(d, '.pinerc', 'personal-name=T\ninbox-path={%s:%d/imap/notls/user=%s}INBOX\nfeature-list=quit-without-confirm\npassword-file=\n'
          'incoming-folders=\nlast-version-used=7.0\nnew-version-threshold=99.9\n' % (a.host, a.imap, a.user))
    L = 'cli%d' % os.getpid()
    subprocess.run(['tmux', '-L', L, 'new-session', '-d', '-x', '100', '-y', '30', '-s', 'a',
                    'HOME=%s TERM=xterm alpine -p %s/.pinerc -i -passfile %s/pw' % (d, d, d)], check=True)
    def cap():
        return subprocess.run(['tmux', '-L', L, 'capture-pane', '-p', '-t', 'a'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode('utf-8', 'replace')
    def key(*k):
        subprocess.run(['tmux', '-L', L, 'send-keys', '-t', 'a'] + list(k))
    try:
        ok = False
        for _ in range(60):
            time.sleep(0.25)
            c = cap()
            open(d + '/screen', 'w').write(c)
            if 'PASSWORD' in c.upper() and 'ENTER' in c.upper() and not ok:
                key('-l', a.password)
                key('Enter')
                ok = True
                time.sleep(0.5)
            elif 'Preserve password' in c or 'assword file' in c or 'create' in c.lower() and '?' in c:
                key('n')
            elif 'message 1' in c:
                return
            elif 'Press' in c or 'GREETING' in c.upper():
                key('Enter')
        raise AssertionError('no index: ' + ' '.join(c.split())[-200:])
    finally:
        subprocess.run(['tmux', '-L', L, 'kill-session', '-t', 'a'], stderr=subprocess.DEVNULL)


def test_s_nail_reads_imap(a, d):
    a.fill(2)
    o = sh("printf 'headers\\nprint 1\\nquit\\n' | s-nail -n -S v15-compat -S line-editor-disable -S imap-auth-%s=login -f 'imap://%s:%s@%s:%d/INBOX'"
           % (a.host, a.user.replace('@', '%40'), a.password, a.host, a.imap), d, check=False)
    assert 'message 1' in o and 'body 1' in o, o[-300:]


def test_imapfilter_moves(a, d):
    a.fill(3)
    m = a.login()
    m.create('Filtered')
    m.logout()
    write(d, 'c.lua', 'options.timeout=%d\noptions.starttls=false\na = IMAP{server="%s",port=%d,username="%s",password="%s"}\n'
          'r = a.INBOX:contain_subject("message 2")\nr:move_messages(a.Filtered)\na.INBOX:contain_body("body 3"):mark_flagged()\n'
          % (20 * PATIENCE, a.host, a.imap, a.user, a.password))
    sh(['imapfilter', '-c', 'c.lua'], d)
    assert set(a.state('Filtered')) == {'message 2'}
    assert '\\Flagged' in a.state()['message 3']


def test_curl_imap(a, d):
    u, url = '%s:%s' % (a.user, a.password), 'imap://%s:%d' % (a.host, a.imap)
    open(d + '/m', 'wb').write(a.message(1))
    sh(['curl', '-sS', '-u', u, '-T', 'm', url + '/INBOX'], d)
    assert 'Subject: message 1' in sh(['curl', '-sS', '-u', u, url + '/INBOX;MAILINDEX=1'], d)
    assert 'SEARCH 1' in sh(['curl', '-sS', '-u', u, url + '/INBOX?SUBJECT message'.replace(' ', '%20')], d)
    sh(['curl', '-sS', '-u', u, url + '/INBOX', '-X', 'STORE 1 +Flags \\Deleted'], d)
    assert 'LIST' in sh(['curl', '-sS', '-u', u, url + '/'], d)
    if a.imaps:
        sh(['curl', '-sSk', '-u', u, 'imaps://%s:%d/INBOX' % (a.host, a.imaps), '-X', 'NOOP'], d)
        sh(['curl', '-sSk', '--ssl-reqd', '-u', u, url + '/INBOX', '-X', 'NOOP'], d)


def test_perl_mail_imapclient(a, d):
    if subprocess.run(['perl', '-MMail::IMAPClient', '-e1'], stderr=subprocess.DEVNULL).returncode:
        raise Skip('Mail::IMAPClient is not installed')
    a.fill(3)
    write(d, 't.pl', r'''use Mail::IMAPClient; my ($h,$p,$u,$w)=@ARGV;
my $i=Mail::IMAPClient->new(Server=>$h,Port=>$p,User=>$u,Password=>$w,Uid=>1,Peek=>1) or die "login $@";
$i->select("INBOX") or die; my @m=$i->messages; die "n=".@m unless @m==3;
my $h2=$i->fetch_hash("FLAGS","RFC822.SIZE","ENVELOPE"); die unless keys(%$h2)==3;
my @f=$i->search(SUBJECT=>\"message 2"); die "search" unless @f==1;
$i->create("P1") or die; $i->copy("P1",@m) or die; $i->select("P1") or die; die unless $i->message_count==3;
my $b=$i->get_bodystructure(($i->messages)[0]) or die "bodystructure"; die unless lc($b->bodytype) eq "text";
my $t=$i->thread("REFERENCES","UTF-8","ALL") if $i->has_capability("THREAD=REFERENCES");
$i->delete_message($i->messages) or die; $i->expunge or die; die unless $i->message_count("P1")==0;
my $idle=$i->idle if $i->has_capability("IDLE"); $i->done($idle) if $idle;
$i->select("INBOX"); $i->delete("P1") or die; print "OK\n"; $i->logout;''')
    assert 'OK' in sh(['perl', 't.pl', a.host, str(a.imap), a.user, a.password], d)


def test_python_imaplib(a, d):
    a.fill(2)
    m = a.login()
    m.enable('CONDSTORE') if 'CONDSTORE' in m.capabilities else None
    assert m.select()[1] == [b'2']
    assert m.search(None, 'SUBJECT', '"message 2"')[1] == [b'2']
    assert b'body 1' in m.fetch('1', '(BODY[TEXT])')[1][0][1]
    assert m.uid('SEARCH', 'ALL')[0] == 'OK' and m.namespace()[0] == 'OK'
    m.create('"x y"')
    assert m.copy('1', '"x y"')[0] == 'OK'
    assert m.delete('"x y"')[0] == 'OK'
    m.close()
    m.logout()
