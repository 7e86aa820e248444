"""Up to twenty sessions on the mailboxes of one account, at random; QRESYNC clients beside them; in the end everybody must agree."""
import asyncio
import random

from client import Client, Gone, flags_of
from oracle import Oracle, Wrong

MAIN = ('INBOX', 'one', 'two')           # never deleted
SIDE = ('side1', 'side2', 'side3', 'side1/below')
FLAGS = ('\\Seen', '\\Answered', '\\Flagged', '\\Draft', 'red', 'green', 'blue', '$Forwarded')
KEEP = 120                               # messages in a mailbox that the sessions aim at


def quoted(name):
    return b'"' + name.encode() + b'"'


def ranges(numbers):
    """1,2,3,7 as 1:3,7."""
    out = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ','.join('%d' % a if a == b else '%d:%d' % (a, b) for a, b in out).encode()


class Worker:
    def __init__(self, run, number):
        self.run, self.number, self.rng, self.client = run, number, random.Random('%s %d' % (run.seed, number)), None
        kinds = ['plain', 'condstore'] + ['qresync'] * ('QRESYNC' in run.extensions) + ['IMAP4rev2'] * ('IMAP4rev2' in run.extensions)
        self.kind = kinds[number % len(kinds)]
        self.connections, self.box, self.silenced = 0, None, []

    async def connect(self):
        self.connections += 1
        self.client = Client(self.run.oracle, 'w%d.%d.' % (self.number, self.connections))
        await self.client.connect(self.run.port, self.run.user, self.run.password)
        if self.kind != 'plain':
            await self.client.must(b'ENABLE ' + self.kind.upper().encode())
            self.client.qresync, self.client.rev2 = self.kind == 'qresync', self.kind == 'IMAP4rev2'
        await self.select()

    async def select(self):
        self.box = self.rng.choice(MAIN * 4 + SIDE)
        if not await self.client.select(self.box, verb=b'EXAMINE' if self.rng.random() < 0.1 else b'SELECT'):
            if self.box in MAIN:
                raise Wrong('SELECT %s failed' % self.box)
            self.box = None
            await self.client.must(b'NOOP')

    async def main(self):
        await self.connect()
        while not self.run.stop:
            try:
                await self.step()
            except Gone:
                # A mailbox that another session deletes ends this one.
                if not self.client.is_bye or self.box not in SIDE:
                    raise
                await self.client.close()
                await self.connect()
            await asyncio.sleep(0 if self.rng.random() < 0.7 else self.rng.uniform(0, 0.02))

    async def step(self):
        c, r = self.client, self.rng
        if c.slots is None:
            await r.choice((self.select, self.select, self.append, self.mailboxes))()
            return
        await c.learn()
        crowd = len(c.slots) / KEEP
        actions = ((self.append, 4 if crowd < 1 else 0.5), (self.store, 6), (self.fetch, 4), (self.search, 2), (self.copy, 2 if crowd < 1 else 0), (self.move, 2),
                   (self.doom, 2 + 4 * crowd), (self.expunge, 2 + 2 * crowd), (self.noop, 3), (self.idle, 1), (self.reselect, 1), (self.mailboxes, 1), (self.status, 1),
                   (self.burst, 4), (self.reconnect, 0.2))
        await r.choices([a for a, _ in actions], [w for _, w in actions])[0]()

    # ---- arguments

    def some(self, most=6):
        """Some messages whose UIDs are known: (set as numbers, set as UIDs, UIDs)."""
        slots = self.client.slots
        known = [i for i, s in enumerate(slots) if s.uid]
        if not known:
            return None
        if self.rng.random() < 0.2:
            a = self.rng.choice(known)
            picked = [i for i in known if a <= i < a + 30]
        else:
            picked = self.rng.sample(known, min(len(known), self.rng.randint(1, most)))
        uids = [slots[i].uid for i in picked]
        return ranges(i + 1 for i in picked), ranges(uids), uids

    def flag_list(self):
        return ' '.join(self.rng.sample(FLAGS, self.rng.randint(1, 3))).encode()

    def choose(self, verb, by_uid=None):
        """The command for some messages, by numbers or by UIDs, and their UIDs."""
        some = self.some()
        if not some:
            return None, ()
        if self.rng.random() < 0.5 if by_uid is None else by_uid:
            return b'UID ' + verb + b' ' + some[1], some[2]
        return verb + b' ' + some[0], some[2]

    # ---- commands that can be sent without waiting: they return what to do with the answer

    def send_store(self, by_uid=None):
        text, uids = self.choose(b'STORE', by_uid)
        if not text or self.is_readonly():
            return None
        r = self.rng
        silent = r.random() < 0.3
        is_conditional = r.random() < 0.15 and self.kind in ('condstore', 'qresync')
        if is_conditional:
            text += b' (UNCHANGEDSINCE %d)' % self.run.some_modseq(self.client.validity, r)
        # FLAGS alone would take \Deleted away, which only makes messages stay.
        sign, flags = r.choice((b'', b'+', b'-')), self.flag_list()
        text += b' ' + sign + b'FLAGS' + (b'.SILENT' if silent else b'') + b' (%s)' % flags
        command = self.send(text, uids if silent else ())
        if not silent and not is_conditional:
            command.change = set(uids), sign, frozenset(flags.decode().lower().split())
            command.asked = uids
        return command

    def send_doom(self, by_uid=None):
        text, uids = self.choose(b'STORE', by_uid)
        if not text or self.is_readonly():
            return None
        self.run.oracle.doom(self.client.validity, uids)
        return self.send(text + b' +FLAGS (\\Deleted)', ())

    def send_fetch(self, by_uid=None):
        text, uids = self.choose(b'FETCH', by_uid)
        if not text:
            return None
        command = self.send(text + self.rng.choice((b' (UID FLAGS)', b' (UID FLAGS MODSEQ)', b' (UID BODY.PEEK[HEADER.FIELDS (X-Id)])', b' (UID MODSEQ FLAGS BODY.PEEK[HEADER.FIELDS (X-Id)])',
                                                 b' (UID FLAGS BODY[])')), ())
        command.asked = uids
        return command

    def send_search(self, by_uid=None):
        by_uid = self.rng.random() < 0.5 if by_uid is None else by_uid
        return self.send((b'UID SEARCH ' if by_uid else b'SEARCH ') + self.rng.choice((b'ALL', b'KEYWORD red', b'UNSEEN', b'DELETED', b'NOT FLAGGED', b'HEADER X-Id m1')), ())

    def send(self, text, silenced):
        command = self.client.send(text)
        command.silenced = silenced
        return command

    async def finish(self, command):
        await self.client.wait(command)
        if command.status == 'NO' and command.code and command.code[0] == 'UNAVAILABLE' and self.run.oracle.stood_still():
            return
        if command.status == 'NO' and (not command.code or command.code[0] not in ('EXPUNGEISSUED', 'TRYCREATE', 'READ-ONLY')):
            raise Wrong('%r: %r' % (command.text[:200], command.text_of_answer))
        if command.silenced and self.client.slots:
            silenced = set(command.silenced)
            for slot in self.client.slots:
                if slot.uid in silenced:
                    slot.flags = None
        self.run.oracle.count(command.name + (' pipelined' if getattr(command, 'is_pipelined', False) else ''))

    def is_readonly(self):
        return self.client.is_readonly

    # ---- actions

    async def one(self, command):
        if command:
            await self.finish(command)

    async def store(self):
        await self.one(self.send_store())

    async def doom(self):
        await self.one(self.send_doom())

    async def fetch(self):
        await self.one(self.send_fetch())

    async def search(self):
        await self.one(self.send_search())

    async def burst(self):
        """Several at once. By numbers only FETCH, STORE and SEARCH, during which no EXPUNGE may come; everything by UID otherwise (RFC 3501 section 5.5)."""
        by_uid, sent = self.rng.random() < 0.5, []
        for _ in range(self.rng.randint(2, 6)):
            make = self.rng.choice((self.send_store, self.send_fetch, self.send_search, self.send_doom))
            command = make(by_uid)
            if command:
                command.is_pipelined = True
                sent.append(command)
        if by_uid and self.rng.random() < 0.5 and not self.is_readonly():
            command = self.send(b'EXPUNGE', ())
            command.is_pipelined = True
            sent.append(command)
        for command in sent:
            await self.finish(command)

    async def append(self):
        r, oracle = self.rng, self.run.oracle
        target = r.choice(MAIN * 3 + SIDE)
        n = r.randint(1, 4) if 'MULTIAPPEND' in self.run.extensions and r.random() < 0.2 else 1
        text, ids, dooms = b'APPEND ' + quoted(target), [], False
        for _ in range(n):
            mid = oracle.new_id()
            ids.append(mid)
            flags = b' (%s)' % self.flag_list() if r.random() < 0.5 else b''
            body = b'X-Id: %s\r\nSubject: %s\r\n\r\n%s' % (mid.encode(), mid.encode(), b'text of some length\r\n' * r.choice((1, 10, 300)))
            text += flags + b' {%d+}\r\n' % len(body) + body
        since = oracle.tick()
        command = self.client.send(text, since)
        command.ids, command.dooms, command.silenced = ids, dooms, ()
        await self.finish(command)

    async def copy(self):
        text, _ = self.choose(b'COPY')
        if text:
            await self.one(self.send(text + b' ' + quoted(self.rng.choice(MAIN * 3 + SIDE)), ()))

    async def move(self):
        text, uids = self.choose(b'MOVE')
        if text and not self.is_readonly():
            self.run.oracle.doom(self.client.validity, uids)
            await self.one(self.send(text + b' ' + quoted(self.rng.choice(MAIN * 3 + SIDE)), ()))

    async def expunge(self):
        some = self.some(20)
        if self.is_readonly():
            return
        await self.one(self.send(b'UID EXPUNGE ' + some[1] if some and self.rng.random() < 0.4 else b'EXPUNGE', ()))

    async def noop(self):
        await self.client.must(self.rng.choice((b'NOOP', b'CHECK')))

    async def idle(self):
        await self.client.idle(self.rng.uniform(0, 0.15))

    async def reselect(self):
        if self.rng.random() < 0.5:
            await self.client.must(self.rng.choice((b'CLOSE', b'UNSELECT')))
            self.box = None
        await self.select()

    async def reconnect(self):
        if self.rng.random() < 0.5:
            self.client.writer.write(b'x LOGOUT\r\n' if self.rng.random() < 0.5 else b'x FET')
        await self.client.close()
        await self.connect()

    async def mailboxes(self):
        r = self.rng
        text = r.choice((b'CREATE ' + quoted(r.choice(SIDE)), b'CREATE ' + quoted(r.choice(SIDE)), b'DELETE ' + quoted(r.choice(SIDE)),
                         b'RENAME ' + quoted(r.choice(SIDE)) + b' ' + quoted(r.choice(SIDE)), b'LIST "" *', b'SUBSCRIBE ' + quoted(r.choice(SIDE))))
        await self.client.run(text)
        if self.client.slots is None:
            self.box = None

    async def status(self):
        name = self.rng.choice(MAIN)
        command = await self.client.must(b'STATUS ' + quoted(name) + b' (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ UNSEEN)')
        if not command.status_items:
            raise Wrong('STATUS without its answer')


