"""SCRAM-SHA-256-PLUS (RFC 5802, 7677) by a client of its own: tls-exporter (RFC 9266), tls-unique and
tls-server-end-point (RFC 5929), in IMAP, POP3 and SMTP; and what somebody in the middle could try."""
import base64
import ctypes
import hashlib
import hmac
import os
import socket
import ssl

import pytest

from server import PATIENCE, running

PLUS, PLAIN_SCRAM = 'SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'
libssl = ctypes.CDLL('libssl.so.3')
libssl.SSL_export_keying_material.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                              ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]


def exporter(sock):
    """RFC 9266: 32 octets under "EXPORTER-Channel-Binding" with an empty context."""
    # PySSLSocket: the object's head, a reference to the Python socket, then OpenSSL's SSL pointer.
    pointer = ctypes.c_void_p.from_address(id(sock._sslobj) + object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p)).value
    out = ctypes.create_string_buffer(32)
    label = b'EXPORTER-Channel-Binding'
    assert libssl.SSL_export_keying_material(pointer, out, 32, label, len(label), b'', 0, 1) == 1
    return out.raw


def binding_data(sock, kind):
    if kind == 'tls-exporter':
        return exporter(sock)
    if kind == 'tls-unique':
        return sock.get_channel_binding('tls-unique')
    return hashlib.sha256(sock.getpeercert(binary_form=True)).digest()


class Refused(Exception):
    pass


class Scram:
    """The client's side; `flag` and `data` can be made false."""

    def __init__(self, user, password, flag, data=b''):
        self.user, self.password, self.gs2, self.data = user, password, flag + ',,', data
        self.nonce = base64.b64encode(os.urandom(18)).decode()

    def first(self):
        self.bare = 'n=%s,r=%s' % (self.user, self.nonce)
        return (self.gs2 + self.bare).encode()

    def final(self, server_first):
        fields = dict(x.split('=', 1) for x in server_first.decode().split(','))
        assert fields['r'].startswith(self.nonce) and len(fields['r']) > len(self.nonce) + 15
        assert int(fields['i']) >= 4096
        salted = hashlib.pbkdf2_hmac('sha256', self.password.encode(), base64.b64decode(fields['s']), int(fields['i']))
        key = hmac.digest(salted, b'Client Key', 'sha256')
        c = base64.b64encode(self.gs2.encode() + self.data).decode()
        without = 'c=%s,r=%s' % (c, fields['r'])
        self.message = ','.join((self.bare, server_first.decode(), without)).encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), self.message, 'sha256')
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self.verifier = hmac.digest(hmac.digest(salted, b'Server Key', 'sha256'), self.message, 'sha256')
        return (without + ',p=' + base64.b64encode(proof).decode()).encode()

    def check(self, server_final):
        assert server_final == b'v=' + base64.b64encode(self.verifier)


