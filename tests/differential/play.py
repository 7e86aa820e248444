"""Plays one sequence on one server and keeps what the answers mean; compares two such records."""
import time

from normalise import code_of, fetches, flags_of, lists, resyncs, searches, selects, statuses, tree
from wire import Closed, ProtocolError, Stuck, expand

FACETS = ('mailbox', 'status', 'code', 'data')
WAIT_SELECTED = ('SELECT', 'EXAMINE')


class Violation(Exception):
    """An answer that no server may give, whatever others do."""


class View:
    """What a client knows of its mailbox from responses alone."""

    def __init__(self):
        self.exists, self.flags = 0, {}

    def take(self, answer):
        for r in answer.untagged:
            if r.kind == 'EXISTS':
                if r.number < self.exists:
                    raise Violation('EXISTS went from %d to %d without EXPUNGE' % (self.exists, r.number))
                self.exists = r.number
            elif r.kind == 'EXPUNGE':
                if not 1 <= r.number <= self.exists:
                    raise Violation('EXPUNGE of %d of %d' % (r.number, self.exists))
                self.exists -= 1
                self.flags = {n - (n > r.number): f for n, f in self.flags.items() if n != r.number}
            elif r.kind == 'VANISHED' and not isinstance(r.words[0], list):
                # Which numbers these were is not followed here; the model test does.
                self.exists -= len(expand(r.words[0]))
                self.flags.clear()
                if self.exists < 0:
                    raise Violation('VANISHED of more messages than there are')
            elif r.kind == 'FETCH':
                if not 1 <= r.number <= self.exists:
                    raise Violation('FETCH of %d of %d' % (r.number, self.exists))
                items = r.words[0]
                for i in range(0, len(items) - 1, 2):
                    if items[i] == 'FLAGS':
                        self.flags[r.number] = flags_of(items[i + 1])


