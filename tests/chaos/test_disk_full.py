"""A full disk is a temporary refusal: nothing that was promised is lost, and it recovers by itself."""
import os
import subprocess
import time

import pytest

from crash import Load, verify
from server import running


@pytest.fixture
def small_disk(tmp_path):
    """A data directory on a tmpfs of 1,500 MiB, in a mount that is taken away afterwards."""
    point = tmp_path / 'small'
    point.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1500m', 'tmpfs', str(point)], check=True)
    yield point
    subprocess.run(['umount', '-l', str(point)], check=True)


def fill(path, leave=0):
    """Write until the disk is full, then give `leave` bytes back."""
    with open(path, 'wb', buffering=0) as f:  # what did not fit would be written again at the end
        try:
            while True:
                f.write(b'\0' * 65536)
        except OSError:
            pass
    if leave:
        os.truncate(path, max(0, os.path.getsize(path) - leave))


def test_full_disk_refuses_and_recovers(small_disk):
    users = ('u0', 'u1')
    with running(small_disk, users=users, listener_options='allow_plaintext_login = true') as server:
        load = Load(server, users, senders=6, appenders=2, observers=1)
        time.sleep(1)
        ballast = os.path.join(str(small_disk), 'ballast')
        for _ in range(2):
            fill(ballast)
            time.sleep(2)
            refused = len(load.history.refused)
            acked = len(load.history.acked)
            time.sleep(1)
            os.unlink(ballast)
            time.sleep(2)
            assert len(load.history.acked) > acked, 'it did not recover'
        load.stop()
        assert refused > 0, 'the disk was never full'
        problems = verify(server, load.boxes, load.history)
        assert not problems, problems[:10]
        text = open(server.log, errors='replace').read()
        assert ': bug: ' not in text
