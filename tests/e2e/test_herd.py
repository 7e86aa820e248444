"""After a restart everybody comes back at once: 500 clients in two seconds, and in the long form 5,000 in ten."""
import imaplib
import resource
import ssl
import subprocess
import time

import pytest

import herd
from server import PATIENCE, running

DEVICE = 5  # connections of one device
SECTIONS = 'limits {\n connections_per_address_max = 100000\n login_timeout = 10m\n}'


def sha512_crypt(password):
    out = subprocess.run(['openssl', 'passwd', '-6', '-salt', 'abcdefghijklmnop', password], check=True,
                         stdout=subprocess.PIPE)
    return out.stdout.decode().strip()


def serve(tmp_path, clients, seconds):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, clients * 2 + 500)), hard))
    with running(tmp_path, sections=SECTIONS) as s:
        hashed = sha512_crypt('herd')
        users = ['u%d@example.test' % i for i in range(max(1, clients // DEVICE))]
        for u in users:
            s.cli('user', 'add', u, '--password-hash', hashed)
        # One that is logged in already works on meanwhile.
        member = imaplib.IMAP4_SSL('127.0.0.1', s.ports['imaps'], ssl_context=ssl._create_unverified_context())
        member.login('ann@example.test', 'secret-ann')
        waits = []
        last = [0.0]

        def during():
            if time.monotonic() - last[0] < 0.25:
                return
            last[0] = time.monotonic()
            member.noop()
            waits.append(time.monotonic() - last[0])

        began = time.monotonic()
        all_of_them = herd.run(s.ports['imaps'], [(u, 'herd') for u in users], clients, seconds, 300 * PATIENCE,
                               during)
        failed = [c.failed for c in all_of_them if c.failed]
        assert not failed, (len(failed), failed[:5])
        took = sorted(c.done - c.start for c in all_of_them)
        waits.sort()
        print('\n%d clients in %d s: all served after %.1f s; half of them within %.2f s, the slowest in %.2f s; a client '
              'that was logged in waited %.3f s in the middle, %.3f s at most'
              % (clients, seconds, time.monotonic() - began, took[len(took) // 2], took[-1], waits[len(waits) // 2],
                 waits[-1]))
        herd.close(all_of_them)
        member.logout()
        # Nobody was told of a bad password, and nobody was delayed for one.
        log = open(s.log, errors='replace').read()
        assert 'imap.login.failed' not in log


@pytest.mark.release
def test_everybody_is_served(tmp_path):
    serve(tmp_path, 500, 2)


@pytest.mark.soak
@pytest.mark.release
def test_everybody_of_many_is_served(tmp_path):
    serve(tmp_path, 5000, 10)
