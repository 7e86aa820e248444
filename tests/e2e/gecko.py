"""Marionette, the remote control that is built into Thunderbird and Firefox: one TCP connection, messages of JSON."""
import json
import os
import signal
import socket

import process
from server import PATIENCE, free_ports, wait_until


class ScriptError(Exception):
    pass


class Display:
    """A screen of one's own, in memory."""

    def __init__(self, folder):
        read, write = os.pipe()
        self.log = open(os.path.join(folder, 'xvfb.log'), 'wb')
        self.process = process.start(['Xvfb', '-displayfd', str(write), '-screen', '0', '1280x900x24', '-nolisten', 'tcp'],
                                     self.log, pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as f:
            number = f.readline().strip()
        if not number:
            self.close()
            raise AssertionError('Xvfb does not start')
        self.name = ':' + number

    def close(self):
        process.stop(self.process)
        self.log.close()


class Gecko:
    """A running Thunderbird. `run` executes JavaScript with all its powers and gives back what it returns."""

    def __init__(self, program, folder, prefs, display):
        self.folder, self.id = folder, 0
        profile = os.path.join(folder, 'profile')
        os.makedirs(profile, exist_ok=True)
        self.port, = free_ports(1)
        with open(os.path.join(profile, 'user.js'), 'w') as f:
            for name, value in dict(prefs, **{'marionette.port': self.port}).items():
                f.write('user_pref(%s, %s);\n' % (json.dumps(name), json.dumps(value)))
        env = dict(os.environ, HOME=folder, DISPLAY=display.name, LC_ALL='C.UTF-8', MOZ_DISABLE_NONLOCAL_CONNECTIONS='1',
                   MOZ_DISABLE_CONTENT_SANDBOX='1', MOZ_CRASHREPORTER_DISABLE='1', DBUS_SESSION_BUS_ADDRESS='disabled:',
                   XDG_RUNTIME_DIR=folder, NO_AT_BRIDGE='1', GDK_BACKEND='x11', LIBGL_ALWAYS_SOFTWARE='1')
        self.log = open(os.path.join(folder, 'gecko.log'), 'ab')
        self.process = process.start([program, '--marionette', '--remote-allow-system-access', '--no-remote', '--profile', profile],
                                     self.log, cwd=folder, env=env)
        self.socket = None
        try:
            self.socket = wait_until(self.connect, 120, 'Marionette', 0.1)
            self.file = self.socket.makefile('rb')
            self.receive()
            self.call('WebDriver:NewSession', {'capabilities': {'alwaysMatch': {}}})
            self.call('Marionette:SetContext', {'value': 'chrome'})
            self.call('WebDriver:SetTimeouts', {'script': 120000 * PATIENCE})
        except BaseException:
            self.kill()
            raise

    def connect(self):
        if self.process.poll() is not None:
            raise AssertionError('it ended: ' + open(os.path.join(self.folder, 'gecko.log'), errors='replace').read()[-800:])
        try:
            s = socket.create_connection(('127.0.0.1', self.port), 5)
        except OSError:
            return None
        s.settimeout(150 * PATIENCE)
        return s

    def receive(self):
        digits = b''
        while not digits.endswith(b':'):
            c = self.file.read(1)
            if not c:
                raise AssertionError('it closed the connection')
            digits += c
        return json.loads(self.file.read(int(digits[:-1])))

    def call(self, name, params):
        self.id += 1
        text = json.dumps([0, self.id, name, params]).encode()
        self.socket.sendall(b'%d:%s' % (len(text), text))
        while True:
            kind, number, error, result = self.receive()
            if kind == 1 and number == self.id:
                break
        if error:
            raise ScriptError('%s: %s' % (error.get('message'), error.get('stacktrace', '')[:600]))
        return result

    def run(self, script, *args):
        """The body of an async function; what it throws is a ScriptError."""
        body = ('const done = arguments[arguments.length - 1]; const args = Array.from(arguments).slice(0, -1);'
                '(async () => {%s})().then(v => done({v: v === undefined ? null : v}), e => done({e: String(e) + "\\n" + (e && e.stack)}));'
                % script)
        value = self.call('WebDriver:ExecuteAsyncScript', {'script': body, 'args': list(args), 'newSandbox': False})['value']
        if 'e' in value:
            raise ScriptError(value['e'])
        return value['v']

    def quit(self):
        try:
            self.call('Marionette:Quit', {'flags': ['eForceQuit']})
            self.process.wait(30 * PATIENCE)
        finally:
            self.kill()

    def kill(self):
        process.stop(self.process, sig=signal.SIGKILL)
        if self.socket:
            self.socket.close()
        self.log.close()