class Play:
    """One user on one server. `record` gets a dictionary of facets for each step; None once the server cannot be compared."""

    def __init__(self, server, user):
        self.server, self.user = server, user
        self.sessions, self.views, self.dirty, self.noted = {}, {}, set(), (1, 1)
        self.started, self.log = time.time(), []
        server.new_user(user)
        s = self.session(0)
        # Mailboxes that a server makes by itself.
        for name, _ in lists(s.run(b'LIST "" *'), 'LIST'):
            if name != b'INBOX':
                s.run(b'DELETE "' + name + b'"')
        for name, _ in lists(s.run(b'LSUB "" *'), 'LSUB'):
            s.run(b'UNSUBSCRIBE "' + name + b'"')

    def session(self, n):
        if n not in self.sessions:
            self.sessions[n] = self.server.login(self.user)
        return self.sessions[n]

    def close(self):
        for s in self.sessions.values():
            s.close()

    def lose(self, n):
        s = self.sessions.pop(n, None)
        if s:
            s.close()
        self.views.pop(n, None)
        self.dirty.discard(n)

    def run(self, n, *pieces):
        """A command, and what it did to the session's view."""
        s = self.session(n)
        before = self.views.get(n)
        answer = s.run(*pieces)
        self.log.append((n, pieces, answer))
        if before:
            # What one does oneself, one need not be told.
            if b'.SILENT' in pieces[0]:
                before.flags.clear()
            before.take(answer)
        return answer

    def settle(self, n):
        """What others did becomes known; then the mailbox as it is."""
        if self.session(n).is_idle:
            answer = self.session(n).done()
            self.log.append((n, (b'DONE',), answer))
            self.views.get(n, View()).take(answer)
        if n not in self.views or n not in self.dirty:
            return None
        self.dirty.discard(n)
        told = self.run(n, b'NOOP')
        if told.status != 'OK':
            return 'NOOP: ' + told.status
        view = self.views[n]
        if not view.exists:
            return ()
        known = dict(view.flags)
        truth = fetches(self.run(n, b'FETCH 1:* (UID FLAGS)'), self.started)
        if sorted(truth) != list(range(1, view.exists + 1)):
            raise Violation('%d messages announced, FETCH 1:* gives %s' % (view.exists, sorted(truth)))
        for number, flags in known.items():
            if truth[number]['FLAGS'] != flags:
                raise Violation('message %d was told to have %s, it has %s' % (number, sorted(flags), sorted(truth[number]['FLAGS'])))
        return tuple((truth[i].get('UID'), truth[i].get('FLAGS')) for i in sorted(truth))

    def step(self, step):
        """The facets of one step."""
        try:
            return self.step_inner(step)
        except (Closed, ConnectionError) as e:
            text = bytes(e.args[0]) if e.args and isinstance(e.args[0], bytes) else b''
            self.lose(step.session)
            return {'status': 'closed', 'data': text}

    def step_inner(self, step):
        n = step.session
        out = {'mailbox': self.settle(n)}
        if step.kind == 'NOTE':
            self.note_modseq(n)
            return out
        if step.kind == 'IDLE':
            answer = self.session(n).idle()
            self.log.append((n, (b'IDLE',), answer))
            self.views.get(n, View()).take(answer)
            out['status'] = answer.status
            return out
        pieces = [p if type(p) is not bytes else
                  p.replace(b'@MODSEQ@', b'%d' % self.noted[0]).replace(b'@UIDVALIDITY@', b'%d' % self.noted[1]) for p in step.pieces]
        if step.kind in ('SELECT', 'EXAMINE', 'CLOSE', 'UNSELECT'):
            self.views.pop(n, None)
            self.dirty.discard(n)
        answer = self.run(n, *pieces)
        out.update(facets(step, answer, self.started))
        if step.kind in WAIT_SELECTED and answer.status == 'OK':
            self.views[n] = View()
            self.views[n].take(answer)
        self.dirty |= set(self.views)
        if answer.untagged and answer.untagged[-1].kind == 'BYE':
            self.lose(n)
            out['status'] += ' BYE'
        return out

    def note_modseq(self, n):
        """HIGHESTMODSEQ of now, for later conditions."""
        (_, items), = statuses(self.run(n, b'STATUS INBOX (HIGHESTMODSEQ UIDVALIDITY)'), is_exact=True)
        items = dict(items)
        self.noted = int(items['HIGHESTMODSEQ']), int(items['UIDVALIDITY'])


def facets(step, answer, started):
    out = {'status': answer.status, 'code': code_of(answer), 'text': answer.tagged.raw}
    if answer.status != 'OK':
        return out
    if step.kind in ('FETCH', 'STORE') and step.want:
        out['data'] = fetches(answer, started, step.want)
        if 'VANISHED' in step.want:
            out['data'] = {**resyncs(answer), **out['data']}
    elif step.kind in ('LIST', 'LSUB'):
        out['data'] = lists(answer, step.kind, step.want or ()), statuses(answer)
    elif step.kind == 'STATUS':
        out['data'] = statuses(answer)
    elif step.kind == 'SEARCH':
        out['data'] = searches(answer)
    elif step.kind == 'SORT' and b'RETURN' in step.pieces[0]:
        out['data'] = searches(answer)
    elif step.kind in ('SORT', 'THREAD'):
        words = [r.words for r in answer.untagged if r.kind == step.kind]
        out['data'] = tree(words[0]) if words else ()
    elif step.kind in WAIT_SELECTED:
        out['data'] = selects(answer)
        if step.want == 'RESYNC':
            out['data'].update(resyncs(answer))
    return out


