"""An asynchronous IMAP client that pipelines and checks every response against what it knows and what the oracle knows."""
import asyncio
import re

from oracle import Wrong
from wire import Splitter, expand, parse

X_ID = re.compile(rb'x-id: *(\S+)', re.I)


def flags_of(value):
    return frozenset(f.lower() for f in value) - {'\\recent'}


class Gone(Exception):
    """The connection ended where it may (BYE)."""


class Slot:
    """One message of the session's view: what is known of it."""
    __slots__ = ('uid', 'flags')

    def __init__(self):
        self.uid = self.flags = None


class Command:
    def __init__(self, tag, text, since):
        self.tag, self.text, self.since, self.untagged, self.code = tag, text, since, [], None
        words = text.split(b' ')
        self.is_uid = words[0].upper() == b'UID'
        self.name = words[1 if self.is_uid else 0].strip().upper().decode()
        self.done = asyncio.get_running_loop().create_future()
        self.ids, self.dooms, self.highest, self.status_items = [], False, 0, None
        self.asked, self.reported, self.change = (), set(), None

    @property
    def holds_expunges(self):
        """RFC 3501 section 7.4.1: no EXPUNGE while FETCH, STORE or SEARCH with sequence numbers runs."""
        return not self.is_uid and self.name in ('FETCH', 'STORE', 'SEARCH', 'SORT', 'THREAD')


