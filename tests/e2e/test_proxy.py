"""Behind a load balancer: the PROXY protocol on any listener, and XCLIENT."""
import socket
import ssl

import pytest

from server import PATIENCE, running


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp('tayori'), listener_options='proxy_from = {"127.0.0.1/32"}', ready_bytes=V1) as s:
        yield s


V1 = b'PROXY TCP4 192.0.2.77 192.0.2.1 4711 25\r\n'
V2 = (b'\r\n\r\n\0\r\nQUIT\n' + b'\x21\x11' + (12).to_bytes(2, 'big')
      + socket.inet_aton('192.0.2.78') + socket.inet_aton('192.0.2.1') + (4711).to_bytes(2, 'big') + (25).to_bytes(2, 'big'))


def lines(sock, until):
    data = b''
    while until not in data:
        piece = sock.recv(4096)
        assert piece, data
        data += piece
    return data


@pytest.mark.parametrize('header, address', [(V1, '192.0.2.77'), (V2, '192.0.2.78')], ids=['v1', 'v2'])
def test_the_real_client_is_known(server, header, address):
    with socket.create_connection(('127.0.0.1', server.ports['mx'])) as s:
        for octet in header:
            s.sendall(bytes([octet]))
        lines(s, b'220 ')
        s.sendall(b'EHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\nSubject: p\r\n\r\nx\r\n.\r\nQUIT\r\n')
        lines(s, b'221 ')
    assert 'peer=' + address in open(server.log).read()


def test_header_and_client_hello_in_one_segment(server):
    context = ssl._create_unverified_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname='localhost')
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    with socket.create_connection(('127.0.0.1', server.ports['imaps'])) as s:
        s.settimeout(10 * PATIENCE)
        s.sendall(V1 + outgoing.read())
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                s.sendall(outgoing.read())
                piece = s.recv(65536)
                assert piece
                incoming.write(piece)
        s.sendall(outgoing.read())
        greeting = b''
        while b'* OK' not in greeting:
            try:
                greeting += tls.read(1000)
            except ssl.SSLWantReadError:
                piece = s.recv(65536)
                assert piece
                incoming.write(piece)


@pytest.mark.parametrize('bad', [b'EHLO x\r\n', b'PROXY TCP4 1.2.3.4\r\n', b'PROXY ' + b'x' * 200 + b'\r\n'])
def test_without_a_header_nobody_is_served(server, bad):
    with socket.create_connection(('127.0.0.1', server.ports['mx'])) as s:
        s.settimeout(10 * PATIENCE)
        s.sendall(bad)
        assert b'220' not in s.recv(100)
