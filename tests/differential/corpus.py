"""Messages: plain ones that every server keeps as they are, nasty ones, and trees made with a seed."""
import base64
import random


def crlf(text):
    if isinstance(text, str):
        text = text.encode()
    return text.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')


def jp(text, charset='iso-2022-jp'):
    return '=?%s?B?%s?=' % (charset.upper(), base64.b64encode(text.encode(charset)).decode())


# What random sequences use: well-formed, small, all different in what SEARCH looks at.
CLEAN = [crlf(m) for m in (
    '''From: Ann Example <ann@example.test>
To: Ben <ben@example.test>, "Smith, John" <john@example.test>
Cc: list@example.test
Subject: first words
Date: Mon, 05 Oct 2026 10:00:00 +0000
Message-ID: <m1@example.test>

alpha beta gamma
''',
    '''From: ben@example.test
To: ann@example.test
Bcc: secret@example.test
Subject: Re: first words
Date: Tue, 06 Oct 2026 23:30:00 +0900
Message-ID: <m2@example.test>
In-Reply-To: <m1@example.test>
References: <m1@example.test>

delta epsilon
second line of ALPHA
''',
    '''From: "Carl" <carl@example.test>
Reply-To: other@example.test
Sender: robot@example.test
To: undisclosed-recipients:;
Subject: two parts
Date: Wed, 07 Oct 2026 01:00:00 -0800
Message-ID: <m3@example.test>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b1"

preamble
--b1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

plain zeta
--b1
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>html =7Aeta</p>
--b1--
epilogue
''',
    '''From: Dora <dora@example.test>
To: ann@example.test
Subject: %s
Date: Thu, 08 Oct 2026 12:00:00 +0900
Message-ID: <m4@example.test>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

%s
''' % (jp('会議の件', 'utf-8'), base64.b64encode('日本語の本文です。\r\n'.encode()).decode()),
    '''From: Eve <eve@example.test>
To: ann@example.test
Subject: forwarded
Date: Fri, 09 Oct 2026 12:00:00 +0000
Message-ID: <m5@example.test>
X-Priority: 1
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: text/plain; charset=us-ascii

see below
--outer
Content-Type: message/rfc822
Content-Disposition: attachment; filename="x.eml"

From: inner@example.test
To: eve@example.test
Subject: inside
Date: Thu, 01 Oct 2026 12:00:00 +0000
Message-ID: <inner@example.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=inner

--inner
Content-Type: text/plain; charset=us-ascii

deep text
--inner
Content-Type: application/octet-stream; name="a.bin"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="a.bin"

AAECAwQFBgcICQ==
--inner--

--outer--
''',
    '''From: Fay <fay@example.test>
To: ann@example.test
Subject: long
Date: Sat, 10 Oct 2026 12:00:00 +0000
Message-ID: <m6@example.test>

%s''' % ''.join('line %d of many\n' % i for i in range(200)),
)]

