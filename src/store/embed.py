#!/usr/bin/env python3
"""Write the text of a file as a C array: embed.py INPUT OUTPUT SYMBOL."""
import sys

source, target, symbol = sys.argv[1:]
with open(source, "rb") as f:
    data = f.read()
with open(target, "w", encoding="ascii") as f:
    f.write('#include "src/store/schema_priv.h"\n\n')
    f.write(f"const char {symbol}[] = {{\n")
    for at in range(0, len(data), 16):
        f.write("\t" + " ".join(f"{b}," for b in data[at:at + 16]) + "\n")
    f.write("\t0\n};\n")
