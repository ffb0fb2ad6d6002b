"""Compares SVG pictures with the shipped ones: the same words, and coordinates within a tenth of a point."""

import re
import sys
from pathlib import Path

# The coordinates of an SVG are tenths of a point.
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TENTH = 1.0
# Embedded bitmaps (mosaics of cells) are compared by their presence alone.
BITMAP = re.compile(r'href="data:[^"]*"')


def parts(path):
    text = BITMAP.sub('href=""', path.read_text())
    return NUMBER.split(text), [float(number) for number in NUMBER.findall(text)]


def compare(drawn, shipped):
    if not shipped.exists():
        return "is not shipped"
    words, numbers = parts(drawn)
    expected_words, expected = parts(shipped)
    if words != expected_words:
        return "other words or another number of marks"
    worst = max((abs(a - b) for a, b in zip(numbers, expected)), default=0.0)
    return f"marks are off by {worst / 10} points" if worst > TENTH else None


def main(drawn_folder, shipped_folder):
    wrong = []
    names = sorted(path.name for path in Path(drawn_folder).glob("*.svg"))
    for name in names:
        problem = compare(Path(drawn_folder) / name, Path(shipped_folder) / name)
        if problem:
            wrong.append(f"{name}: {problem}")
    print(f"{len(names)} pictures compared")
    sys.exit("\n".join(wrong) or 0)


main(*sys.argv[1:])