NASTY = {name: crlf(text) for name, text in {
    'iso-2022-jp': b'From: ' + jp('山田太郎').encode() + b' <taro@example.test>\nTo: =?ISO-2022-JP?B?GyRCJE8kSiQzGyhC?= <hanako@example.test>\nSubject: '
                   + jp('会議のお知らせ').encode() + b'\n ' + jp('（重要）').encode()
                   + b'\nDate: Thu, 1 Oct 2026 09:00:00 +0900 (JST)\nMessage-ID: <j1@example.test>\nMIME-Version: 1.0\n'
                     b'Content-Type: text/plain; charset=ISO-2022-JP\nContent-Transfer-Encoding: 7bit\n\n'
                   + '本日の会議は十時からです。\n'.encode('iso-2022-jp'),
    'shift_jis': b'From: a@example.test\nSubject: ' + jp('表示ソ能', 'shift_jis').encode()
                 + b'\nMIME-Version: 1.0\nContent-Type: text/plain; charset=Shift_JIS\nContent-Transfer-Encoding: 8bit\n\n'
                 + '表示ソ能\n'.encode('shift_jis'),
    'euc-jp': b'From: a@example.test\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset="EUC-JP"\n'
              b'Content-Transfer-Encoding: quoted-printable\n\n=C6=FC=CB=DC=B8=EC\n',
    'filename 2231': b'From: a@example.test\nSubject: names\nMIME-Version: 1.0\nContent-Type: application/pdf;\n'
                     b" name*0*=utf-8''%E8%AB%8B%E6%B1%82;\n name*1*=%E6%9B%B8.pdf\nContent-Disposition: attachment;\n"
                     b" filename*=utf-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.pdf; size=3\nContent-Transfer-Encoding: base64\n\nQUJD\n",
    'filename encoded words': b'From: a@example.test\nMIME-Version: 1.0\nContent-Type: application/pdf; name="'
                              + jp('請求書.pdf').encode() + b'"\nContent-Transfer-Encoding: base64\n\nQUJD\n',
    'no boundary parameter': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed\n\n--x\n\ntext\n--x--\n',
    'no end': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\nContent-Type: text/html\n\n<p>two',
    'no parts': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\nnothing here\n',
    'only end': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x--\n',
    'empty part': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n--x\n\n\n--x--\n',
    'same boundary twice': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n'
                           'Content-Type: multipart/mixed; boundary=x\n\n--x\n\ninner\n--x--\nafter\n--x--\n',
    'prefix boundary': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n'
                       'Content-Type: multipart/mixed; boundary=xy\n\n--xy\n\ninner\n--xy--\n--x\n\nlast\n--x--\n',
    'outer ends inside': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\n'
                         'Content-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--o\n\ntwo\n--o--\n',
    'inner end at once': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\n'
                         'Content-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--i--\n--o\nContent-Type: message/rfc822\n\nFrom: b@example.test\n'
                         'Content-Type: multipart/mixed; boundary=j\n\n--j\n\ntwo\n--j--\n--o--\n',
    'digest': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/digest; boundary=x\n\n--x\n\nFrom: b@example.test\nSubject: one\n\nbody one\n'
              '--x\nContent-Type: text/plain\n\nplain in a digest\n--x--\n',
    'rfc822 empty': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n',
    'rfc822 in rfc822': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\nFrom: b@example.test\nSubject: two\nMIME-Version: 1.0\n'
                        'Content-Type: message/rfc822\n\nFrom: c@example.test\nSubject: three\n\nbottom\n',
    'rfc822 base64': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n'
                     'RnJvbTogYkBleGFtcGxlLnRlc3QNClN1YmplY3Q6IGhpZGRlbg0KDQpib2R5DQo=\n',
    'delivery status': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\nfailed\n'
                       '--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.test\n\nFinal-Recipient: rfc822; b@example.test\nAction: failed\n'
                       '--x\nContent-Type: text/rfc822-headers\n\nSubject: original\n\n--x--\n',
    'all extension data': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8; format=flowed\nContent-ID: <cid@example.test>\n'
                          'Content-Description: about it\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\nContent-Disposition: inline\nContent-Language: en, ja\n'
                          'Content-Location: http://example.test/x\n\ntext\n',
    'type upper': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: TEXT/HTML; CHARSET="US-ASCII"\nContent-Transfer-Encoding: QUOTED-PRINTABLE\n\n<p>x\n',
    'type broken': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: text\n\nx\n',
    'type empty': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type:\n\nx\n',
    'type semicolons': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: text/plain;; charset=utf-8;\n\nx\n',
    'type comments': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: text/plain (a comment); charset=(really) utf-8 (yes)\n\nx\n',
    'encoding unknown': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: x-own\n\nx\n',
    'no mime version': 'From: a@example.test\nContent-Type: text/html; charset=utf-8\n\n<p>x\n',
    'headers only': 'From: a@example.test\nSubject: no body\n',
    'headers and blank': 'From: a@example.test\nSubject: empty body\n\n',
    'body only': '\nno header at all\n',
    'no header looks like body': 'this is not a header\n\nbody\n',
    'groups': 'From: a@example.test\nTo: Friends: one@example.test, "Two B." <two@example.test>;, three@example.test\nCc: Empty:;\nSubject: groups\n\nx\n',
    'comments in addresses': 'From: a@example.test (Ann Other)\nTo: (c) Ben (d) <ben(e)@example.test>, carl@example.test\nSubject: comments\n\nx\n',
    'quoted local part': 'From: "a b"@example.test\nTo: "very.(),:;<>[]\\".unusual" <"x\\"y"@example.test>\nSubject: quotes\n\nx\n',
    'route': 'From: <@one.test,@two.test:joe@three.test>\nTo: <>\nSubject: routes\n\nx\n',
    'no domain': 'From: root\nTo: Operator <operator>\nSubject: local\n\nx\n',
    'missing comma': 'From: a@example.test\nTo: one@example.test two@example.test\nSubject: comma\n\nx\n',
    'unclosed angle': 'From: Ann <a@example.test\nTo: "Ben <b@example.test>\nSubject: broken\n\nx\n',
    'domain literal': 'From: a@[192.0.2.1]\nTo: b@[IPv6:2001:db8::1]\nSubject: literal\n\nx\n',
    'folded': 'From: a@example.test\nSubject: one\n two\n\tthree\n  \n four\nTo: x@example.test,\n y@example.test\n\nx\n',
    'empty fields': 'From:\nTo: \nSubject:\nDate:\nMessage-ID:\n\nx\n',
    'double fields': 'From: a@example.test\nFrom: b@example.test\nSubject: one\nSubject: two\nTo: c@example.test\nTo: d@example.test\nDate: Mon, 5 Oct 2026 10:00:00 +0000\n'
                     'Date: Tue, 6 Oct 2026 10:00:00 +0000\nMessage-ID: <one@x>\nMessage-ID: <two@x>\n\nx\n',
    'space before colon': 'From : a@example.test\nSubject : spaced\n\nx\n',
    'raw utf-8': 'From: Änn <a@example.test>\nTo: 花子 <hanako@example.test>\nSubject: 生の件名\n\n本文\n'.encode(),
    'raw latin-1': b'From: J\xf6rg <a@example.test>\nSubject: gr\xfc\xdfe\n\nk\xf6rper\n',
    'tabs': 'From:\ta@example.test\nSubject:\ttabbed\tsubject\n\nx\n',
    'message-id spaces': 'From: a@example.test\nMessage-ID:   <spaced@example.test>  \nIn-Reply-To: <a@x> <b@x>\nDate:   Mon, 5 Oct 2026 10:00:00 +0000  \n\nx\n',
    'no final newline': 'From: a@example.test\nSubject: x\n\nlast line',
    'dots': 'From: a@example.test\nSubject: dots\n\n.\n..\n.x\n',
    'long line': b'From: a@example.test\nSubject: long\n\n' + b'x' * 5000 + b'\n',
    'long subject': 'From: a@example.test\nSubject: %s\n\nx\n' % ('word ' * 300),
    'deep': 'From: a@example.test\nMIME-Version: 1.0\n' + ''.join('Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n' % (i, i) for i in range(20))
            + 'Content-Type: text/plain\n\nbottom\n' + ''.join('--b%d--\n' % i for i in reversed(range(20))),
    'uuencode': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n#86)C\n`\nend\n',
    'quotes in strings': 'From: "a \\"b\\" c" <a@example.test>\nSubject: say "hi" \\ there\n\nx\n',
    'backslashes in parameters': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: application/x; name="a\\"b\\\\c.txt"\n\nx\n',
    'attached text': 'From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="a b=c?"\n\n--a b=c?\nContent-Disposition: attachment; filename=x.txt\n'
                     '\nunlabelled\n--a b=c?  \nContent-Type: text/x-own; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n日本\n--a b=c?--  \n',
}.items()}

