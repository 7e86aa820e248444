"""An IMAP client that shows every line it hears: for tests of what a session is told, and when."""
import re
import socket


class Wire:
    def __init__(self, server, user='ann', enable=b''):
        self.socket = socket.create_connection(('127.0.0.1', server.ports['imap']))
        self.socket.settimeout(60)
        self.file = self.socket.makefile('rb')
        self.tag = 0
        self.greeting = self.line()
        self.ok(b'LOGIN %s@example.test secret-%s' % (user.encode(), user.encode()))
        if enable:
            self.ok(b'ENABLE ' + enable)

    def line(self):
        """One response with its literals."""
        line = self.file.readline()
        assert line, 'the server has closed'
        while m := re.search(rb'\{(\d+)\}\r\n$', line):
            line += self.file.read(int(m[1])) + self.file.readline()
        return line

    def say(self, command):
        """(untagged responses, tagged one)"""
        self.tag += 1
        tag = b'w%d ' % self.tag
        self.socket.sendall(tag + command + b'\r\n')
        heard = []
        while not (line := self.line()).startswith(tag):
            heard.append(line)
        return heard, line[len(tag):]

    def ok(self, command):
        heard, tagged = self.say(command)
        assert tagged.startswith(b'OK'), (command, tagged)
        return heard

    def append(self, mailbox, message, flags=b''):
        return self.say(b'APPEND %s %s{%d+}\r\n%s' % (mailbox, flags and flags + b' ', len(message), message))

    def close(self):
        self.ok(b'LOGOUT')
        self.file.close()
        self.socket.close()


def numbers(text):
    """A set such as 1:3,7 as a set of numbers."""
    out = set()
    for part in text.split(b','):
        first, _, last = part.partition(b':')
        out |= set(range(int(first), int(last or first) + 1))
    return out
