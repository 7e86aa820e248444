#!/usr/bin/env python3
"""Check that docs/log-keys.txt and the code agree: every event and key that is logged is registered, and nothing else."""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
EVENT = re.compile(r'\blog_(?:event|write)\(\s*[^,]+,\s*"([a-z0-9_.]+)"')
KEY = re.compile(r'\bLOG_[SCIU]\(\s*"([a-z0-9_]+)"')


def registered(path):
    events, keys = set(), set()
    for line in open(path):
        line = line.split('#')[0].strip()
        if not line:
            continue
        word = line.split()[0]
        (events if '.' in word else keys).add(word)
    return events, keys


def main():
    os.chdir(ROOT)
    events, keys = registered('docs/log-keys.txt')
    used_events, used_keys, problems = set(), set(), []
    for folder, _, names in os.walk('src'):
        for name in sorted(names):
            if not name.endswith('.c') or name.endswith('_test.c'):
                continue
            path = os.path.join(folder, name)
            text = open(path, encoding='utf-8').read()
            for found, known, used, what in ((EVENT.findall(text), events, used_events, 'event'),
                                             (KEY.findall(text), keys, used_keys, 'key')):
                for word in found:
                    used.add(word)
                    if word not in known:
                        problems.append('%s: %s "%s" is not in docs/log-keys.txt' % (path, what, word))
    # An event chosen at run time is written as a plain string somewhere; look for those before complaining.
    everything = ''
    for folder, _, names in os.walk('src'):
        everything += ''.join(open(os.path.join(folder, n), encoding='utf-8').read() for n in names if n.endswith('.c'))
    for word in sorted(events | keys):
        if '"%s"' % word not in everything:
            problems.append('docs/log-keys.txt: "%s" is logged nowhere' % word)
    for problem in sorted(set(problems)):
        print(problem)
    print('log keys: %d events, %d keys, %d problems' % (len(used_events), len(used_keys), len(set(problems))))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
