"""Compares SVG pictures with the shipped ones.

Those named have the same words, and coordinates within a tenth of a point. Chaos and learning depend on the last bits of a
processor: all other pictures have the same words, whatever the numbers between them.
"""

import re
import sys
from pathlib import Path

# The coordinates of an SVG are tenths of a point.
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TENTH = 1.0
# Embedded bitmaps (mosaics of cells) are compared by their presence alone.
BITMAP = re.compile(r'href="data:[^"]*"')
TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")
# Numbers as they are written in words: with minus signs, groups of digits and powers.
WRITTEN = re.compile(r"[-−+]?\d[\d.,]*(?:\s?[·×]\s?10)?[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*")


def parts(path):
    text = BITMAP.sub('href=""', path.read_text())
    return NUMBER.split(text), [float(number) for number in NUMBER.findall(text)]


def words(path):
    texts = {WRITTEN.sub("#", text).strip() for text in TEXT.findall(path.read_text())}
    return {text for text in texts if any(letter.isalpha() for letter in text)}


def differs(drawn, shipped, exact):
    if not shipped.exists():
        return "is not shipped"
    if not exact:
        different = words(drawn) ^ words(shipped)
        return f"other words: {sorted(different)}" if different else None
    own, numbers = parts(drawn)
    expected_words, expected = parts(shipped)
    if own != expected_words:
        return "other words or another number of marks"
    worst = max((abs(a - b) for a, b in zip(numbers, expected)), default=0.0)
    return f"marks are off by {worst / 10} points" if worst > TENTH else None


def main(drawn_folder, shipped_folder, *exact):
    wrong = []
    names = sorted(path.stem for path in Path(drawn_folder).glob("*.svg"))
    missing = sorted(set(exact) - set(names))
    wrong.extend(f"{name}: is not drawn" for name in missing)
    for name in names:
        drawn, shipped = (Path(folder) / f"{name}.svg" for folder in (drawn_folder, shipped_folder))
        problem = differs(drawn, shipped, name in exact)
        if problem:
            wrong.append(f"{name}: {problem}")
    print(f"{len(exact)} pictures compared, and the words of {len(names) - len(exact)}")
    sys.exit("\n".join(wrong) or 0)


main(*sys.argv[1:])