class Client:
    def __init__(self, oracle, name):
        self.oracle, self.name, self.n = oracle, name, 0
        self.queue, self.slots, self.validity = [], None, None
        self.rev2 = False
        self.qresync, self.log, self.failure, self.is_bye = False, [], None, False
        self.on_modseq = self.on_vanished = None

    async def connect(self, port, user, password):
        self.reader, self.writer = await asyncio.open_connection('127.0.0.1', port)
        self.splitter = Splitter()
        self.ready = asyncio.Event()
        self.greeted = asyncio.get_running_loop().create_future()
        self.continuation = None
        self.task = asyncio.ensure_future(self.read_loop())
        await asyncio.wait_for(asyncio.shield(self.greeted), 120)
        await self.must(b'LOGIN "%s" "%s"' % (user.encode(), password.encode()))

    async def close(self):
        self.writer.close()
        self.task.cancel()
        try:
            await self.task
        except (asyncio.CancelledError, Exception):  # noqa: B014
            pass

    # ---- sending

    def send(self, text, since=None):
        """Put a command on the wire without waiting."""
        if self.failure:
            raise self.failure
        self.n += 1
        command = Command('%s%d' % (self.name, self.n), text, since or self.oracle.tick())
        self.queue.append(command)
        self.log.append('C: %s %s' % (command.tag, text[:300].decode('latin-1')))
        self.writer.write(command.tag.encode() + b' ' + text + b'\r\n')
        return command

    async def wait(self, command):
        try:
            await self.writer.drain()
        except ConnectionError:
            pass  # The reader finds out, after what was said before.
        await asyncio.wait_for(asyncio.shield(command.done), 300)
        if self.is_bye:
            raise Gone('%s: the mailbox is gone, and so are we' % self.name)
        return command

    async def run(self, text):
        command = await self.wait(self.send(text))
        while command.status == 'NO' and command.code == ['UNAVAILABLE'] and self.oracle.stood_still():
            command = await self.wait(self.send(text))
        return command

    async def must(self, text):
        command = await self.run(text)
        if command.status != 'OK':
            raise Wrong('%s: %s' % (text[:200], command.text_of_answer))
        return command

    # ---- receiving

    async def read_loop(self):
        try:
            while True:
                raw = self.splitter.next()
                if raw is None:
                    try:
                        data = await self.reader.read(1 << 16)
                    except ConnectionError:
                        data = b''
                    if not data:
                        raise Gone('%s: the connection ended%s' % (self.name, ' after BYE' if self.is_bye else ''))
                    self.splitter.feed(data)
                    continue
                self.log.append('S: %s' % raw[:300].decode('latin-1').rstrip())
                del self.log[:-400]
                self.take(parse(raw))
        except asyncio.CancelledError:
            raise
        except Exception as e:
            self.failure = e
            for command in self.queue:
                if not command.done.done():
                    command.done.set_exception(e)
            if not self.greeted.done():
                self.greeted.set_exception(e)

    def take(self, r):
        self.oracle.tick()
        if not self.greeted.done():
            self.greeted.set_result(r)
            return
        if r.tag == '+':
            self.continuation.set_result(r)
            return
        head = self.queue[0] if self.queue else None
        if r.tag != '*':
            self.take_tagged(r, head)
            return
        if r.kind == 'BYE':
            self.is_bye = True
        if head:
            head.untagged.append(r)
        self.take_untagged(r, head)

    def take_tagged(self, r, head):
        if not head or r.tag != head.tag:
            raise Wrong('the answer to %s came, expected one to %s' % (r.tag, head and head.tag))
        self.queue.pop(0)
        head.status, head.code, head.text_of_answer = r.kind, r.code, r.raw
        if r.kind == 'BAD':
            raise Wrong('BAD for %r: %r' % (head.text[:300], r.raw))
        if head.name in ('CLOSE', 'UNSELECT') and r.kind == 'OK':
            self.slots = None
        if r.code:
            self.take_new_uids(r.code, head)
        if r.kind == 'OK':
            self.oracle.missed.update((self.validity, u) for u in set(head.asked) - head.reported)
        if head.name in ('SELECT', 'EXAMINE') and r.kind != 'OK':
            self.slots = None
        head.done.set_result(head)

    def take_untagged(self, r, head):
        if r.kind in ('EXPUNGE', 'VANISHED', 'EXISTS', 'FETCH') and not head:
            raise Wrong('%r, and no command is running' % r)
        if r.kind == 'EXPUNGE':
            self.take_expunge(r.number, head)
        elif r.kind == 'VANISHED':
            self.take_vanished(r, head)
        elif r.kind == 'EXISTS':
            self.take_exists(r.number, head)
        elif r.kind == 'FETCH':
            self.take_fetch(r, head)
        elif r.kind == 'RECENT' and self.rev2:
            raise Wrong('RECENT in an IMAP4rev2 session')
        elif r.kind in ('SEARCH', 'ESEARCH'):
            self.take_search(r, head)
        elif r.kind == 'STATUS':
            self.take_status(r, head)
        elif r.code:
            self.take_code(r, head)

    def take_code(self, r, head):
        word = r.code[0].upper()
        if word == 'UIDVALIDITY':
            self.validity = int(r.code[1])
        elif word == 'UIDNEXT':
            self.oracle.see_uidnext(self.validity, int(r.code[1]), head.since)
        elif word == 'HIGHESTMODSEQ':
            # Elsewhere it is what this session has been told, which may be less.
            if head.name in ('SELECT', 'EXAMINE'):
                self.oracle.see_highest(self.validity, int(r.code[1]), head.since)
            head.highest = int(r.code[1])
        elif word == 'CLOSED':
            self.slots = None
        elif word == 'COPYUID':
            self.take_new_uids(r.code, head)

    def take_new_uids(self, code, head):
        if code[0].upper() == 'APPENDUID':
            for uid, mid in zip(expand(code[2]), head.ids):
                self.oracle.new_uid(int(code[1]), uid, head.since, mid)
                if head.dooms:
                    self.oracle.doom(int(code[1]), [uid])
            self.oracle.count('appended')
        elif code[0].upper() == 'COPYUID':
            validity, sources, targets = int(code[1]), expand(code[2]), expand(code[3])
            if len(sources) != len(targets):
                raise Wrong('COPYUID with %d and %d UIDs' % (len(sources), len(targets)))
            box, source_box = self.oracle.box(validity), self.oracle.box(self.validity)
            for source, target in zip(sources, targets):
                self.oracle.new_uid(validity, target, head.since, source_box.ids.get(source))
                if source in source_box.doomed:
                    box.doomed.add(target)
            if head.name == 'MOVE':
                source_box.doomed.update(sources)
            self.oracle.count('copied', len(sources))

    def need_mailbox(self, r):
        if self.slots is None:
            raise Wrong('%r, and no mailbox is selected' % r)

    def take_exists(self, n, head):
        if head and head.name in ('SELECT', 'EXAMINE') and self.slots is None:
            self.slots = [Slot() for _ in range(n)]
            return
        self.need_mailbox('EXISTS')
        if n < len(self.slots):
            raise Wrong('EXISTS %d, there are %d' % (n, len(self.slots)))
        self.slots += [Slot() for _ in range(n - len(self.slots))]

    def take_expunge(self, n, head):
        self.need_mailbox('EXPUNGE')
        if head and head.holds_expunges:
            raise Wrong('EXPUNGE during %s' % head.name)
        if self.qresync:
            raise Wrong('EXPUNGE in a QRESYNC session (RFC 7162 section 3.2.10)')
        if not 1 <= n <= len(self.slots):
            raise Wrong('EXPUNGE %d of %d' % (n, len(self.slots)))
        slot = self.slots.pop(n - 1)
        if slot.uid:
            self.oracle.see_gone(self.validity, slot.uid)
        self.oracle.count('expunges told')

    def take_vanished(self, r, head):
        is_earlier = isinstance(r.words[0], list)
        uids = expand(r.words[1] if is_earlier else r.words[0])
        if not self.qresync:
            raise Wrong('VANISHED without ENABLE QRESYNC')
        if self.on_vanished:
            self.on_vanished(uids)
        if is_earlier:
            if head.name not in ('SELECT', 'EXAMINE', 'FETCH'):
                raise Wrong('VANISHED (EARLIER) during %s' % head.name)
            return
        if head and head.holds_expunges:
            raise Wrong('VANISHED during %s' % head.name)
        if len(set(uids)) != len(uids):
            raise Wrong('VANISHED names a UID twice')
        known = {s.uid: s for s in self.slots if s.uid}
        for uid in uids:
            if uid in known:
                self.slots.remove(known[uid])
            else:
                self.slots.remove(self.find_unknown(uid))
            self.oracle.see_gone(self.validity, uid)
        self.oracle.count('expunges told', len(uids))

    def find_unknown(self, uid):
        """A message whose UID we have not asked for yet, between those below and above `uid`."""
        below = max((i for i, s in enumerate(self.slots) if s.uid and s.uid < uid), default=-1)
        above = min((i for i, s in enumerate(self.slots) if s.uid and s.uid > uid), default=len(self.slots))
        if below + 1 >= above:
            raise Wrong('VANISHED %d, which this session has never had' % uid)
        return self.slots[below + 1]

    def take_fetch(self, r, head):
        self.need_mailbox('FETCH')
        if not 1 <= r.number <= len(self.slots):
            raise Wrong('FETCH of %d of %d' % (r.number, len(self.slots)))
        items, slot = r.words[0], self.slots[r.number - 1]
        got = {str(items[i]).upper(): items[i + 1] for i in range(0, len(items) - 1, 2)}
        since = head.since
        if 'UID' in got:
            self.learn_uid(r.number, slot, int(got['UID']))
        flags = flags_of(got['FLAGS']) if 'FLAGS' in got else None
        if flags is not None:
            slot.flags = flags
        if slot.uid is None:
            return
        if head.change and flags is not None and slot.uid not in head.reported:
            self.check_change(slot.uid, flags, *head.change)
        head.reported.add(slot.uid)
        mid = None
        for key, value in got.items():
            if key.startswith('BODY[HEADER'):
                m = X_ID.search(value or b'')
                mid = m.group(1).decode() if m else '?'
        if mid:
            self.oracle.see_uid(self.validity, slot.uid, since, mid)
        if 'MODSEQ' in got:
            self.oracle.see_modseq(self.validity, slot.uid, int(got['MODSEQ'][0]), flags, since)
            if self.on_modseq and flags is not None:
                self.on_modseq(slot.uid, flags, int(got['MODSEQ'][0]))
        self.oracle.count('messages fetched')

    def check_change(self, uid, flags, targets, sign, names):
        """The first flags that STORE tells of a message are those that it made."""
        wrong = names - flags if sign == b'+' else names & flags if sign == b'-' else names ^ flags
        if uid in targets and wrong:
            raise Wrong('STORE %s (%s) made %s of UID %d' % (sign.decode(), ' '.join(sorted(names)), sorted(flags), uid))

    def learn_uid(self, number, slot, uid):
        if slot.uid is not None and slot.uid != uid:
            raise Wrong('message %d has UID %d, it had %d' % (number, uid, slot.uid))
        if slot.uid is None:
            before = next((s.uid for s in reversed(self.slots[:number - 1]) if s.uid), 0)
            after = next((s.uid for s in self.slots[number:] if s.uid), 1 << 40)
            if not before < uid < after:
                raise Wrong('message %d has UID %d between %d and %d' % (number, uid, before, after))
            if self.oracle.box(self.validity).gone.get(uid, self.selected_at) < self.selected_at:
                raise Wrong('UID %d was gone before this mailbox was selected' % uid)
            slot.uid = uid

    def take_search(self, r, head):
        if r.kind == 'SEARCH':
            numbers = [int(w) for w in r.words if isinstance(w, str)]
        else:
            # What IMAP4rev2 answers to every SEARCH (RFC 9051 section 6.4.4).
            words = [w for w in r.words if not isinstance(w, list) and w != 'UID']
            numbers = expand(dict(zip(words[::2], words[1::2])).get('ALL', '')) if len(words) > 1 else []
        if (r.kind == 'ESEARCH') != self.rev2:
            raise Wrong('%s in a session that has %sIMAP4rev2' % (r.kind, '' if self.rev2 else 'not enabled '))
        if len(set(numbers)) != len(numbers):
            raise Wrong('SEARCH names a message twice')
        if not head.is_uid and any(not 1 <= n <= len(self.slots) for n in numbers):
            raise Wrong('SEARCH gives %s of %d' % (numbers, len(self.slots)))
        if head.text.endswith(b'SEARCH ALL'):
            self.check_all(set(numbers), head.is_uid)
        if head.is_uid:
            gone = self.oracle.box(self.validity).gone
            late = [u for u in numbers if gone.get(u, head.since) < head.since]
            if late:
                raise Wrong('UID SEARCH gives %s, told to be expunged before' % late)

    def check_all(self, found, is_uid):
        """SEARCH ALL gives the view, without what is gone and not yet told."""
        for i, slot in enumerate(self.slots, 1):
            if slot.uid and (slot.uid if is_uid else i) not in found:
                self.oracle.missed.add((self.validity, slot.uid))
        if is_uid and len(found - set(self.uids())) > sum(s.uid is None for s in self.slots):
            raise Wrong('UID SEARCH ALL gives messages that were not announced')

    def take_status(self, r, head):
        items = {str(r.words[1][i]).upper(): r.words[1][i + 1] for i in range(0, len(r.words[1]) - 1, 2)}
        if 'UIDVALIDITY' in items and 'UIDNEXT' in items:
            self.oracle.see_uidnext(int(items['UIDVALIDITY']), int(items['UIDNEXT']), head.since)
        if 'UIDVALIDITY' in items and 'HIGHESTMODSEQ' in items:
            self.oracle.see_highest(int(items['UIDVALIDITY']), int(items['HIGHESTMODSEQ']), head.since)
        head.status_items = items

    # ---- larger steps

    async def select(self, name, options=b'', verb=b'SELECT'):
        """False when the mailbox is not there."""
        self.slots = None
        self.selected_at = self.oracle.tick()
        self.validity = None
        self.is_readonly = verb == b'EXAMINE'
        command = await self.run(verb + b' "' + name.encode() + b'"' + options)
        return command if command.status == 'OK' else None

    def uids(self):
        return [s.uid for s in self.slots if s.uid]

    async def learn(self):
        """Ask for the UID, flags and identity of all messages that are not known yet."""
        if self.slots and any(s.uid is None for s in self.slots):
            first = next(i for i, s in enumerate(self.slots) if s.uid is None) + 1
            await self.must(b'FETCH %d:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (X-Id)])' % first)

    async def idle(self, seconds):
        self.continuation = asyncio.get_running_loop().create_future()
        command = self.send(b'IDLE')
        await asyncio.wait_for(asyncio.shield(self.continuation), 120)
        await asyncio.sleep(seconds)
        self.writer.write(b'DONE\r\n')
        await self.wait(command)
