"""Clients that keep what they know and come back with QRESYNC: what they make of the answers is always what is there."""
import contextlib
import random
import re
import shutil

import pytest

from imap_wire import Wire, numbers
from server import running

PLAIN = 'allow_plaintext_login = true'
FETCH = re.compile(rb'\* (\d+) FETCH \((.*)\)\r\n$')


class Cache:
    """UID -> flags, as a client believes, with UIDVALIDITY and HIGHESTMODSEQ."""

    def __init__(self):
        self.flags, self.validity, self.modseq = {}, 0, 0

    def hear(self, lines):
        for line in lines:
            if m := re.match(rb'\* VANISHED (?:\(EARLIER\) )?([\d,:]+)', line):
                for uid in numbers(m[1]):
                    self.flags.pop(uid, None)
            elif m := FETCH.match(line):
                uid = int(re.search(rb'UID (\d+)', m[2])[1])
                self.flags[uid] = frozenset(re.search(rb'FLAGS \((.*?)\)', m[2])[1].split()) - {b'\\Recent'}
                assert b'MODSEQ (' in m[2], line
            elif m := re.search(rb'\[HIGHESTMODSEQ (\d+)\]', line):
                self.modseq = int(m[1])
            elif m := re.search(rb'\[UIDVALIDITY (\d+)\]', line):
                self.validity = int(m[1])
            assert b' EXPUNGE\r\n' not in line, 'EXPUNGE after ENABLE QRESYNC'


def come_back(server, cache, with_match):
    """A new connection that hears the changes and then asks for what is new, as clients do."""
    wire = Wire(server, enable=b'QRESYNC')
    known = b''
    uids = sorted(cache.flags)
    if uids:
        known = b' %d:%d' % (uids[0], uids[-1])
        if with_match:
            pairs = [(i + 1, uid) for i, uid in enumerate(uids)][::3]
            known += b' (%s %s)' % (b','.join(b'%d' % n for n, _ in pairs), b','.join(b'%d' % u for _, u in pairs))
    if cache.validity:
        lines = wire.ok(b'SELECT Synced (QRESYNC (%d %d%s))' % (cache.validity, cache.modseq, known))
    else:
        lines = wire.ok(b'SELECT Synced')
    cache.hear(lines)
    cache.hear(wire.ok(b'UID FETCH %d:* (FLAGS)' % (max(uids, default=0) + 1)) if not cache.modseq else
               wire.ok(b'UID FETCH %d:* (FLAGS MODSEQ)' % (max(uids, default=0) + 1)))
    return wire


def full(server):
    wire = Wire(server)
    wire.ok(b'EXAMINE Synced')
    out = {}
    for line in wire.ok(b'UID FETCH 1:* (FLAGS)'):
        if m := FETCH.match(line):
            uid = int(re.search(rb'UID (\d+)', m[2])[1])
            out[uid] = frozenset(re.search(rb'FLAGS \((.*?)\)', m[2])[1].split()) - {b'\\Recent'}
    wire.close()
    return out


def change(rng, wire, uids):
    """Something that another client does."""
    what = rng.choice(['append', 'append', 'flags', 'flags', 'expunge', 'move', 'copy'])
    if what == 'append' or not uids:
        wire.append(b'Synced', b'Subject: x\r\n\r\n', rng.choice([b'', b'(\\Seen)', b'($Label%d)' % rng.randrange(5)]))
        return
    some = b','.join(b'%d' % u for u in rng.sample(sorted(uids), min(len(uids), rng.randrange(1, 5))))
    if what == 'flags':
        wire.ok(b'UID STORE %s %s (%s)' % (some, rng.choice([b'+FLAGS', b'-FLAGS.SILENT', b'FLAGS']),
                                           rng.choice([b'\\Seen', b'\\Flagged', b'$Label1', b'\\Answered $Work'])))
    elif what == 'expunge':
        wire.ok(b'UID STORE %s +FLAGS.SILENT (\\Deleted)' % some)
        wire.ok(b'UID EXPUNGE %s' % some)
    else:
        wire.ok(b'UID %s %s %s' % (what.upper().encode(), some, rng.choice([b'Other', b'Synced'])))


@contextlib.contextmanager
def served(engine, tmp_path, request):
    conninfo = request.getfixturevalue('postgres')() if engine == 'postgres' else None
    with running(tmp_path, engine=conninfo, listener_options=PLAIN) as server:
        yield server


