"""Fixtures of the end-to-end tests."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from server import postgres, running  # noqa: E402,F401


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp('tayori')) as s:
        yield s


@pytest.fixture
def fresh_server(tmp_path):
    with running(tmp_path) as s:
        yield s


@pytest.fixture(scope='module')
def plain_server(tmp_path_factory):
    """For clients that cannot or need not do TLS: log-in without it is allowed, on loopback."""
    with running(tmp_path_factory.mktemp('tayori'), listener_options='allow_plaintext_login = true') as s:
        yield s


@pytest.fixture
def a(plain_server):
    """A user whose mailboxes are empty."""
    from clients import Account
    account = Account(plain_server, 'ann@example.test', 'secret-ann')
    account.wipe()
    return account


@pytest.fixture
def d(tmp_path):
    """A folder for one client."""
    return str(tmp_path)
