"""IMAP4rev2 and UTF8=ACCEPT as clients use them: imaplib with UTF-8, ids that stay, previews in Japanese, MODSEQ over sessions."""
import base64
import email
import imaplib
import quopri
import re

from imap_wire import Wire

MESSAGE = ('From: 花子 <花子@例え.jp>\r\nTo: ann@example.test\r\nSubject: 会議のお知らせ\r\n'
           'Date: Mon, 23 Nov 2026 12:34:56 +0900\r\nMessage-ID: <rev2@example.net>\r\nReceived: from 例え.jp\r\n'
           'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
           '本日の会議は中止です。\r\n').encode()


def test_imaplib_with_utf8(plain_server):
    m = imaplib.IMAP4('127.0.0.1', plain_server.ports['imap'])
    m.login('ann@example.test', 'secret-ann')
    assert m.enable('UTF8=ACCEPT')[0] == 'OK'
    assert m.create('"日本語"')[0] == 'OK'
    assert '"日本語"' in b'\n'.join(m.list()[1]).decode()
    # imaplib itself writes "UTF8 (" into the message, so another client appends.
    wire = Wire(plain_server, enable=b'UTF8=ACCEPT')
    assert wire.say('APPEND "日本語" UTF8 (~{%d+}\r\n'.encode() % len(MESSAGE) + MESSAGE + b')')[1].startswith(b'OK')
    wire.close()
    assert m.select('"日本語"') == ('OK', [b'1'])
    assert m.fetch('1', '(BODY.PEEK[])')[1][0][1] == MESSAGE
    assert m.search(None, 'SUBJECT', '"会議"')[1] == [b'1']
    m.logout()


def test_others_get_a_message_in_ascii(plain_server):
    """The surrogate is a message of its own: its size is right, in one piece or in many, and so are its parts."""
    one = Wire(plain_server)
    one.ok(b'CREATE Plain')
    one.append(b'Plain', MESSAGE)
    one.ok(b'SELECT Plain')
    heard = one.ok(b'FETCH 1 (RFC822.SIZE BODY.PEEK[])')[0]
    size, literal = re.search(rb'RFC822.SIZE (\d+) BODY\[\] \{(\d+)\}\r\n', heard).groups()
    assert size == literal
    whole = heard[heard.index(b'\r\n') + 2:-3]
    assert len(whole) == int(size)
    head, body = whole.split(b'\r\n\r\n', 1)
    assert head.isascii() and body == MESSAGE.split(b'\r\n\r\n', 1)[1]
    parsed = email.message_from_bytes(whole)
    assert str(email.header.make_header(email.header.decode_header(parsed['Subject']))) == '会議のお知らせ'
    assert parsed['From'].endswith('<invalid@internationalized-address.invalid>')
    pieces = b''
    for offset in range(0, int(size) + 50, 50):
        piece = one.ok(b'FETCH 1 BODY.PEEK[]<%d.50>' % offset)[0]
        n = int(re.search(rb'\{(\d+)\}', piece)[1])
        pieces += piece[piece.index(b'\r\n') + 2:][:n]
    assert pieces == whole
    assert body in one.ok(b'FETCH 1 BODY.PEEK[TEXT]')[0] and body in one.ok(b'FETCH 1 BODY.PEEK[1]')[0]
    assert b'Subject' in one.ok(b'FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]')[0]
    envelope = one.ok(b'FETCH 1 ENVELOPE')[0]
    assert envelope.isascii() and b'internationalized-address.invalid' in envelope
    # The same one for a client that takes UTF-8.
    two = Wire(plain_server, enable=b'UTF8=ACCEPT')
    two.ok(b'SELECT Plain')
    heard = two.ok(b'FETCH 1 (RFC822.SIZE BODY.PEEK[])')[0]
    assert b'RFC822.SIZE %d ' % len(MESSAGE) in heard and MESSAGE in heard
    one.close()
    two.close()


def test_rev2_session(plain_server):
    wire = Wire(plain_server, 'ben', enable=b'IMAP4rev2')
    heard, tagged = wire.say('CREATE "予定/来週"'.encode())
    mailbox = re.match(rb'OK \[MAILBOXID \((F\w+)\)\]', tagged)[1]
    wire.append('"予定/来週"'.encode(), MESSAGE, b'($New1)')
    lines = wire.ok('SELECT "予定/来週"'.encode())
    text = b''.join(lines)
    assert b'RECENT' not in text and b'UNSEEN' not in text
    assert '* LIST (\\HasNoChildren) "/" "予定/来週"\r\n'.encode() in lines
    assert b'[MAILBOXID (%s)]' % mailbox in text
    assert wire.ok(b'FETCH 1 FLAGS') == [b'* 1 FETCH (FLAGS ($New1))\r\n']
    assert wire.ok(b'FETCH 1 PREVIEW') == ['* 1 FETCH (PREVIEW "本日の会議は中止です。")\r\n'.encode()]
    assert wire.ok('RENAME "予定/来週" "予定/今週"'.encode()) == []
    status = wire.ok('STATUS "予定/今週" (MESSAGES DELETED SIZE MAILBOXID)'.encode())[0]
    assert b'MESSAGES 1 DELETED 0 ' in status.replace(b' SIZE %d' % len(MESSAGE), b'') + b' ' and mailbox in status
    wire.close()


