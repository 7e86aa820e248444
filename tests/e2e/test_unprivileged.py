"""Started as root, only the supervisor stays root, and what root prepared belongs to the roles' user."""
import os
import pwd
import shutil
import tempfile

import pytest

from server import running, wait_until
from test_smtp import TEXT, find, mx

USER = 'daemon'  # on every Debian system

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason='only root can become somebody else')


@pytest.fixture
def server():
    folder = tempfile.mkdtemp(prefix='tayori-user-', dir='/var/tmp')
    os.chmod(folder, 0o755)
    with running(folder, user=USER) as s:
        yield s
    shutil.rmtree(folder)


def status(pid, key):
    with open('/proc/%d/status' % pid) as f:
        return next(line.split()[1:] for line in f if line.startswith(key))


def test_roles_are_not_root(server):
    uid = str(pwd.getpwnam(USER).pw_uid)
    roles = server.roles()
    assert len(roles) >= 2
    for pid in roles:
        # The first client may be greeted before the slowest role has locked itself in.
        wait_until(lambda: status(pid, 'Seccomp:') == ['2'], 10, 'the role to enter its sandbox')
        assert set(status(pid, 'Uid:')) == {uid}
        assert set(status(pid, 'CapEff:')) == {'0' * 16} and status(pid, 'NoNewPrivs:') == ['1']
    assert 'unprivileged user' not in open(server.log).read()
    s = mx(server)
    s.sendmail('a@example.net', ['ann@example.test'], TEXT % ('unprivileged', 'x'))
    s.quit()
    assert find(server, 'ann', 'unprivileged')[0] == 1


def test_what_root_does_beside_belongs_to_them(server):
    copy = os.path.join(server.folder, 'copy')
    server.cli('store', 'backup', copy)
    server.stop()
    shutil.rmtree(server.data)
    server.cli('store', 'restore', copy)
    server.cli('user', 'add', 'later@example.test', '--no-password')
    owner = pwd.getpwnam(USER).pw_uid
    for name in [server.data] + [os.path.join(server.data, n) for n in os.listdir(server.data)]:
        assert os.stat(name).st_uid == owner, name
    server.start()
    s = mx(server)
    s.sendmail('a@example.net', ['later@example.test'], TEXT % ('restored', 'x'))
    s.quit()
