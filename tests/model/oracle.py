"""What is known about all mailboxes from all that any session has seen, and what therefore must not be seen.

A mailbox is known by its UIDVALIDITY (no two of an account have the same). `clock` counts events: what a command reports is compared with what
others had learnt before it was sent, for nothing is promised about commands that overlap.
"""

import asyncio
import time


class Wrong(Exception):
    """The server said something that cannot be."""


class Box:
    def __init__(self):
        self.ids = {}        # uid -> the message's own id, wherever it was seen
        self.flags = {}      # (uid, modseq) -> flags: a modseq is never used for two states
        self.modseqs = {}    # uid -> [(clock, highest modseq seen)]
        self.gone = {}       # uid -> clock at which somebody was told
        self.doomed = set()  # may be gone: marked \Deleted or moved once, or its mailbox deleted
        self.uidnext = []    # (clock, highest UIDNEXT or UID + 1 seen)
        self.highest = []    # (clock, highest HIGHESTMODSEQ or modseq seen)


def note_highest(history, clock, value):
    if not history or value > history[-1][1]:
        history.append((clock, value))


def highest_before(history, clock):
    """The highest value that was known before `clock`."""
    lo, hi = 0, len(history)
    while lo < hi:
        mid = (lo + hi) // 2
        if history[mid][0] < clock:
            lo = mid + 1
        else:
            hi = mid
    return history[lo - 1][1] if lo else 0


class Oracle:
    def __init__(self):
        self.boxes, self.clock, self.n_messages = {}, 0, 0
        self.missed = set()  # (mailbox, uid): an answer left it out
        self.counts, self.still_at = {}, -1000

    def stood_still(self):
        """Was the machine busy with something else just now? Then a time-out is nobody's fault."""
        return time.monotonic() - self.still_at < 60

    async def watch_clock(self):
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.5)
            if time.monotonic() - before > 5:
                self.still_at = time.monotonic()

    def tick(self):
        self.clock += 1
        return self.clock

    def count(self, what, n=1):
        self.counts[what] = self.counts.get(what, 0) + n

    def box(self, validity):
        return self.boxes.setdefault(validity, Box())

    def new_id(self):
        self.n_messages += 1
        return 'm%d' % self.n_messages

    def see_uid(self, validity, uid, since, mid=None):
        """A message with this UID was reported by a command that began at `since`."""
        box = self.box(validity)
        if box.gone.get(uid, since) < since:
            raise Wrong('UID %d of %d is reported, but it was told to be expunged before the command began' % (uid, validity))
        if mid is not None:
            if box.ids.setdefault(uid, mid) != mid:
                raise Wrong('UID %d of %d is %s, it was %s' % (uid, validity, mid, box.ids[uid]))
        note_highest(box.uidnext, self.clock, uid + 1)

    def new_uid(self, validity, uid, since, mid):
        """APPENDUID or COPYUID: above every UID that was known before the command began, and nobody else's."""
        box = self.box(validity)
        if uid < highest_before(box.uidnext, since):
            raise Wrong('new UID %d of %d is below %d, which was known before' % (uid, validity, highest_before(box.uidnext, since)))
        self.see_uid(validity, uid, since, mid)

    def see_uidnext(self, validity, uidnext, since):
        box = self.box(validity)
        if uidnext < highest_before(box.uidnext, since):
            raise Wrong('UIDNEXT of %d is %d, %d was known before' % (validity, uidnext, highest_before(box.uidnext, since)))
        note_highest(box.uidnext, self.clock, uidnext)

    def see_modseq(self, validity, uid, modseq, flags, since):
        box = self.box(validity)
        history = box.modseqs.setdefault(uid, [])
        known = highest_before(history, since)
        if modseq < known:
            raise Wrong('MODSEQ of UID %d of %d is %d, %d was known before' % (uid, validity, modseq, known))
        note_highest(history, self.clock, modseq)
        note_highest(box.highest, self.clock, modseq)
        if flags is not None and box.flags.setdefault((uid, modseq), flags) != flags:
            raise Wrong('UID %d of %d had %s and has %s at the same MODSEQ %d'
                        % (uid, validity, sorted(box.flags[(uid, modseq)]), sorted(flags), modseq))

    def see_highest(self, validity, modseq, since):
        box = self.box(validity)
        known = highest_before(box.highest, since)
        if modseq < known:
            raise Wrong('HIGHESTMODSEQ of %d is %d, %d was known before' % (validity, modseq, known))
        note_highest(box.highest, self.clock, modseq)

    def see_gone(self, validity, uid):
        box = self.box(validity)
        box.gone.setdefault(uid, self.clock)

    def check_gone(self):
        """At the end: what is gone was marked or moved by somebody."""
        for validity, box in self.boxes.items():
            for uid in box.gone:
                if uid not in box.doomed:
                    raise Wrong('UID %d of %d (%s) was expunged, and nobody marked or moved it' % (uid, validity, box.ids.get(uid)))

        for validity, uid in self.missed:
            if uid not in self.box(validity).doomed:
                raise Wrong('an answer left out UID %d of %d, which nobody marked or moved' % (uid, validity))

    def doom(self, validity, uids):
        self.box(validity).doomed.update(uids)
