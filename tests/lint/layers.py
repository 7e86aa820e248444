#!/usr/bin/env python3
"""Check that every include under src/ goes downwards, as layers.txt allows, and that no private header leaves its room.

Also refuses includes that are not full paths from the root, and files that nobody builds.
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
# The one place that may name the engines is below store/engine.
ENGINE_WORDS = re.compile(r'#\s*include\s+<(sqlite3|libpq-fe|postgresql/.*)\.h>')


def read_layers(path):
    layers = {}
    with open(path) as f:
        for number, line in enumerate(f, 1):
            line = line.split('#')[0].strip()
            if not line:
                continue
            room, _, below = line.partition(':')
            layers[room] = below.split()
            for name in layers[room]:
                if name not in layers:
                    sys.exit('layers.txt:%d: "%s" may know "%s", which does not stand above it in the list: a circle, or a slip'
                             % (number, room, name))
    return layers


def room_of(path):
    parts = path.split('/')
    return parts[1] if len(parts) > 2 else 'main'


def main():
    os.chdir(ROOT)
    layers = read_layers('tests/lint/layers.txt')
    problems = []
    count = 0
    for folder, _, names in sorted(os.walk('src')):
        for name in sorted(names):
            if not name.endswith(('.c', '.h')):
                continue
            path = os.path.join(folder, name)
            room = room_of(path)
            count += 1
            if room not in layers:
                problems.append('%s: room "%s" is not in layers.txt' % (path, room))
                continue
            text = open(path, encoding='utf-8').read()
            if ENGINE_WORDS.search(text) and not path.startswith('src/store/engine/'):
                problems.append('%s: names a database engine outside src/store/engine/' % path)
            for included in INCLUDE.findall(text):
                if not included.startswith('src/'):
                    problems.append('%s: "%s" is no full path from the root' % (path, included))
                    continue
                if not os.path.exists(included):
                    continue  # made by the build
                other = room_of(included)
                if other != room and other not in layers[room]:
                    problems.append('%s: room "%s" may not include "%s"' % (path, room, included))
                if other != room and included.endswith('_priv.h'):
                    problems.append('%s: "%s" is private to its room' % (path, included))
    for problem in problems:
        print(problem)
    print('layers: %d files, %d problems' % (count, len(problems)))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