class Talk:
    """A connection of one protocol up to where it offers mechanisms."""

    def __init__(self, server, service, version=None, plain=False):
        self.service = service
        self.protocol = {'imaps': 'imap', 'pop3s': 'pop3', 'submissions': 'submission'}.get(service, service)
        self.sock = socket.create_connection(('127.0.0.1', server.ports[service]), 30 * PATIENCE)
        self.file = self.sock.makefile('rb')
        self.context = ssl.create_default_context(cafile=server.cert)
        if version:
            self.context.minimum_version = self.context.maximum_version = version
        if service != self.protocol:
            self.wrap()
        self.greeting()
        if service == self.protocol and not plain:
            self.starttls()
        self.offered = self.mechanisms()

    def wrap(self):
        self.sock = self.context.wrap_socket(self.sock, server_hostname='localhost')
        self.file = self.sock.makefile('rb')

    def line(self):
        line = self.file.readline()
        if not line:
            raise EOFError
        return line.rstrip(b'\r\n').decode()

    def say(self, text):
        self.sock.sendall(text.encode() + b'\r\n')

    def greeting(self):
        assert self.line().startswith(('* OK', '+OK', '220'))

    def starttls(self):
        self.say({'imap': 's STARTTLS', 'pop3': 'STLS', 'submission': 'STARTTLS'}[self.protocol])
        assert self.line().startswith(('s OK', '+OK', '220'))
        self.wrap()

    def mechanisms(self):
        if self.protocol == 'imap':
            self.say('c CAPABILITY')
            words = self.line().split()
            self.line()
            return [w[5:] for w in words if w.startswith('AUTH=')]
        self.say('CAPA' if self.protocol == 'pop3' else 'EHLO client.example')
        lines = []
        while True:
            lines.append(self.line())
            if lines[-1] == '.' or lines[-1].startswith('250 '):
                break
        for line in lines:
            words = line.replace('250-', '').replace('250 ', '').split()
            if words[:1] in (['SASL'], ['AUTH']):
                return words[1:]
        return []

    def challenge(self):
        line = self.line()
        for go_on in ('+ ', '334 '):
            if line.startswith(go_on):
                return base64.b64decode(line[len(go_on):])
        raise Refused(line)

    def respond(self, octets):
        self.say(base64.b64encode(octets).decode())

    def authenticate(self, scram, mechanism):
        first = base64.b64encode(scram.first()).decode()
        self.say({'imap': 'a AUTHENTICATE %s %s', 'pop3': 'AUTH %s %s', 'submission': 'AUTH %s %s'}[self.protocol]
                 % (mechanism, first))
        self.respond(scram.final(self.challenge()))
        scram.check(self.challenge())
        self.say('')
        line = self.line()
        if not line.startswith(('a OK', '+OK', '235')):
            raise Refused(line)

    def close(self):
        self.file.close()
        self.sock.close()


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp('tayori'), sections='auth {\n failure_delay = 0s\n}\n') as s:
        yield s


def scram(talk, kind, password='secret-ann'):
    return Scram('ann@example.test', password, 'p=' + kind, binding_data(talk.sock, kind))


@pytest.mark.parametrize('service', ('imaps', 'imap', 'pop3s', 'pop3', 'submissions', 'submission'))
@pytest.mark.parametrize('version,kind', ((ssl.TLSVersion.TLSv1_3, 'tls-exporter'),
                                          (ssl.TLSVersion.TLSv1_3, 'tls-server-end-point'),
                                          (ssl.TLSVersion.TLSv1_2, 'tls-unique'),
                                          (ssl.TLSVersion.TLSv1_2, 'tls-exporter'),
                                          (ssl.TLSVersion.TLSv1_2, 'tls-server-end-point')))
def test_bound_log_in(server, service, version, kind):
    talk = Talk(server, service, version)
    assert talk.offered[0] == PLUS and PLAIN_SCRAM in talk.offered
    talk.authenticate(scram(talk, kind), PLUS)
    talk.close()


@pytest.mark.parametrize('service', ('imap', 'pop3', 'submission'))
def test_not_offered_without_tls(server, service):
    talk = Talk(server, service, plain=True)
    assert PLUS not in talk.offered
    with pytest.raises(Refused):
        talk.authenticate(Scram('ann@example.test', 'secret-ann', 'p=tls-exporter', b'x' * 32), PLUS)
    talk.close()


@pytest.mark.parametrize('service', ('imaps', 'pop3s', 'submissions'))
def test_wrong_password_and_wrong_channel(server, service):
    for make in (lambda t: scram(t, 'tls-exporter', 'wrong'),
                 # Data of another connection: what a man in the middle would have to offer.
                 lambda t: Scram('ann@example.test', 'secret-ann', 'p=tls-exporter', os.urandom(32)),
                 lambda t: Scram('ann@example.test', 'secret-ann', 'p=tls-exporter', b''),
                 # One type's data under another's name.
                 lambda t: Scram('ann@example.test', 'secret-ann', 'p=tls-exporter',
                                 binding_data(t.sock, 'tls-server-end-point')),
                 lambda t: Scram('ann@example.test', 'secret-ann', 'p=tls-unique', b'x' * 12),
                 lambda t: Scram('ann@example.test', 'secret-ann', 'p=no-such-type', b'x')):
        talk = Talk(server, service, ssl.TLSVersion.TLSv1_3)
        with pytest.raises(Refused):
            talk.authenticate(make(talk), PLUS)
        talk.close()