class Resyncer:
    """Keeps a copy of one mailbox only by QRESYNC, and looks each time whether it is what a full fetch says."""

    def __init__(self, run, number):
        self.run, self.number, self.rng = run, number, random.Random('%s q%d' % (run.seed, number))
        self.validity, self.modseq, self.uidnext, self.copy, self.connections = 0, 0, 1, {}, 0
        self.name = MAIN[number % len(MAIN)]

    async def main(self):
        while not self.run.stop:
            await self.round()
            await asyncio.sleep(self.rng.uniform(0, 0.3))

    def on_modseq(self, uid, flags, modseq):
        self.copy[uid] = flags, modseq

    def on_vanished(self, uids):
        for uid in uids:
            self.copy.pop(uid, None)

    async def round(self):
        self.connections += 1
        c = self.client = Client(self.run.oracle, 'q%d.%d.' % (self.number, self.connections))
        await c.connect(self.run.port, self.run.user, self.run.password)
        await c.must(b'ENABLE QRESYNC')
        c.qresync = True
        for _ in range(self.rng.randint(1, 3)):
            await self.resync(c)
            for _ in range(self.rng.randint(0, 4)):
                await asyncio.sleep(self.rng.uniform(0, 0.03))
                await c.must(b'NOOP')
        await c.close()

    async def resync(self, c):
        options, has_known = b'', False
        if self.validity:
            options = b' (QRESYNC (%d %d' % (self.validity, self.modseq)
            # With known UIDs only those are reported (RFC 7162 section 3.2.5.1); what is new has to be asked for then.
            has_known = self.uidnext > 1 and self.rng.random() < 0.5
            if has_known:
                known = set(self.copy) | {self.uidnext - 1}
                options += b' 1:%d' % max(known) if self.rng.random() < 0.5 else b' ' + ranges(known)
            options += b'))'
        c.on_modseq, c.on_vanished = self.on_modseq, self.on_vanished
        command = await c.select(self.name, options)
        if not command:
            raise Wrong('SELECT %s failed' % self.name)
        first_time = not self.validity
        self.validity = c.validity
        codes = {u.code[0]: int(u.code[1]) for u in command.untagged if u.code and u.code[0] in ('HIGHESTMODSEQ', 'UIDNEXT')}
        if first_time:
            await c.must(b'UID FETCH 1:* (FLAGS MODSEQ)')
        elif has_known:
            await c.must(b'UID FETCH %d:* (FLAGS MODSEQ)' % self.uidnext)
        highest, self.uidnext = codes['HIGHESTMODSEQ'], codes['UIDNEXT']
        before = dict(self.copy)
        # The truth, a moment later: what was changed since has a MODSEQ above HIGHESTMODSEQ, and what was expunged since is told.
        c.on_modseq = None
        truth_command = await c.must(b'UID FETCH 1:* (FLAGS MODSEQ)')
        truth = {}
        for u in truth_command.untagged:
            if u.kind == 'FETCH':
                items = {str(u.words[0][i]): u.words[0][i + 1] for i in range(0, len(u.words[0]) - 1, 2)}
                truth[int(items['UID'])] = flags_of(items['FLAGS']), int(items['MODSEQ'][0])
        c.on_modseq = self.on_modseq
        for uid, (flags, modseq) in truth.items():
            if modseq <= highest and uid in self.copy | before and before.get(uid) != (flags, modseq) and not first_time:
                raise Wrong('the copy has %s for UID %d, the mailbox %s, HIGHESTMODSEQ was %d' % (before.get(uid), uid, (flags, modseq), highest))
            if modseq <= highest and uid not in before and not first_time:
                raise Wrong('UID %d with MODSEQ %d is missing in the copy of HIGHESTMODSEQ %d' % (uid, modseq, highest))
        await c.must(b'NOOP')
        extra = set(self.copy) - set(truth)
        new = {u for u in extra if self.copy[u][1] > highest}
        if extra - new:
            raise Wrong('the copy still has %s' % sorted(extra - new))
        # What changed behind HIGHESTMODSEQ comes again next time.
        for uid, state in truth.items():
            if uid in self.copy or state[1] > highest:
                self.copy[uid] = max(self.copy.get(uid, state), state, key=lambda x: x[1])
        vanished = {u for u in self.copy if self.run.oracle.box(self.validity).gone.get(u)}
        for uid in vanished:
            self.copy.pop(uid)
        self.modseq = highest
        self.run.oracle.count('resynchronised')


