"""Load, faults, and the checker that decides whether anything was lost, doubled or renumbered.

The history is what clients saw: a message is *acked* (250 after the dot, tagged OK after APPEND), *refused* (a negative reply,
or no connection before the dot) or *unknown* (the connection broke after the dot). In the end every acked message is in its
mailbox exactly once, an unknown one at most once, a refused one never. While it runs, observers read (UID, id) pairs: a UID is
never seen with two ids, and a UID that is new to a later reading is above all UIDs of earlier readings.
"""
import imaplib
import random
import re
import smtplib
import socket
import threading
import time

from server import wait_until

ID = re.compile(rb'x-id: *([0-9a-z.-]+)', re.I)


class History:
    def __init__(self):
        self.lock = threading.Lock()
        self.acked, self.refused, self.unknown = {}, {}, {}  # id -> mailboxes
        self.problems = []
        self.acks_at = []

    def note(self, kind, mid, boxes):
        with self.lock:
            getattr(self, kind)[mid] = boxes
            if kind == 'acked':
                self.acks_at.append(time.monotonic())

    def problem(self, text):
        with self.lock:
            self.problems.append(text)


def body(mid, size):
    text = b'From: <load@example.net>\r\nTo: <all@example.test>\r\nSubject: load\r\nMessage-ID: <%s@load>\r\nX-Id: %s\r\n\r\n' \
        % (mid.encode(), mid.encode())
    line = b'0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ..\r\n'
    return text + line * (size // len(line) + 1)


def sender(server, name, users, history, stop, seed):
    """One SMTP client after another, each with a few messages to one to three recipients."""
    rng, n = random.Random(seed), 0
    while not stop.is_set():
        try:
            s = smtplib.SMTP('127.0.0.1', server.ports['mx'], timeout=30)
            s.ehlo('load.example.net')
        except (OSError, smtplib.SMTPException):
            time.sleep(0.01)
            continue
        try:
            for _ in range(rng.randint(1, 5)):
                n += 1
                if not send_one(s, '%s.%d' % (name, n), rng, users, history):
                    break
            s.close()
        except (OSError, smtplib.SMTPException):
            s.close()


def send_one(s, mid, rng, users, history):
    to = rng.sample(users, rng.randint(1, min(3, len(users))))
    stage = 'before'
    try:
        code, _ = s.mail('load@example.net')
        taken = [u for u in to if code == 250 and s.rcpt(u + '@example.test')[0] == 250]
        if not taken or s.docmd('DATA')[0] != 354:
            history.note('refused', mid, [])
            s.rset()
            return True
        stage = 'after'
        s.send(body(mid, rng.choice((200, 4000, 20000))) + b'.\r\n')
        code, _ = s.getreply()
        history.note('acked' if code == 250 else 'refused', mid, [(u, 'INBOX') for u in taken])
        return True
    except (OSError, smtplib.SMTPException):
        history.note('unknown' if stage == 'after' else 'refused', mid, [(u, 'INBOX') for u in to] if stage == 'after' else [])
        return False


def connect_imap(server, user):
    m = imaplib.IMAP4('127.0.0.1', server.ports['imap'], timeout=30)
    m.login(user + '@example.test', 'secret-' + user)
    return m


def appender(server, name, user, box, history, stop, seed):
    rng, n, last = random.Random(seed), 0, 0
    while not stop.is_set():
        try:
            m = connect_imap(server, user)
            for _ in range(20):
                n += 1
                mid = '%s.%d' % (name, n)
                try:
                    kind, data = m.append(box, '', None, body(mid, rng.choice((100, 3000))))
                except (OSError, imaplib.IMAP4.error):
                    history.note('unknown', mid, [(user, box)])
                    raise
                history.note('acked' if kind == 'OK' else 'refused', mid, [(user, box)])
                uid = re.search(rb'APPENDUID \d+ (\d+)', data[0] or b'') if kind == 'OK' else None
                if uid:
                    if int(uid.group(1)) <= last:
                        history.problem('%s: APPENDUID %d after %d' % (mid, int(uid.group(1)), last))
                    last = int(uid.group(1))
                if stop.is_set():
                    break
            m.logout()
        except (OSError, imaplib.IMAP4.error):
            time.sleep(0.02)


def read_box(m, box):
    """{uid: id} of one mailbox now, and its UIDVALIDITY."""
    kind, _ = m.select('"%s"' % box, readonly=True)
    if kind != 'OK':
        raise OSError('cannot select %s' % box)
    validity = int(m.response('UIDVALIDITY')[1][0])
    out = {}
    kind, data = m.uid('FETCH', '1:*', '(BODY.PEEK[HEADER.FIELDS (X-Id)])')
    if kind != 'OK':
        raise OSError('cannot fetch')
    for item in data:
        if isinstance(item, tuple):
            uid, mid = re.search(rb'UID (\d+)', item[0]), ID.search(item[1])
            out.setdefault(int(uid.group(1)), mid.group(1).decode() if mid else '?')
    return validity, out


def observer(server, boxes, history, stop, seed):
    rng, seen, top, validities = random.Random(seed), {}, {}, {}
    while not stop.is_set():
        user, box = rng.choice(boxes)
        try:
            m = connect_imap(server, user)
            validity, now = read_box(m, box)
            m.logout()
        except (OSError, imaplib.IMAP4.error, AttributeError):
            time.sleep(0.05)
            continue
        if validities.setdefault((user, box), validity) != validity:
            history.problem('%s/%s: UIDVALIDITY changed' % (user, box))
        before, highest = seen.setdefault((user, box), {}), top.get((user, box), 0)
        for uid, mid in now.items():
            if before.get(uid, mid) != mid:
                history.problem('%s/%s: UID %d was %s, is %s' % (user, box, uid, before[uid], mid))
            if uid not in before and uid < highest:
                history.problem('%s/%s: UID %d appeared below %d' % (user, box, uid, highest))
        missing = set(before) - set(now)
        if missing:
            history.problem('%s/%s: UIDs %s vanished' % (user, box, sorted(missing)[:5]))
        before.update(now)
        top[(user, box)] = max([highest, *now])
        time.sleep(rng.uniform(0.05, 0.4))


def verify(server, boxes, history):
    """Compare what is there with what was promised; the list of everything wrong.

    A delivery whose mailbox was in use by somebody else waits in the queue for a moment (it is in the ledger); no longer than that.
    """
    wait_until(lambda: server.json('queue', 'list') == [], 20, 'the queue to become empty')
    there = {}
    for user, box in boxes:
        m = connect_imap(server, user)
        for uid, mid in read_box(m, box)[1].items():
            there.setdefault(mid, []).append((user, box, uid))
        m.logout()
    problems = list(history.problems)
    for mid, places in history.acked.items():
        found = [(u, b) for u, b, _ in there.get(mid, [])]
        for place in places:
            if found.count(place) != 1:
                problems.append('%s acked for %s: there %d times' % (mid, place, found.count(place)))
    for mid, places in history.unknown.items():
        found = [(u, b) for u, b, _ in there.get(mid, [])]
        for place in set(found):
            if found.count(place) > 1:
                problems.append('%s unknown for %s: there %d times' % (mid, place, found.count(place)))
        # One transaction for all recipients: all or none.
        if found and len(found) != len(set(places)):
            problems.append('%s unknown: in %d of %d mailboxes' % (mid, len(found), len(places)))
    for mid in history.refused:
        if mid in there:
            problems.append('%s was refused, but is there' % mid)
    known = set(history.acked) | set(history.unknown) | set(history.refused)
    for mid in there:
        if mid not in known:
            problems.append('%s is there, and nobody sent it' % mid)
    return problems


class Load:
    """20 senders, 5 appenders and 3 observers against one server, until stopped."""

    def __init__(self, server, users, seed=1, senders=20, appenders=5, observers=3):
        self.history, self.stop_event, self.threads = History(), threading.Event(), []
        self.server, self.users = server, users
        self.boxes = [(u, 'INBOX') for u in users] + [(users[i % len(users)], 'Append%d' % i) for i in range(appenders)]
        for i in range(appenders):
            m = connect_imap(server, users[i % len(users)])
            m.create('Append%d' % i)
            m.logout()
        for i in range(senders):
            self.start(sender, server, 's%d' % i, users, self.history, self.stop_event, seed * 1000 + i)
        for i in range(appenders):
            self.start(appender, server, 'a%d' % i, users[i % len(users)], 'Append%d' % i, self.history, self.stop_event,
                       seed * 2000 + i)
        for i in range(observers):
            self.start(observer, server, self.boxes, self.history, self.stop_event, seed * 3000 + i)

    def start(self, function, *args):
        thread = threading.Thread(target=function, args=args, daemon=True)
        thread.start()
        self.threads.append(thread)

    def stop(self):
        self.stop_event.set()
        for thread in self.threads:
            thread.join(90)
        assert not any(t.is_alive() for t in self.threads), 'a client is stuck'

    def longest_gap(self):
        times = sorted(self.history.acks_at)
        return max((b - a for a, b in zip(times, times[1:])), default=0)


def accepts(server, seconds=10):
    """Wait until a connection gets 220 again; the seconds it took."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        try:
            with socket.create_connection(('127.0.0.1', server.ports['mx']), 1) as s:
                s.settimeout(2)
                if s.recv(3) == b'220':
                    return time.monotonic() - started
        except OSError:
            pass
        time.sleep(0.005)
    raise AssertionError('the server did not come back in %d s' % seconds)