def test_ids_stay_with_message_and_mailbox(plain_server):
    wire = Wire(plain_server, 'hanako')
    wire.append(b'INBOX', MESSAGE)
    wire.append(b'INBOX', b'Subject: Re\r\nIn-Reply-To: <rev2@example.net>\r\n\r\nx')
    wire.ok(b'SELECT INBOX')

    def ids(n):
        return re.search(rb'EMAILID \((M\w+)\) THREADID \((T\w+)\)', wire.ok(b'FETCH %d (EMAILID THREADID)' % n)[0]).groups()

    first, answer = ids(1), ids(2)
    assert first[0] != answer[0] and first[1] == answer[1]
    wire.ok(b'COPY 1 Archive')
    wire.ok(b'MOVE 2 Archive')
    wire.ok(b'SELECT Archive')
    assert ids(1) == first and ids(2) == answer
    saved = [re.search(rb'SAVEDATE "(.*?)"', wire.ok(b'FETCH %d SAVEDATE' % n)[0])[1] for n in (1, 2)]
    assert all(re.fullmatch(rb'[ \d]\d-\w{3}-\d{4} [\d:]{8} \+0000', s) for s in saved)
    wire.close()


JAPANESE = '\n'.join('%d行目：本日の会議は中止です。カタカナとＡＢＣと漢字、改行をはさんで続きます。' % n for n in range(1, 21))


def preview_message(charset, encoding, subtype='plain', label=None):
    body = JAPANESE.encode(charset)
    if subtype == 'html':
        body = b'<html><head><style>p { color: red }</style></head><body><p>%s</p></body></html>' % body
    if encoding == 'base64':
        body = base64.encodebytes(body).replace(b'\n', b'\r\n')
    elif encoding == 'quoted-printable':
        body = quopri.encodestring(body).replace(b'\n', b'\r\n')
    else:
        body = body.replace(b'\n', b'\r\n')
    return ('Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/%s; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n'
            % (subtype, label or charset, encoding)).encode() + body


def test_previews_in_japanese(plain_server):
    """The first 256 characters, whatever the sender has done to them; none is cut in two or shown as something else."""
    wire = Wire(plain_server, 'hanako', enable=b'UTF8=ACCEPT')
    wire.ok(b'CREATE Previews')
    kinds = [(charset, encoding, subtype, None) for charset in ('utf-8', 'iso-2022-jp', 'shift_jis', 'euc-jp')
             for encoding in ('8bit', 'base64', 'quoted-printable') for subtype in ('plain', 'html')]
    kinds += [('shift_jis', '8bit', 'plain', 'us-ascii'), ('euc-jp', '8bit', 'plain', 'x-unknown'), ('utf-8', '8bit', 'plain', 'iso-8859-1-x'),
              ('iso-2022-jp', '8bit', 'plain', 'us-ascii'), ('cp932', 'base64', 'plain', 'Windows-31J')]
    for kind in kinds:
        assert wire.append(b'Previews', preview_message(*kind))[1].startswith(b'OK')
    wire.ok(b'SELECT Previews')
    want = ' '.join(JAPANESE.split())[:256].rstrip()
    heard = wire.ok(b'FETCH 1:* (PREVIEW (LAZY))')
    assert len(heard) == len(kinds)
    for kind, line in zip(kinds, heard):
        assert ('(PREVIEW "%s")' % want).encode() in line, (kind, line.decode())
    wire.close()


def test_mailbox_id_stays_with_its_mailbox(plain_server):
    wire = Wire(plain_server, 'hanako')

    def mailbox_id(name):
        return re.search(rb'MAILBOXID \((F\w+)\)', wire.ok(b'STATUS %s (MAILBOXID)' % name)[0])[1]

    made = re.match(rb'OK \[MAILBOXID \((F\w+)\)\]', wire.say(b'CREATE One/Two')[1])[1]
    assert mailbox_id(b'One/Two') == made
    wire.ok(b'RENAME One Three')
    assert mailbox_id(b'Three/Two') == made
    assert b'[MAILBOXID (%s)]' % made in b''.join(wire.ok(b'EXAMINE Three/Two'))
    wire.ok(b'UNSELECT')
    wire.ok(b'CREATE Three/Two/Below')
    wire.ok(b'DELETE Three/Two')
    wire.ok(b'CREATE Three/Two')
    assert mailbox_id(b'Three/Two') != made
    wire.close()


def test_new_keyword_is_announced_before_it_is_used(plain_server):
    one, two = Wire(plain_server, 'hanako'), Wire(plain_server, 'hanako')
    one.ok(b'CREATE Keys')
    one.append(b'Keys', b'Subject: x\r\n\r\n')
    one.ok(b'SELECT Keys')
    two.ok(b'SELECT Keys')
    own = one.ok(b'STORE 1 +FLAGS (Brandnew)')
    assert own[0].startswith(b'* FLAGS (') and b' Brandnew)' in own[0] and b'PERMANENTFLAGS' in own[1]
    assert own[2] == b'* 1 FETCH (FLAGS (\\Recent Brandnew))\r\n'
    others = two.ok(b'NOOP')
    assert others[0].startswith(b'* FLAGS (') and b' Brandnew)' in others[0] and b' FETCH ' in others[2]
    assert not one.ok(b'NOOP') and not two.ok(b'NOOP')
    one.ok(b'STORE 1 -FLAGS (Brandnew)')
    assert all(b'FLAGS (\\A' not in line for line in two.ok(b'NOOP'))
    one.close()
    two.close()
