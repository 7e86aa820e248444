"""The corpus on every server: each message in its own mailbox, and all that FETCH and SEARCH can say about it."""
from normalise import fetches, searches
from wire import Literal

ITEMS = ('ENVELOPE', 'BODY', 'BODYSTRUCTURE', 'RFC822.SIZE', 'BODY[]', 'BODY[HEADER]', 'BODY[TEXT]', 'BODY[HEADER.FIELDS (SUBJECT FROM)]',
         'BODY[HEADER.FIELDS.NOT (SUBJECT RECEIVED)]', 'BODY[]<3>', 'BODY[TEXT]<2>')
SEARCHES = ('SUBJECT 会議', 'SUBJECT 重要', 'SUBJECT 表示', 'BODY 本日', 'TEXT 本日', 'BODY 表示', 'BODY 日本', 'FROM 山田', 'TO 花子', 'SUBJECT spaced', 'SUBJECT "say \\"hi\\""', 'BODY bottom',
            'BODY inner', 'TO two@example.test', 'CC Empty', 'SUBJECT gr', 'FROM Ann', 'BODY two', 'HEADER Message-ID spaced', 'SENTON 5-Oct-2026', 'BODY unlabelled', 'SUBJECT "one two"', 'HEADER To ""',
            'HEADER Subject ""', 'HEADER Date ""', 'SUBJECT groups', 'LARGER 1000')


def part_numbers(structure, prefix=''):
    """(number, is a message) of all parts that a BODYSTRUCTURE tells of."""
    if structure[0] == 'multipart':
        for i, child in enumerate(structure[2], 1):
            number = '%s%d' % (prefix, i)
            yield from single(child, number)
        return
    if not prefix:
        yield from single(structure, '1')


def single(part, number):
    is_message = part[0] == 'part' and part[1:3] == (b'message', b'rfc822') and len(part) > 9 and isinstance(part[9], tuple)
    yield number, is_message
    if part[0] == 'multipart':
        yield from part_numbers(part, number + '.')
    elif is_message:
        inner = part[9]
        if inner[0] == 'multipart':
            yield from part_numbers(inner, number + '.')
        else:
            yield from single(inner, number + '.1')


def look(session, message, started):
    """{what: value} of one message; None when the server does not take it."""
    session.run(b'CREATE box')
    answer = session.run(b'APPEND box ', Literal(message))
    if answer.status != 'OK':
        session.run(b'DELETE box')
        return None
    session.run(b'EXAMINE box')
    wanted = ' '.join(i.replace('BODY[', 'BODY.PEEK[').replace('<3>', '<3.40>').replace('<2>', '<2.10>') for i in ITEMS)
    out = fetches(session.run(b'FETCH 1 (%s)' % wanted.encode()), started, set(ITEMS)).get(1, {})
    for number, is_message in list(part_numbers(out['BODYSTRUCTURE']))[:60]:
        keys = ['BODY[%s]' % number, 'BODY[%s.MIME]' % number]
        if is_message:
            keys += ['BODY[%s.HEADER]' % number, 'BODY[%s.TEXT]' % number]
        got = fetches(session.run(b'FETCH 1 (%s)' % ' '.join(k.replace('[', '.PEEK[') for k in keys).encode()), started, set(keys))
        out.update(got.get(1, {k: 'no answer' for k in keys}))
    for key in SEARCHES:
        word, _, text = key.partition(' ')
        name = b''
        if word == 'HEADER':
            name, _, text = text.partition(' ')
            name = name.encode() + b' '
        if text.isascii():
            answer = session.run(b'SEARCH ' + key.encode())
        else:
            answer = session.run(b'SEARCH CHARSET UTF-8 ' + word.encode() + b' ' + name, Literal(text.encode()), b'')
        out['SEARCH ' + key] = (searches(answer)[0] or ()) if answer.status == 'OK' else answer.status
    session.run(b'UNSELECT')
    session.run(b'DELETE box')
    return out
