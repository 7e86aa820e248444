"""Tayori, Dovecot and Cyrus are given the same mail and the same commands; what their answers mean must be the same, or
differences.py says why it is not."""
import contextlib
import os
import random
import time

import pytest

from corpus import NASTY, Maker
from corpus_play import look
from differences import CORPUS_RULES, REFUSED, RULES, explain, explain_corpus
from generate import PROFILES, Generator
from peers import Cyrus, Dovecot, Tayori
from play import only_different, play_all, shrink

SEEDS = int(os.environ.get('TAYORI_DIFFERENTIAL_SEEDS', '0'))
FIRST = int(os.environ.get('TAYORI_DIFFERENTIAL_FIRST', '1'))


@pytest.fixture(scope='module')
def servers(tmp_path_factory):
    """All three, stopped in the end whatever happens."""
    if os.getuid() != 0:
        pytest.skip('Cyrus and Dovecot want to be started by root')
    with contextlib.ExitStack() as stack:
        made = []
        for make in (lambda: Tayori(tmp_path_factory.mktemp('tayori')), Dovecot, Cyrus):
            made.append(make())
            stack.callback(made[-1].stop)
        yield made


@pytest.fixture(scope='module')
def extensions(servers):
    """Tayori's capabilities: sequences use what it advertises and leave out the peer that does not have it."""
    servers[0].new_user('capable')
    s = servers[0].login('capable')
    return frozenset(s.run(b'CAPABILITY').untagged[0].words)


COUNT = [0]


def new_user():
    COUNT[0] += 1
    return 'u%d' % COUNT[0]


def describe(found, steps):
    return '%s\n\nthe sequence:\n%s' % ('\n'.join(str(d) for d in found), '\n'.join('  %s' % s for s in steps))


def play_seed(servers, extensions, seed, profile, length=30):
    generator = Generator(seed, length, profile=profile, extensions=extensions)
    steps = generator.make()
    found, used = play_all(servers, new_user(), steps, explain)
    if found and b'[UNAVAILABLE]' in (found[0].texts or [b''])[0]:
        # The machine stood still longer than the server waits.
        found, used = play_all(servers, new_user(), steps, explain)
    if not found:
        return used

    def is_bad(candidate):
        return any(d.key() == found[0].key() for d in play_all(servers, new_user(), candidate, explain)[0])

    steps = shrink(steps[:found[0].index + 1], is_bad)
    again = play_all(servers, new_user(), steps, explain)[0] or found
    pytest.fail('seed %d, profile %s\n%s' % (seed, profile, describe(again, steps)), pytrace=False)


@pytest.mark.parametrize('profile', sorted(PROFILES))
def test_sequences(servers, extensions, profile):
    for seed in range(FIRST, FIRST + 5):
        play_seed(servers, extensions, seed, profile)


def test_corpus(servers):
    check_corpus(servers, list(NASTY.items()) + [('generated %d' % i, Maker(i).message()) for i in range(20)])


def check_corpus(servers, messages):
    user, problems = new_user(), []
    for s in servers:
        s.new_user(user)
    sessions = [s.login(user) for s in servers]
    for name, message in messages:
        ours, *others = [look(s, message, time.time()) for s in sessions]
        assert ours is not None, '%s is refused' % name
        for key, value in ours.items():
            if value is None or value == 'no answer':
                problems.append('%s: %s is %r, but BODYSTRUCTURE has this part' % (name, key, value))
        for server, theirs in zip(servers[1:], others):
            if theirs is None:
                if (server.name, name) not in REFUSED:
                    problems.append('%s: %s refuses it' % (name, server.name))
                continue
            for key in sorted(set(ours) | set(theirs)):
                if ours.get(key) != theirs.get(key) and not explain_corpus(server.name, name, key):
                    a, b = only_different(ours.get(key, 'not there'), theirs.get(key, 'not there'))
                    problems.append('%s: %s\n  tayori: %r\n  %s: %r' % (name, key, a, server.name, b))
    for s in sessions:
        s.close()
    if problems:
        pytest.fail('%d differences\n%s' % (len(problems), '\n'.join(problems[:40])), pytrace=False)


def test_the_comparison_finds_a_difference(servers, extensions):
    """A server that answers one item wrongly must be found, and the sequence shortened to what shows it."""
    class Wrong:
        name = 'dovecot'

        def __getattr__(self, what):
            return getattr(servers[0], what)

        def login(self, user):
            session = servers[0].login(user + 'w')
            run = session.run

            def lie(*pieces, **more):
                answer = run(*pieces, **more)
                if b'+FLAGS' in pieces[0]:
                    for r in answer.untagged:
                        if r.kind == 'FETCH':
                            r.words[0][-1] = ['\\Draft']
                return answer
            session.run = lie
            return session

        def new_user(self, user):
            servers[0].new_user(user + 'w')

    steps = Generator(4, 40, profile='flags', extensions=extensions).make()
    found, _ = play_all([servers[0], Wrong()], new_user(), steps, explain)
    assert found

    def is_bad(candidate):
        return bool(play_all([servers[0], Wrong()], new_user(), candidate, explain)[0])

    shorter = shrink(steps[:found[0].index + 1], is_bad)
    assert len(shorter) < found[0].index + 1 and is_bad(shorter)


def test_every_difference_has_a_citation():
    for rule in RULES + CORPUS_RULES:
        assert 'RFC' in rule.reason, rule.reason


@pytest.mark.soak
def test_soak_sequences(servers, extensions):
    rng = random.Random(FIRST)
    for _ in range(SEEDS or 1500):
        play_seed(servers, extensions, rng.randrange(10 ** 6), rng.choice(sorted(PROFILES)), rng.choice((20, 40, 80)))


@pytest.mark.soak
def test_soak_corpus(servers):
    check_corpus(servers, [('generated %d' % i, Maker(i).message(4)) for i in range(100, 100 + (SEEDS or 500))])
