"""Chromium without a screen, driven by WebDriver (W3C): one HTTP request for each step."""
import http.client
import json
import os
import shutil

import process
from server import PATIENCE, free_ports, wait_until

FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync', '--disable-extensions', '--disable-dev-shm-usage', '--window-size=1300,900',
         '--lang=en-US', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost']


class ScriptError(Exception):
    pass


class Browser:
    def __init__(self, folder):
        self.port, = free_ports(1)
        self.log = open(os.path.join(folder, 'chromedriver.log'), 'ab')
        env = dict(os.environ, HOME=folder, XDG_CONFIG_HOME=folder, XDG_CACHE_HOME=folder, TMPDIR=folder, LC_ALL='C.UTF-8')
        self.process = process.start([shutil.which('chromedriver'), '--port=%d' % self.port], self.log, env=env, cwd=folder)
        self.session = None
        try:
            wait_until(self.is_ready, 60, 'chromedriver', 0.05)
            options = {'binary': shutil.which('chromium'), 'args': FLAGS + ['--user-data-dir=' + os.path.join(folder, 'chromium')]}
            value = self.call('POST', '/session', {'capabilities': {'alwaysMatch': {
                'browserName': 'chrome', 'goog:chromeOptions': options, 'unhandledPromptBehavior': 'accept'}}})
            self.session = '/session/' + value['sessionId']
        except BaseException:
            self.close()
            raise

    def is_ready(self):
        assert self.process.poll() is None, 'chromedriver ended'
        try:
            return self.call('GET', '/status')['ready']
        except OSError:
            return False

    def call(self, method, path, body=None):
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=90 * PATIENCE)
        try:
            c.request(method, path, json.dumps(body) if body is not None else None, {'Content-Type': 'application/json'})
            answer = c.getresponse()
            value = json.loads(answer.read())['value']
        finally:
            c.close()
        if answer.status != 200:
            raise ScriptError('%s: %s' % (value.get('error'), value.get('message', '')[:600]))
        return value

    def go(self, url):
        self.call('POST', self.session + '/url', {'url': url})

    def run(self, script, *args):
        """The body of a function in the page; what it returns."""
        return self.call('POST', self.session + '/execute/sync', {'script': script, 'args': list(args)})

    def wait(self, what, script, *args, seconds=60):
        """Until the script returns something true; while a page loads there may be nothing to ask."""
        def look():
            try:
                return self.run(script, *args)
            except ScriptError:
                return None
        try:
            return wait_until(look, seconds, what, 0.05)
        except AssertionError as e:
            shown = self.run('return document.body ? document.body.innerText.slice(0, 1500) : "";')
            raise AssertionError('%s; the page shows: %s' % (e, shown)) from None

    def element(self, selector):
        value = self.call('POST', self.session + '/element', {'using': 'css selector', 'value': selector})
        return self.session + '/element/' + next(iter(value.values()))

    def click(self, selector):
        self.call('POST', self.element(selector) + '/click', {})

    def type(self, selector, text):
        self.call('POST', self.element(selector) + '/value', {'text': text})

    def close(self):
        try:
            if self.session:
                self.call('DELETE', self.session)
        except (OSError, ScriptError):
            pass
        process.stop(self.process)
        self.log.close()