class Difference:
    def __init__(self, peer, steps, index, facet, ours, theirs, texts=()):
        self.texts = texts
        self.peer, self.steps, self.index, self.step = peer, steps, index, steps[index]
        self.facet, self.ours, self.theirs = facet, ours, theirs

    def key(self):
        """Two differences that are the same for somebody who looks for its cause."""
        return self.peer, self.facet, self.step.kind

    def text(self):
        return b''.join(bytes(p) for p in self.step.pieces)

    def __str__(self):
        ours, theirs = only_different(self.ours, self.theirs)
        return '%s differs from %s in %s of\n  %s\n  tayori: %r\n  %s: %r\n  %s'\
            % ('tayori', self.peer, self.facet, self.step, ours, self.peer, theirs, '\n  '.join(repr(t) for t in self.texts))


def only_different(a, b):
    """Two nested values without what they have in common."""
    if isinstance(a, dict) and isinstance(b, dict):
        x, y = {}, {}
        for key in list(a) + [k for k in b if k not in a]:
            if a.get(key) != b.get(key):
                x[key], y[key] = only_different(a.get(key, 'not there'), b.get(key, 'not there'))
        return x, y
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        pairs = [(i, *only_different(v, w)) for i, (v, w) in enumerate(zip(a, b)) if v != w]
        return {'item %d' % i: v for i, v, _ in pairs}, {'item %d' % i: w for i, _, w in pairs}
    if isinstance(a, bytes) and isinstance(b, bytes) and len(a) + len(b) > 200:
        at = next((i for i, (v, w) in enumerate(zip(a, b)) if v != w), min(len(a), len(b)))
        return '%d octets, from %d on %r' % (len(a), at, a[at:at + 60]), '%d octets, from %d on %r' % (len(b), at, b[at:at + 60])
    return a, b


def play_all(servers, user, steps, explain, is_exploring=False):
    """Play on all servers, side by side; (unexplained differences, {rule: how often}, transcript of ours).

    A peer whose state went another way is left out from there on.
    """
    plays = [Play(s, user) for s in servers]
    ours, peers, found, used = plays[0], plays[1:], [], {}
    try:
        for i, step in enumerate(steps):
            try:
                mine = ours.step(step)
            except (Violation, ProtocolError, Stuck) as e:
                found.append(Difference('the RFC', steps, i, 'itself', str(e), None))
                break
            for peer in list(peers):
                if step.needs and step.needs not in peer.server.capabilities(user):
                    continue
                try:
                    theirs = peer.step(step)
                except (Violation, ProtocolError, Stuck) as e:
                    # A peer's own trouble: nothing to compare with from here on.
                    used['%s: %s' % (peer.server.name, 'broke a rule itself')] = used.get('%s: broke a rule itself' % peer.server.name, 0) + 1
                    used.setdefault('samples', []).append('%s: %s at %s' % (peer.server.name, e, step))
                    peers.remove(peer)
                    continue
                for facet in FACETS:
                    if mine.get(facet) == theirs.get(facet):
                        continue
                    d = Difference(peer.server.name, steps, i, facet, mine.get(facet), theirs.get(facet),
                                   (mine.get('text') or b'', theirs.get('text') or b''))
                    rule = explain(d)
                    if not rule:
                        found.append(d)
                    else:
                        used[rule.name] = used.get(rule.name, 0) + 1
                    # After another status or another mailbox, what follows says nothing.
                    if not rule or (facet in ('mailbox', 'status') and not rule.is_harmless(d)):
                        peers.remove(peer)
                        break
                    if facet == 'status':
                        break
            if (found and not is_exploring) or not peers:
                break
    finally:
        for p in plays:
            p.close()
    return found, used


def shrink(steps, is_bad, budget=60):
    """The shortest sequence found that still shows the difference: first the prefix, then without each step."""
    def fails(candidate):
        nonlocal budget
        budget -= 1
        return budget >= 0 and is_bad(candidate)

    size = len(steps) // 2
    while size >= 1 and budget > 0:
        at = 0
        while at < len(steps) - 1:
            candidate = steps[:at] + steps[at + size:]
            if len(candidate) < len(steps) and steps[-1] in candidate and fails(candidate):
                steps = candidate
            else:
                at += size
        size //= 2
    return steps
