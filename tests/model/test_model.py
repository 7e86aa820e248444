"""Random sessions on shared mailboxes: every response, UID and MODSEQ is checked against what is known (oracle.py, client.py)."""
import asyncio
import os

import pytest

from client import Client, Command
from oracle import Oracle, Wrong
from server import PATIENCE, running
from stress import Run
from wire import parse

SECTIONS = ('imap {\n errors_max = 1000\n}\nlimits {\n connections_per_address_max = 5000\n connections_per_user_max = 500\n'
            ' connection_rate_per_address = 0\n}\n')
SECONDS = int(os.environ.get('TAYORI_MODEL_SECONDS', '0'))


async def capabilities(port):
    c = Client(Oracle(), 'c')
    await c.connect(port, 'ann@example.test', 'secret-ann')
    command = await c.must(b'CAPABILITY')
    await c.close()
    return frozenset(command.untagged[0].words)


async def run_once(port, seed, sessions, resyncers, seconds):
    run = Run(port, 'ann@example.test', 'secret-ann', await capabilities(port), seed)
    await run.go(sessions, resyncers, seconds)
    return run.oracle.counts


def stress(tmp_path, seed, seconds, engine=None, sections='', sessions=16, resyncers=3):
    with running(tmp_path, users=('ann',), engine=engine, listener_options='allow_plaintext_login = true',
                 sections=SECTIONS + sections) as server:
        try:
            counts = asyncio.run(run_once(server.ports['imap'], seed, sessions, resyncers, seconds * PATIENCE))
        except Wrong as e:
            pytest.fail(str(e), pytrace=False)
    print('seed %s: %s' % (seed, ', '.join('%s %d' % x for x in sorted(counts.items()))))
    return counts


def check_counts(counts):
    """A run in which little happened proves little."""
    for what, least in (('appended', 20), ('copied', 10), ('expunges told', 50), ('messages fetched', 300), ('views compared', 5)):
        assert counts.get(what, 0) >= least, (what, counts)


def test_model_sqlite(tmp_path):
    check_counts(stress(tmp_path, 1, 15))


def test_model_postgres(tmp_path, postgres):
    check_counts(stress(tmp_path, 2, 15, engine=postgres()))


def test_model_sessions_saved_between_commands(tmp_path):
    check_counts(stress(tmp_path, 3, 8, sections='server {\n session_save_every_step = 1\n}\n'))


def told(*lines, qresync=False, oracle=None, since=None):
    """A client with a mailbox of three messages that is told this. A line with "C: " is what it sends."""
    async def talk():
        c = Client(oracle or Oracle(), 'x')
        c.greeted = asyncio.get_running_loop().create_future()
        c.greeted.set_result(None)
        c.qresync, c.selected_at, c.is_readonly = qresync, 0, False
        script = ['C: SELECT INBOX', '* 3 EXISTS', '* OK [UIDVALIDITY 7] x', 'x1 OK x', 'C: FETCH 1:* (UID FLAGS)',
                  '* 1 FETCH (UID 11 FLAGS ())', '* 2 FETCH (UID 12 FLAGS ())', '* 3 FETCH (UID 15 FLAGS ())', 'x2 OK x']
        for line in script + list(lines):
            if line.startswith('C: '):
                c.n += 1
                c.queue.append(Command('x%d' % c.n, line[3:].encode(), c.oracle.tick() if since is None else since))
            else:
                c.take(parse(line.encode() + b'\r\n'))
        return c
    return asyncio.run(talk())


@pytest.mark.parametrize('lines', [
    ('C: FETCH 1 FLAGS', '* 2 EXPUNGE'),
    ('C: STORE 1 FLAGS ()', '* 2 EXPUNGE'),
    ('* 2 EXPUNGE',),
    ('* 4 EXISTS',),
    ('C: NOOP', '* 2 EXISTS'),
    ('C: NOOP', '* 4 EXPUNGE'),
    ('C: NOOP', '* 4 FETCH (FLAGS ())'),
    ('C: NOOP', '* 2 FETCH (UID 13 FLAGS ())'),
    ('C: NOOP', '* 4 EXISTS', '* 4 FETCH (UID 14 FLAGS ())'),
    ('C: NOOP', '* 2 EXPUNGE', '* 2 FETCH (UID 12 FLAGS ())'),
    ('C: NOOP', '* VANISHED 12'),
    ('C: NOOP', '* 2 FETCH (UID 12 FLAGS (a) MODSEQ (9))', 'x3 OK x', 'C: NOOP', '* 2 FETCH (UID 12 FLAGS (b) MODSEQ (9))'),
    ('C: NOOP', '* 2 FETCH (UID 12 FLAGS (a) MODSEQ (9))', 'x3 OK x', 'C: NOOP', '* 2 FETCH (UID 12 FLAGS (a) MODSEQ (8))'),
    ('C: NOOP', '* 2 FETCH (UID 12 BODY[HEADER.FIELDS (X-Id)] "X-Id: a")', '* 2 FETCH (UID 12 BODY[HEADER.FIELDS (X-Id)] "X-Id: b")'),
    ('C: STATUS INBOX (UIDNEXT)', '* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 20)', 'x3 OK x', 'C: STATUS INBOX (UIDNEXT)',
     '* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 19)'),
    ('C: SEARCH ALL', '* SEARCH 1 4'),
    ('C: SEARCH ALL', '* SEARCH 1 1'),
    ('C: NOOP', 'x3 BAD x'),
    ('C: NOOP', 'x9 OK x'),
])
def test_the_model_sees_what_is_wrong(lines):
    with pytest.raises(Wrong):
        told(*lines)


@pytest.mark.parametrize('lines', [
    ('C: NOOP', '* 2 EXPUNGE', '* 2 FETCH (UID 15 FLAGS ())', '* 5 EXISTS', '* 4 FETCH (UID 16 FLAGS ())'),
    ('C: UID FETCH 1 FLAGS', '* 2 EXPUNGE'),
    ('C: NOOP', '* 2 FETCH (UID 12 FLAGS (a) MODSEQ (9))', '* 2 FETCH (UID 12 FLAGS (b) MODSEQ (10))'),
])
def test_the_model_allows_what_is_right(lines):
    told(*lines)


@pytest.mark.parametrize('lines', [('C: NOOP', '* 2 EXPUNGE'), ('C: NOOP', '* VANISHED 13'), ('C: NOOP', '* VANISHED 12,12'), ('C: FETCH 1 FLAGS', '* VANISHED 12')])
def test_the_model_sees_what_is_wrong_with_qresync(lines):
    with pytest.raises(Wrong):
        told(*lines, qresync=True)


def test_the_model_wants_a_reason_for_what_is_left_out():
    oracle = Oracle()
    told('C: SEARCH ALL', '* SEARCH 1 3', oracle=oracle)
    with pytest.raises(Wrong):
        oracle.check_gone()
    oracle.doom(7, [12])
    oracle.check_gone()


def test_the_model_wants_a_reason_for_what_is_gone():
    oracle = Oracle()
    told('C: NOOP', '* 2 EXPUNGE', oracle=oracle)
    with pytest.raises(Wrong):
        oracle.check_gone()
    oracle.doom(7, [12])
    oracle.check_gone()


@pytest.mark.soak
@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('kind', ['sqlite', 'postgres'])
def test_soak_model(tmp_path, postgres, kind, seed):
    engine = postgres() if kind == 'postgres' else None
    check_counts(stress(tmp_path, 'soak %d' % seed, SECONDS or 150, engine=engine, sessions=20, resyncers=4))