def test_downgrade_is_noticed(server):
    """RFC 5802 section 6: "y" says that the client could bind but was not offered to."""
    talk = Talk(server, 'imaps')
    with pytest.raises(Refused) as refused:
        talk.authenticate(Scram('ann@example.test', 'secret-ann', 'y'), PLAIN_SCRAM)
    assert 'AUTHENTICATIONFAILED' in str(refused.value)
    # The same client is right where nothing was offered, and one that cannot bind is welcome.
    talk.authenticate(Scram('ann@example.test', 'secret-ann', 'n'), PLAIN_SCRAM)
    talk.close()
    talk = Talk(server, 'imap', plain=True)
    if PLAIN_SCRAM in talk.offered:
        talk.authenticate(Scram('ann@example.test', 'secret-ann', 'y'), PLAIN_SCRAM)
    talk.close()


def test_flag_and_mechanism_belong_together(server):
    for flag, mechanism in (('n', PLUS), ('y', PLUS), ('p=tls-exporter', PLAIN_SCRAM)):
        talk = Talk(server, 'imaps')
        data = binding_data(talk.sock, 'tls-exporter') if flag[0] == 'p' else b''
        with pytest.raises(Refused):
            talk.authenticate(Scram('ann@example.test', 'secret-ann', flag, data), mechanism)
        talk.close()


def test_binding_header_is_covered_by_the_proof(server):
    """c= must repeat the header that client-first had."""
    talk = Talk(server, 'imaps')
    client = scram(talk, 'tls-exporter')
    first = client.first()
    client.gs2 = 'n,,'
    client.data = b''
    client.first = lambda: first
    with pytest.raises(Refused):
        talk.authenticate(client, PLUS)
    talk.close()


def test_unknown_user_looks_the_same(server):
    talk = Talk(server, 'imaps')
    client = Scram('nobody@example.test', 'x', 'p=tls-exporter', exporter(talk.sock))
    with pytest.raises(Refused) as refused:
        talk.authenticate(client, PLUS)
    assert 'AUTHENTICATIONFAILED' in str(refused.value)
    talk.close()


def test_resumed_tls_sessions_bind_too(server):
    """A resumed session of TLS 1.2 has its own first Finished message, the server's."""
    for version, kind in ((ssl.TLSVersion.TLSv1_2, 'tls-unique'), (ssl.TLSVersion.TLSv1_3, 'tls-exporter')):
        talk = Talk(server, 'imaps', version)
        talk.authenticate(scram(talk, kind), PLUS)
        session, context = talk.sock.session, talk.context
        talk.close()
        raw = socket.create_connection(('127.0.0.1', server.ports['imaps']), 30)
        again = Talk.__new__(Talk)
        again.service, again.protocol, again.context = 'imaps', 'imap', context
        again.sock = context.wrap_socket(raw, server_hostname='localhost', session=session)
        again.file = again.sock.makefile('rb')
        again.greeting()
        assert again.sock.session_reused
        again.authenticate(scram(again, kind), PLUS)
        again.close()


def test_saved_between_the_messages(tmp_path):
    with running(tmp_path, sections='server {\n session_save_every_step = 1\n}\n') as s:
        for service in ('imaps', 'pop3s', 'submissions'):
            talk = Talk(s, service)
            talk.authenticate(scram(talk, 'tls-exporter'), PLUS)
            talk.close()


def test_switched_off_with_scram(tmp_path):
    with running(tmp_path, sections='auth {\n mechanisms = "PLAIN"\n}\n') as s:
        talk = Talk(s, 'imaps')
        assert talk.offered == ['PLAIN']
        talk.close()
