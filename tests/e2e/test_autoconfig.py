"""The web role as a browser and an administrator meet it: what it serves agrees with the listeners and with the DNS records."""
import http.client
import plistlib
import ssl
import xml.etree.ElementTree as ElementTree

import pytest

from server import LISTENERS, running

WEB = {'http': ('http', 'none'), 'https': ('http', 'implicit')}


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp('tayori'), listeners=dict(LISTENERS, **WEB), users=('ann',)) as s:
        yield s


def get(server, path, host='autoconfig.example.test', tls=False, method='GET', body=None):
    if tls:
        context = ssl.create_default_context(cafile=server.cert)
        c = http.client.HTTPSConnection('localhost', server.ports['https'], timeout=20, context=context)
    else:
        c = http.client.HTTPConnection('127.0.0.1', server.ports['http'], timeout=20)
    try:
        c.request(method, path, body, {'Host': host})
        answer = c.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        c.close()


def test_mozilla_over_tls(server):
    status, headers, body = get(server, '/mail/config-v1.1.xml?emailaddress=ann%40example.test', tls=True)
    assert status == 200 and headers['Content-Type'].startswith('text/xml')
    provider = ElementTree.fromstring(body).find('emailProvider')
    got = [(s.get('type'), s.find('hostname').text, int(s.find('port').text), s.find('socketType').text) for s in provider
           if s.tag.endswith('Server')]
    p, host = server.ports, 'mail.example.test'
    assert got == [('imap', host, p['imaps'], 'SSL'), ('imap', host, p['imap'], 'STARTTLS'), ('pop3', host, p['pop3s'], 'SSL'),
                   ('pop3', host, p['pop3'], 'STARTTLS'), ('smtp', host, p['submissions'], 'SSL'), ('smtp', host, p['submission'], 'STARTTLS')]


def test_who_has_an_account_cannot_be_learned(server):
    for path in ('/mail/config-v1.1.xml?emailaddress=%s@example.test', '/email.mobileconfig?emailaddress=%s@example.test'):
        one, other = (get(server, path % name) for name in ('ann', 'nobody'))
        assert one[0] == other[0] == 200
        assert len(one[2]) - len(other[2]) in (0, 3 * (len('ann') - len('nobody')), 5 * (len('ann') - len('nobody')), 6 * (len('ann') - len('nobody')))
    assert get(server, '/mail/config-v1.1.xml?emailaddress=ann@example.com')[0] == 404
    assert get(server, '/', host='example.com')[0] == 421


def test_apple_profile_is_a_property_list(server):
    status, headers, body = get(server, '/email.mobileconfig?emailaddress=ann@example.test', host='mail.example.test')
    assert status == 200 and headers['Content-Type'] == 'application/x-apple-aspen-config'
    profile = plistlib.loads(body)
    account = profile['PayloadContent'][0]
    assert account['IncomingMailServerPortNumber'] == server.ports['imaps'] and account['IncomingMailServerUseSSL'] is True
    assert account['OutgoingMailServerPortNumber'] == server.ports['submissions']
    assert account['EmailAddress'] == account['IncomingMailServerUsername'] == 'ann@example.test'
    assert 'Password' not in body.decode().replace('OutgoingPasswordSameAsIncomingPassword', '').replace('EmailAuthPassword', '')
    again = plistlib.loads(get(server, '/email.mobileconfig?emailaddress=ann@example.test', host='autoconfig.example.test')[2])
    assert again == profile


def test_dns_records_name_the_listeners(server):
    rows = server.json('domain', 'dns', 'Example.TEST')
    p = server.ports
    got = {(r['name'], r['type']): r['data'] for r in rows}
    host = 'mail.example.test.'
    assert got[('example.test.', 'MX')] == '10 ' + host
    assert got[('example.test.', 'TXT')] == '"v=spf1 mx -all"'
    for name, priority, port in (('imaps', 0, 'imaps'), ('imap', 10, 'imap'), ('pop3s', 20, 'pop3s'), ('pop3', 30, 'pop3'),
                                 ('submissions', 0, 'submissions'), ('submission', 10, 'submission'), ('autodiscover', 0, 'https')):
        assert got[('_%s._tcp.example.test.' % name, 'SRV')] == '%d 1 %d %s' % (priority, p[port], host)
    assert got[('autoconfig.example.test.', 'CNAME')] == got[('autodiscover.example.test.', 'CNAME')] == host
    text = server.cli('domain', 'dns', 'example.test').stdout.decode()
    assert len(text.splitlines()) == len(rows) and all(' IN ' in line for line in text.splitlines())
    assert server.cli('domain', 'dns', 'example.com', check=False).returncode == 3
    assert server.cli('domain', 'dns', '-', check=False).returncode != 0


def test_the_page_for_people(server):
    status, headers, body = get(server, '/ja', host='example.test', tls=True)
    assert status == 200 and "default-src 'none'" in headers['Content-Security-Policy']
    assert '受信 (IMAP)' in body.decode() and str(server.ports['imaps']) in body.decode()


def test_what_is_not_offered_is_said(tmp_path):
    listeners = {'mx': ('smtp', 'starttls'), 'imaps': ('imap', 'implicit')}
    with running(tmp_path, listeners=listeners, users=('ann',)) as s:
        got = {(r['name'], r['type']): r['data'] for r in s.json('domain', 'dns', 'example.test')}
        assert got[('_imap._tcp.example.test.', 'SRV')] == got[('_submissions._tcp.example.test.', 'SRV')] == '0 0 0 .'
        assert ('autoconfig.example.test.', 'CNAME') not in got