@pytest.mark.parametrize('engine', ['sqlite', 'postgres'])
def test_deltas_equal_a_full_fetch(engine, tmp_path, request):
    with served(engine, tmp_path, request) as server:
        rng = random.Random(51)
        other = Wire(server)
        other.ok(b'CREATE Synced')
        other.ok(b'CREATE Other')
        other.ok(b'SELECT Synced')
        cache, wire = Cache(), None
        for step in range(60):
            for _ in range(rng.randrange(1, 6)):
                change(rng, other, set(full(server)) if rng.random() < 0.3 else set(cache.flags))
            if wire is None:
                wire = come_back(server, cache, step % 2)
            else:
                # A session that stays is told the same by VANISHED and FETCH; new messages it asks for.
                top = max(cache.flags, default=0)
                cache.hear(wire.ok(b'NOOP'))
                cache.hear(wire.ok(b'UID FETCH %d:* (FLAGS MODSEQ)' % (top + 1)))
                cache.hear(wire.ok(b'NOOP'))
            assert cache.flags == full(server), step
            if rng.random() < 0.6:
                # As clients do: what was told last in this session is what they know.
                status = wire.ok(b'UID FETCH 1:* (FLAGS) (CHANGEDSINCE %d VANISHED)' % cache.modseq)
                cache.hear(status)
                m = re.search(rb'HIGHESTMODSEQ (\d+)', wire.ok(b'STATUS Synced (HIGHESTMODSEQ)')[-1])
                cache.modseq = int(m[1])
                wire.close()
                wire = None
        if wire:
            wire.close()
        other.close()


def test_history_reaches_back_to_the_first_day(plain_server):
    server = plain_server
    one = Wire(server, enable=b'QRESYNC')
    one.ok(b'CREATE Old')
    for _ in range(6):
        one.append(b'Old', b'Subject: x\r\n\r\n')
    lines = one.ok(b'SELECT Old')
    validity = int(re.search(rb'UIDVALIDITY (\d+)', b''.join(lines))[1])
    modseq = int(re.search(rb'HIGHESTMODSEQ (\d+)', b''.join(lines))[1])
    one.ok(b'STORE 1,3,5 +FLAGS.SILENT (\\Deleted)')
    heard, tagged = one.say(b'EXPUNGE')
    assert [line for line in heard if b'VANISHED' in line] == [b'* VANISHED 1,3,5\r\n']
    assert re.match(rb'OK \[HIGHESTMODSEQ \d+\]', tagged)
    two = Wire(server, enable=b'QRESYNC')
    lines = two.ok(b'SELECT Old (QRESYNC (%d %d 1:6))' % (validity, modseq))
    assert b'* VANISHED (EARLIER) 1,3,5\r\n' in lines
    # Another UIDVALIDITY: nothing is told but the mailbox as it is.
    lines = two.ok(b'SELECT Old (QRESYNC (%d %d 1:6))' % (validity + 1, modseq))
    assert not [line for line in lines if b'VANISHED' in line or b'FETCH' in line]
    # CLOSE tells neither VANISHED nor HIGHESTMODSEQ (RFC 7162 section 3.2.8).
    two.ok(b'STORE 1 +FLAGS.SILENT (\\Deleted)')
    heard, tagged = two.say(b'CLOSE')
    assert not heard and b'HIGHESTMODSEQ' not in tagged
    one.close()
    two.close()


def test_restored_store_tells_everything(tmp_path):
    """After a restore the client knows a MODSEQ that this history never had: all its doubts are answered."""
    copy, lost = str(tmp_path / 'copy'), str(tmp_path / 'lost')
    with running(tmp_path, listener_options=PLAIN) as server:
        one = Wire(server, 'ben', enable=b'QRESYNC')
        for n in range(3):
            one.append(b'INBOX', b'Subject: %d\r\n\r\n' % n)
        validity = int(re.search(rb'UIDVALIDITY (\d+)', b''.join(one.ok(b'SELECT INBOX')))[1])
        server.cli('store', 'backup', copy)
        one.append(b'INBOX', b'Subject: lost\r\n\r\n')
        one.ok(b'STORE 1 +FLAGS (\\Flagged)')
        modseq = int(re.search(rb'HIGHESTMODSEQ (\d+)', b''.join(one.ok(b'SELECT INBOX')))[1])
        one.close()
        server.stop()
        shutil.move(server.data, lost)
        server.cli('store', 'restore', copy)
        server.start()
        two = Wire(server, 'ben', enable=b'QRESYNC')
        lines = two.ok(b'SELECT INBOX (QRESYNC (%d %d 1:4))' % (validity, modseq))
        assert b'* VANISHED (EARLIER) 4\r\n' in lines
        flags = [line for line in lines if b' FETCH ' in line]
        assert len(flags) == 3 and b'\\Flagged' not in b''.join(flags)
        two.close()
