#!/usr/bin/env python3
"""Check docs/rfc.md and docs/rfc/: every word that IMAP and POP3 advertise is in the table, every page is linked from it, and
every test that a page names exists."""
import os
import re
import sys

# What the pages say for "any test" where they explain how tests are named.
PLACEHOLDERS = {'x.t', 'test_x'}
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')


def read(path):
    return open(path, encoding='utf-8').read()


def advertised():
    """(file, word) of all that a client can read in CAPABILITY and CAPA."""
    text = read('src/imap/capability.c')
    for literal in re.findall(r'"([^"\\]*)"', text):
        if literal.endswith('.h') or literal == 'CAPABILITY':
            continue
        for word in literal.split():
            if word != 'CAPABILITY':
                yield 'src/imap/capability.c', word
    for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', read('src/pop3/cmd_capa.c')):
        for line in literal.split('\\r\\n'):
            word = re.match(r'[A-Z][A-Z0-9-]{2,}', line)
            if word:
                yield 'src/pop3/cmd_capa.c', word.group(0)


def tests():
    """Names of stories, of test functions and of test programs."""
    names = set()
    for top in ('tests', 'src'):
        for folder, _, files in os.walk(top):
            for name in files:
                path = os.path.join(folder, name)
                if name.endswith('.t'):
                    names.add(name)
                elif name.endswith(('_test.c', '.py')):
                    names.add(name)
                    names.add(name.rsplit('.', 1)[0])
                    names.update(re.findall(r'\b(test_\w+)\(', read(path)))
    return names


def main():
    os.chdir(ROOT)
    problems = []
    table = read('docs/rfc.md')
    told = set(re.findall(r'`([^`]+)`', table))
    for path, word in advertised():
        if word not in told:
            problems.append('%s: %s is not in docs/rfc.md' % (path, word))
    for page in set(re.findall(r'\((rfc/[\w-]+\.md)\)', table)):
        if not os.path.exists(os.path.join('docs', page)):
            problems.append('docs/rfc.md: there is no docs/%s' % page)
    known = tests()
    for name in sorted(os.listdir('docs/rfc')):
        if 'rfc/%s' % name not in table:
            problems.append('docs/rfc.md: docs/rfc/%s is not linked' % name)
        for word in re.findall(r'`((?:test_\w+|[\w-]+\.t|\w+_test(?:\.c)?))`', read(os.path.join('docs/rfc', name))):
            if word not in known | PLACEHOLDERS:
                problems.append('docs/rfc/%s: there is no test "%s"' % (name, word))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
