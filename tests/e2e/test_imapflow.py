"""ImapFlow from the npm registry, over both kinds of TLS. It is fetched once and kept in the build directory."""
import os
import subprocess

import pytest

from server import BUILD, PATIENCE

# What real clients do is the same with every build; they are slow beside a slow server.
pytestmark = pytest.mark.release

HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = '1'


@pytest.fixture(scope='module')
def modules():
    folder = os.path.join(os.path.abspath(BUILD), 'npm-imapflow-' + VERSION)
    if not os.path.isdir(os.path.join(folder, 'node_modules', 'imapflow')):
        os.makedirs(folder, exist_ok=True)
        p = subprocess.run(['npm', 'install', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--prefix', folder,
                            'imapflow@' + VERSION], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           stdin=subprocess.DEVNULL, cwd=folder, timeout=300)
        if p.returncode:
            pytest.skip('the npm registry cannot be reached: ' + p.stdout[-300:])
    return folder


@pytest.mark.parametrize('port, kind', [('imaps', 'IMPLICIT'), ('imap', 'STARTTLS')])
def test_a_day_of_imapflow(server, modules, port, kind):
    p = subprocess.run(['node', os.path.join(HERE, 'imapflow.js'), modules, str(server.ports[port]), kind], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL, timeout=120 * PATIENCE)
    assert p.returncode == 0, p.stdout[-2000:]
    assert p.stdout.count('ok ') >= 15
