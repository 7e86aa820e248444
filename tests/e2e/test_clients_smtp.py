"""Senders: every log-in mechanism a common client knows, and what arrives."""
import smtplib

from clients import sh, write


def test_swaks_submission(a, d):
    for n, extra in enumerate((['--tls', '--auth', 'PLAIN'], ['--tls', '--auth', 'LOGIN'], ['--tls', '--auth', 'CRAM-MD5'], ['--tls', '--auth', 'PLAIN', '--pipeline'])):
        if 'CRAM-MD5' in extra and 'CRAM-MD5' not in sh(['swaks', '--server', a.host, '-p', str(a.submission), '--tls', '--quit-after', 'EHLO'], d, check=False):
            continue
        sh(['swaks', '--server', a.host, '-p', str(a.submission), '--auth-user', a.user, '--auth-password', a.password, '-f', a.address, '-t', a.address,
            '--h-Subject', 'swaks %d' % n] + extra, d)
        a.wait_subject('swaks %d' % n)


def test_msmtp_submission(a, d):
    sh(['msmtp', '--host=' + a.host, '--port=%d' % a.submission, '--auth=plain', '--user=' + a.user, '--passwordeval=echo ' + a.password, '--tls=on', '--tls-starttls=on',
        '--tls-certcheck=off', '--from=' + a.address, a.address], d, inp=b'Subject: msmtp 1\r\nFrom: %s\r\n\r\nx\r\n.\r\n..\r\n' % a.address.encode())
    a.wait_subject('msmtp 1')


def test_curl_submission(a, d):
    write(d, 'm', 'Subject: curl 1\r\n\r\nx\r\n')
    sh(['curl', '-sSk', '--ssl-reqd', '-u', a.user + ':' + a.password, '--mail-from', a.address, '--mail-rcpt', a.address, '-T', 'm', 'smtp://%s:%d/me.example' % (a.host, a.submission)], d)
    a.wait_subject('curl 1')


def test_python_smtplib_mx_or_lmtp(a, d):
    if a.lmtp:
        s = smtplib.LMTP(a.host, a.lmtp)
    elif a.smtp:
        s = smtplib.SMTP(a.host, a.smtp)
    else:
        raise Skip('no SMTP or LMTP port')
    s.sendmail('x@example.org', [a.address], b'Subject: mx 1\r\n\r\n.\r\n..\r\n.x\r\n')
    s.quit()
    a.wait_subject('mx 1')
