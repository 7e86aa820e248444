"""A backup made under load is consistent, and what is restored from it never uses a UID twice."""
import os
import shutil
import threading

from server import Server, running
from test_imap import imap
from test_smtp import TEXT, find, mx


def uids(server, user='ann'):
    m = imap(server, user)
    m.select('INBOX')
    validity = m.response('UIDVALIDITY')[1][0]
    found = {}
    for item in m.uid('FETCH', '1:*', '(BODY.PEEK[HEADER.FIELDS (SUBJECT)])')[1]:
        if isinstance(item, tuple):
            found[int(item[0].split(b'UID ')[1].split()[0])] = item[1].strip()
    m.logout()
    return validity, found


def test_backup_under_load_and_restore(tmp_path):
    folder = tmp_path / 'one'
    folder.mkdir()
    with running(folder, users=('ann',)) as server:
        stop = threading.Event()

        def load():
            i = 0
            while not stop.is_set():
                s = mx(server)
                s.sendmail('a@example.net', ['ann@example.test'], TEXT % ('load %d' % i, 'x'))
                s.quit()
                i += 1
        thread = threading.Thread(target=load)
        thread.start()
        copy = str(tmp_path / 'copy')
        try:
            s = mx(server)
            s.sendmail('a@example.net', ['ann@example.test'], TEXT % ('before the backup', 'x'))
            s.quit()
            server.cli('store', 'backup', copy)
        finally:
            stop.set()
            thread.join()
        s = mx(server)
        s.sendmail('a@example.net', ['ann@example.test'], TEXT % ('after the backup', 'x'))
        s.quit()
        validity, before = uids(server)
        assert server.cli('store', 'restore', copy, check=False).returncode != 0  # it is not empty, and in use
        server.stop()
        shutil.rmtree(server.data)
        server.cli('store', 'restore', copy)
        assert server.cli('store', 'check').returncode == 0
        server.start()
        assert find(server, 'ann', 'before the backup')[0] == 1
        assert find(server, 'ann', 'after the backup')[0] == 0
        s = mx(server)
        s.sendmail('a@example.net', ['ann@example.test'], TEXT % ('new', 'x'))
        s.quit()
        validity_now, after = uids(server)
        assert validity_now == validity
        for uid, subject in after.items():
            assert before.get(uid, subject) == subject, 'UID %d is another message now' % uid
        new = [uid for uid, subject in after.items() if b'new' in subject]
        assert len(new) == 1 and new[0] > max(before)
