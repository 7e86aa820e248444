#!/usr/bin/env python3
"""Check the manners of headers and sources that no compiler knows.

 - every public prototype has a comment above it (or stands in a run of prototypes under one comment)
 - every header begins with a comment that says what the module is
 - functions that are banned from the tree (see BANNED) are not called
 - no file speaks of a place on somebody's machine
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
BANNED = re.compile(r'(?<![A-Za-z0-9_.>])(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|strtol|strtoul|strtoll|'
                    r'strtoull|gmtime|localtime|asctime|ctime|rand|srand|random|srandom|tmpnam|mktemp|alloca)\s*\(')
# A reason each.
ALLOWED = {
    ('src/base/clock.c', 'time'): 'the clock itself',
}
# Words of which a path on one machine would begin; written so that this file does not find itself.
MACHINE = re.compile(r'(?<![A-Za-z0-9_.])/(wor' r'k|far' r'm|roo' r't)/')
PROTOTYPE = re.compile(r'^(?!static|typedef|return|#)[a-z][A-Za-z0-9_ *]*\b[a-z][a-z0-9_]*\((?:[^;{}]|\n)*?\)'
                       r'(?:\s*[A-Z_]+(?:\([^)]*\))?|\s*__attribute__\(\(.*?\)\))*;', re.M | re.S)


def strip_bodies(text):
    """Blank what lies between braces, so that only declarations at the top level are left."""
    out, depth = [], 0
    for c in text:
        if c == '{':
            depth += 1
        if depth == 0 or c == '\n':
            out.append(c)
        if c == '}':
            depth -= 1
    return ''.join(out)


def check_header(path, text, problems):
    if not text.lstrip().startswith('/*'):
        problems.append('%s: no comment at the top says what this is' % path)
    blanked = re.sub(r'/\*.*?\*/', lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text, flags=re.S)
    lines = text.split('\n')
    total = bare = 0
    for m in PROTOTYPE.finditer(strip_bodies(blanked)):
        number = strip_bodies(blanked)[:m.start()].count('\n')
        total += 1
        above = number - 1
        # A run of prototypes may share the comment above it.
        while above >= 0 and lines[above].strip() and not lines[above].strip().endswith('*/'):
            above -= 1
        if above < 0 or not lines[above].strip().endswith('*/'):
            bare += 1
            problems.append('%s:%d: this prototype has no contract above it' % (path, number + 1))
    return total, bare


def main():
    os.chdir(ROOT)
    problems, total, bare = [], 0, 0
    for top in ('src', 'tests', 'tools', 'docs'):
        for folder, _, names in sorted(os.walk(top)):
            if 'corpus' in folder or '__pycache__' in folder:
                continue
            for name in sorted(names):
                path = os.path.join(folder, name)
                try:
                    text = open(path, encoding='utf-8').read()
                except UnicodeDecodeError:
                    continue
                if MACHINE.search(text):
                    problems.append('%s: speaks of a place on one machine' % path)
                if top != 'src' or not name.endswith(('.c', '.h')):
                    continue
                code = re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\])*"', lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text, flags=re.S)
                for m in BANNED.finditer(code):
                    if (path, m.group(1)) not in ALLOWED:
                        problems.append('%s:%d: %s is banned; src/base has a safe way'
                                        % (path, code[:m.start()].count('\n') + 1, m.group(1)))
                if name.endswith('.h') and not name.endswith('_priv.h') and name not in ('commands.h', 'unit.h'):
                    t, b = check_header(path, text, problems)
                    total, bare = total + t, bare + b
    for problem in problems:
        print(problem)
    print('contract: %d prototypes, %d problems' % (total, len(problems)))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