WORDS = ('alpha', 'beta', 'gamma', '会議', 'naïve', 'Straße', 'x' * 70, '(paren)', 'quote"d', 'back\\slash', 'ünïcödé')


class Maker:
    """Trees of parts, well-formed as far as a careful sender writes them, sometimes cut."""

    def __init__(self, seed):
        self.rng, self.n = random.Random(seed), 0

    def words(self, least, most):
        return ' '.join(self.rng.choice(WORDS) for _ in range(self.rng.randint(least, most)))

    def unstructured(self):
        text = self.words(1, 6)
        if text.isascii():
            return text
        charset = self.rng.choice(('utf-8', 'utf-8', 'iso-2022-jp'))
        try:
            return jp(text[:20], charset)
        except UnicodeEncodeError:
            return jp(text[:20], 'utf-8')

    def address(self):
        local = self.rng.choice(('ann', 'ben.c', 'x+y', '"q p"', 'o\'neill'))
        plain = '%s@%s' % (local, self.rng.choice(('example.test', 'sub.example.test')))
        return self.rng.choice((plain, '<%s>' % plain, 'Ann B <%s>' % plain, '"B, Ann" <%s>' % plain, '%s <%s>' % (jp('花子', 'utf-8'), plain)))

    def headers(self):
        r, out = self.rng, []
        out.append('From: ' + self.address())
        for name in ('To', 'Cc', 'Bcc', 'Reply-To', 'Sender'):
            if r.random() < (0.9 if name == 'To' else 0.25):
                out.append('%s: %s' % (name, ',\n '.join(self.address() for _ in range(1 if name == 'Sender' else r.randint(1, 4)))))
        if r.random() < 0.9:
            out.append('Subject: ' + self.unstructured())
        if r.random() < 0.9:
            out.append('Date: %s, %d Oct 2026 %02d:%02d:%02d %s' % ('Mon', r.randint(1, 28), r.randint(0, 23), r.randint(0, 59), r.randint(0, 59),
                                                                    r.choice(('+0000', '+0900', '-0330'))))
        if r.random() < 0.9:
            self.n += 1
            out.append('Message-ID: <g%d.%d@example.test>' % (r.randint(0, 10 ** 9), self.n))
        for name in ('In-Reply-To', 'References', 'X-Mailer', 'List-Id', 'Received'):
            if r.random() < 0.3:
                out.append('%s: <%s@example.test>' % (name, r.randint(0, 99)))
        r.shuffle(out)
        return out

    def leaf(self):
        r = self.rng
        kind = r.choice(('text/plain', 'text/plain', 'text/html', 'application/pdf', 'image/png'))
        head = ['Content-Type: ' + kind]
        text = '\n'.join(self.words(0, 8) for _ in range(r.randint(0, 5)))
        data = crlf(text)
        if kind.startswith('text/'):
            head[0] += '; charset=utf-8'
        if r.random() < 0.3:
            head[0] += ';\n name="%s.x"' % r.choice(('a', 'b c', 'd'))
        encoding = 'base64' if not kind.startswith('text/') else r.choice(('8bit', 'quoted-printable', 'base64'))
        head.append('Content-Transfer-Encoding: ' + encoding)
        if encoding == 'base64':
            data = base64.encodebytes(data)
        elif encoding == 'quoted-printable':
            data = b'\n'.join(bytes(line) for line in self.quoted_printable(data))
        for line in ('Content-ID: <c%d@example.test>' % r.randint(0, 999), 'Content-Description: ' + r.choice(('a thing', 'two words')),
                     'Content-Disposition: attachment; filename="f.bin"', 'Content-Language: en', 'Content-Location: here'):
            if r.random() < 0.15:
                head.append(line)
        return head, crlf(data)

    def quoted_printable(self, data):
        for line in data.split(b'\r\n'):
            yield b''.join(bytes([c]) if 32 < c < 127 and c != 61 else b'=%02X' % c for c in line)[:900]

    def part(self, depth):
        r = self.rng
        if depth == 0 or r.random() < 0.4:
            return self.leaf()
        if r.random() < 0.2:
            return ['Content-Type: message/rfc822'], self.message(depth - 1)
        self.n += 1
        boundary = r.choice(('b%d', '=_%d', 'long-boundary-%d-xxxxxxxxxxxxxxxxxx')) % self.n
        out = b'' if r.random() < 0.7 else b'preamble\r\n'
        for _ in range(r.randint(1, 4)):
            head, body = self.part(depth - 1)
            out += b'--%s\r\n' % boundary.encode() + crlf('\n'.join(head)) + b'\r\n\r\n' + body + b'\r\n'
        out += b'--%s--\r\n' % boundary.encode()
        if r.random() < 0.2:
            out += b'epilogue\r\n'
        return ['Content-Type: multipart/%s; boundary="%s"' % (r.choice(('mixed', 'alternative', 'related')), boundary)], out

    def message(self, depth=3):
        head, body = self.part(depth)
        return crlf('\n'.join(self.headers() + ['MIME-Version: 1.0'] + head)) + b'\r\n\r\n' + body
