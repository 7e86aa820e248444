"""A herd of clients that all come back at once, as after a restart."""
import selectors
import socket
import ssl
import time


class Client:
    """One IMAP client over TLS that greets, logs in, opens INBOX and stays."""

    def __init__(self, port, context, user, password, start):
        self.start, self.port, self.context = start, port, context
        self.lines = [b'a LOGIN %s "%s"\r\n' % (user, password), b'b SELECT INBOX\r\n']
        self.tags = [b'* OK', b'a ', b'b ']
        self.done = self.failed = None
        self.buffer = b''
        self.sock = None

    def connect(self):
        raw = socket.socket()
        raw.setblocking(False)
        raw.connect_ex(('127.0.0.1', self.port))
        self.sock = self.context.wrap_socket(raw, do_handshake_on_connect=False)
        self.state = 0  # 0 handshake, then the index of the tag that is waited for plus one

    def step(self):
        """Go on as far as possible; what to wait for, or None at the end."""
        try:
            if self.state == 0:
                self.sock.do_handshake()
                self.state = 1
            while True:
                line, _, rest = self.buffer.partition(b'\n')
                if _:
                    self.buffer = rest
                    if self.take(line):
                        return None
                    continue
                data = self.sock.recv(16384)
                if not data:
                    return self.fail('closed after %r' % self.buffer)
                self.buffer += data
        except ssl.SSLWantReadError:
            return selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            return selectors.EVENT_WRITE
        except OSError as e:
            return self.fail(repr(e))

    def take(self, line):
        tag = self.tags[self.state - 1]
        if not line.startswith(tag):
            return bool(line.startswith(b'* BYE') and self.fail(line.decode()) is None)
        if b'OK' not in line[:len(tag) + 3]:
            self.fail(line.decode())
            return True
        if self.state == len(self.tags):
            self.done = time.monotonic()
            return True
        self.sock.sendall(self.lines[self.state - 1])
        self.state += 1
        return False

    def fail(self, why):
        self.failed = why
        return None


def run(port, users, clients, seconds, patience, during=None):
    """`clients` come within `seconds`; all of them, done or failed. `during` is called again and again meanwhile."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    began = time.monotonic()
    herd = []
    for i in range(clients):
        user, password = users[i % len(users)]
        herd.append(Client(port, context, user.encode(), password.encode(), began + seconds * i / clients))
    selector = selectors.DefaultSelector()
    waiting, n_open, next_client = list(herd), 0, 0
    while next_client < len(herd) or n_open:
        now = time.monotonic()
        if now > began + patience:
            break
        while next_client < len(herd) and herd[next_client].start <= now:
            c = herd[next_client]
            next_client += 1
            c.connect()
            selector.register(c.sock, selectors.EVENT_WRITE, c)
            n_open += 1
        if during:
            during()
        for key, _ in selector.select(0.01):
            wants = key.data.step()
            if wants is None:
                selector.unregister(key.fileobj)
                n_open -= 1
            elif wants != key.events:
                selector.modify(key.fileobj, wants, key.data)
    for c in waiting:
        if not c.done and not c.failed:
            c.failed = 'not served within %d s (state %s)' % (patience, getattr(c, 'state', None))
    return herd


def close(herd):
    for c in herd:
        if c.sock:
            c.sock.close()
