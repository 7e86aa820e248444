"""Nothing that was answered 250 is lost when any process is killed at any instant (P1)."""
import os
import random
import signal
import time

import pytest

from crash import Load, accepts, verify
from server import running

USERS = ('u0', 'u1', 'u2', 'u3', 'u4')


def kill_at_random(server, kills, seconds, seed):
    """Kill a random role again and again; how long each kind took to serve again."""
    rng, took, done = random.Random(seed), {}, 0
    end = time.monotonic() + seconds
    while done < kills and time.monotonic() < end:
        time.sleep(rng.uniform(0.05, 0.5))
        roles = server.roles()
        if not roles:
            continue
        pid = rng.choice(sorted(roles))
        try:
            server.kill_role(pid)
        except ProcessLookupError:
            continue
        done += 1
        took.setdefault(roles[pid], []).append(accepts(server))
    return done, took


def crash_run(tmp_path, kills, seconds, seed, engine=None, sections=''):
    with running(tmp_path, users=USERS, engine=engine, listener_options='allow_plaintext_login = true',
                 sections=sections) as server:
        load = Load(server, USERS, seed)
        time.sleep(1)
        done, took = kill_at_random(server, kills, seconds, seed)
        load.stop()
        problems = verify(server, load.boxes, load.history)
        h = load.history
        print('kills %d, acked %d, refused %d, unknown %d, longest gap %.2f s, serving again after %s'
              % (done, len(h.acked), len(h.refused), len(h.unknown), load.longest_gap(),
                 {k: '%.2f s at most' % max(v) for k, v in took.items()}))
        return done, load, problems


def check_run(done, load, problems, least):
    assert not problems, '%d problems, first: %s' % (len(problems), problems[:10])
    assert done >= least
    assert len(load.history.acked) > 100


def test_kill_any_role_sqlite(tmp_path):
    check_run(*crash_run(tmp_path, kills=60, seconds=45, seed=1), least=20)


def test_kill_any_role_postgres(tmp_path, postgres):
    check_run(*crash_run(tmp_path, kills=30, seconds=30, seed=2, engine=postgres()), least=10)


def test_roles_stand_still(tmp_path):
    """A process that does not get on for a while (a busy host, a hung disk) is waited for: nothing is refused, lost or doubled."""
    with running(tmp_path, users=USERS, listener_options='allow_plaintext_login = true') as server:
        load, rng = Load(server, USERS, 4), random.Random(4)
        for what in ('store', 'session') * 4:
            time.sleep(rng.uniform(0.2, 0.6))
            pids = sorted(server.roles(what))
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            time.sleep(rng.uniform(0.3, 2))
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        accepts(server)
        load.stop()
        problems, h = verify(server, load.boxes, load.history), load.history
    assert not problems, '%d problems, first: %s' % (len(problems), problems[:10])
    assert len(h.acked) > 100 and not h.refused and not h.unknown


def test_checker_finds_a_loss_without_durability(tmp_path):
    """The test-only switch answers before the commit: now the same run must find losses, or it proves nothing."""
    with running(tmp_path, users=USERS, listener_options='allow_plaintext_login = true',
                 sections='store { unsafe_early_answer = 1 }\n') as server:
        for seed in range(5):
            load = Load(server, USERS, seed, appenders=1, observers=0)
            for _ in range(8):
                time.sleep(0.4)
                for pid in server.roles('store'):
                    server.kill_role(pid)
                accepts(server)
            load.stop()
            lost = [p for p in verify(server, load.boxes, load.history) if 'acked' in p and 'there 0 times' in p]
            if lost:
                return
    raise AssertionError('the checker found no loss although nothing was durable')


@pytest.mark.soak
@pytest.mark.parametrize('kind', ['sqlite', 'postgres'])
def test_soak_200_kills(tmp_path, postgres, kind):
    engine = postgres() if kind == 'postgres' else None
    check_run(*crash_run(tmp_path, kills=200, seconds=900, seed=3, engine=engine), least=200)
