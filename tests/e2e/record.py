#!/usr/bin/env python3
"""Write down what a client and the server say to each other, as a story for tests/transcripts. See docs/clients.md.

A small proxy between the two, on a connection without TLS: Recorder(port_of_the_server) listens on `port`; `story()` gives the
lines of the first connection (or of the one with the most lines). What differs from run to run becomes "*".
"""
import re
import socket
import threading

# Numbers and names that a story cannot know. The server's lines only.
VOLATILE = (
    (r'\[CAPABILITY [^\]]*\]', '[CAPABILITY *]'), (r'^\* CAPABILITY .*', '* CAPABILITY *'),
    (r'\[UIDVALIDITY \d+\]', '[UIDVALIDITY *]'), (r'\[HIGHESTMODSEQ \d+\]', '[HIGHESTMODSEQ *]'),
    (r'\[MAILBOXID \([^)]*\)\]', '[MAILBOXID (*)]'), (r'\[(APPENDUID|COPYUID) \d+ ', r'[\1 * '),
    (r'MODSEQ \(\d+\)', 'MODSEQ (*)'), (r'(?<!\[)(HIGHESTMODSEQ|UIDVALIDITY) \d+', r'\1 *'), (r'(?<!\[)MAILBOXID \([^)]*\)', 'MAILBOXID (*)'),
    (r'INTERNALDATE "[^"]*"', 'INTERNALDATE "*"'), (r'SAVEDATE "[^"]*"', 'SAVEDATE "*"'),
    (r'(EMAILID|THREADID) \([^)]*\)', r'\1 (*)'), (r'\* ID \(.*', '* ID (*'), (r'^(\* OK \[CAPABILITY \*\]|\* OK|\+OK) \S+ .*ready\.?$', r'\1 *'),
)


def escape(octets):
    """For C> and S>: what is not printable as \\xHH."""
    out = ''
    for b in octets:
        c = chr(b)
        out += {'\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\'}.get(c) or (c if 0x20 <= b < 0x7f else '\\x%02x' % b)
    return out


class Connection:
    def __init__(self, client, server, shape):
        self.lines, self.shape = [], shape
        self.buffers = {'C': b'', 'S': b''}
        self.literal = 0  # octets of a literal of the client that are still to come
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.pump, args=x, daemon=True) for x in (('C', client, server), ('S', server, client))]
        for t in self.threads:
            t.start()

    def pump(self, who, source, target):
        try:
            while True:
                octets = source.recv(65536)
                if not octets:
                    break
                with self.lock:
                    self.note(who, octets)
                target.sendall(octets)
        except OSError:
            pass
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def note(self, who, octets):
        self.buffers[who] += octets
        while True:
            buffered = self.buffers[who]
            if who == 'C' and self.literal:
                n = min(self.literal, len(buffered))
                if n:
                    self.lines.append(('C>', escape(buffered[:n])))
                self.literal -= n
                self.buffers[who] = buffered[n:]
                if self.literal or not self.buffers[who]:
                    return
                continue
            line, found, rest = buffered.partition(b'\r\n')
            if not found:
                return
            self.buffers[who] = rest
            self.add(who, line)

    def add(self, who, line):
        if who == 'C':
            size = re.search(rb'\{(\d+)\+?\}$', line)
            self.literal = int(size.group(1)) if size and self.shape == 'imap' else 0
        plain = all(0x20 <= b < 0x7f or b == 9 for b in line)
        if who == 'C':
            self.lines.append(('C:', line.decode()) if plain else ('C>', escape(line + b'\r\n')))
        elif plain:
            text = line.decode().replace('*', '\0')
            for pattern, by in VOLATILE:
                text = re.sub(pattern.replace('\\*', '\0'), by.replace('* OK', '\0 OK').replace('* ID', '\0 ID').replace('* CAP', '\0 CAP'), text)
            self.lines.append(('S:', text.replace('\0', '\\*')))
        else:
            self.lines.append(('S>', escape(line + b'\r\n')))


class Recorder:
    def __init__(self, server_port, shape='imap'):
        self.server_port, self.shape, self.connections = server_port, shape, []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(('127.0.0.1', self.server_port))
            self.connections.append(Connection(client, server, self.shape))

    def story(self, about, setup, index=None):
        """The text of a story: of connection `index`, or of the longest one."""
        if index is None:
            c = max(self.connections, key=lambda c: len(c.lines))
        else:
            c = self.connections[index]
        out = ['# ' + about] + setup
        out += ['%s %s' % line if line[1] else line[0] for line in c.lines]
        return '\n'.join(out) + '\n'

    def close(self):
        self.listener.close()