class Run:
    def __init__(self, port, user, password, extensions, seed):
        self.port, self.user, self.password, self.extensions, self.seed = port, user, password, extensions, seed
        self.oracle, self.stop = Oracle(), False

    def some_modseq(self, validity, rng):
        history = self.oracle.box(validity).highest
        return rng.choice(history)[1] if history else 1

    async def go(self, sessions, resyncers, seconds):
        first = Client(self.oracle, 'first')
        await first.connect(self.port, self.user, self.password)
        for name in MAIN[1:]:
            await first.run(b'CREATE ' + quoted(name))
        everybody = [Worker(self, i) for i in range(sessions)]
        if 'QRESYNC' in self.extensions:
            everybody += [Resyncer(self, i) for i in range(resyncers)]
        clock = asyncio.ensure_future(self.oracle.watch_clock())
        tasks = [asyncio.ensure_future(w.main()) for w in everybody]
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        self.stop = True
        if not done:
            done, _ = await asyncio.wait(tasks, timeout=400, return_when=asyncio.FIRST_EXCEPTION)
        for task, worker in zip(tasks, everybody):
            if task.done() and task.exception():
                for t in tasks:
                    t.cancel()
                log = '\n'.join(worker.client.log[-60:]) if worker.client else ''
                raise Wrong('seed %s, %s %d: %s: %s\nits last words:\n%s'
                            % (self.seed, type(worker).__name__, worker.number, type(task.exception()).__name__, task.exception(), log)) from task.exception()
        if not all(t.done() for t in tasks):
            raise Wrong('a session is stuck')
        clock.cancel()
        await self.agree(first, [w for w in everybody if isinstance(w, Worker)])
        await first.close()

    async def agree(self, first, workers):
        """Quiet now: after one NOOP every session knows what a fresh look says."""
        truths = {}
        for name in MAIN + SIDE:
            if not await first.select(name, verb=b'EXAMINE'):
                continue
            truth = []
            if first.slots:
                await first.must(b'FETCH 1:* (UID FLAGS MODSEQ BODY.PEEK[HEADER.FIELDS (X-Id)])')
            truth = [(s.uid, s.flags) for s in first.slots]
            if any(uid is None for uid, _ in truth):
                raise Wrong('FETCH 1:* left messages out')
            truths[first.validity] = truth
            self.check_kept(first.validity, truth)
        for w in workers:
            c = w.client
            try:
                await c.must(b'NOOP')
            except Gone:
                continue
            if c.slots is not None and c.validity in truths:
                self.compare(w, truths[c.validity])
            await c.close()
        self.oracle.check_gone()

    def check_kept(self, validity, truth):
        box, there = self.oracle.box(validity), {uid for uid, _ in truth}
        for uid in box.ids:
            if uid not in there and uid not in box.doomed:
                raise Wrong('UID %d of %d (%s) is lost: nobody marked or moved it' % (uid, validity, box.ids[uid]))
        back = there & set(box.gone)
        if back:
            raise Wrong('UIDs %s of %d are there, and were told to be expunged' % (sorted(back), validity))

    def compare(self, worker, truth):
        slots = worker.client.slots
        if len(slots) != len(truth):
            raise Wrong('worker %d has %d messages, there are %d\n%s' % (worker.number, len(slots), len(truth), '\n'.join(worker.client.log[-40:])))
        for i, (slot, (uid, flags)) in enumerate(zip(slots, truth), 1):
            if slot.uid is not None and slot.uid != uid:
                raise Wrong('worker %d: message %d is UID %d, it believes %d' % (worker.number, i, uid, slot.uid))
            if slot.flags is not None and slot.flags != flags:
                raise Wrong('worker %d: UID %d has %s, it was told %s\n%s'
                            % (worker.number, uid, sorted(flags), sorted(slot.flags), '\n'.join(x for x in worker.client.log[-200:])))
        self.oracle.count('views compared')
