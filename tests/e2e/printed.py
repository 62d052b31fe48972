"""The words on the pages of a PDF, as Chromium writes it.

Source: ISO 32000-1, sections 9.4 (text operators) and 9.10.3 (ToUnicode).
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator

OBJECT = re.compile(rb"(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*)endstream", re.DOTALL)
FONT = re.compile(rb"/(F\d+) (\d+) 0 R")
TO_UNICODE = re.compile(rb"/ToUnicode (\d+) 0 R")
PAIRS = re.compile(rb"beginbf(char|range)\n(.*?)endbf", re.DOTALL)
CODES = re.compile(rb"<([0-9A-Fa-f]+)>")
SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)> ?T[jJ]|\[(.*?)\] ?TJ|\bET\b")

Letters = dict[int, str]


def words_of(pdf: bytes) -> str:
    """Return the words of a PDF, with single spaces between them."""
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    names = dict(FONT.findall(b"".join(objects.values())))
    fonts = {name: letters_of(objects, int(n)) for name, n in names.items()}
    contents = (inflated(body) for body in objects.values() if b"stream" in body)
    pages = (content for content in contents if re.search(rb"\bBT\b", content))
    said = "".join(letter for page in pages for letter in shown_on(page, fonts))
    # Some fonts have one letter for "fi".
    return " ".join(unicodedata.normalize("NFKC", said).split())


def inflated(body: bytes) -> bytes:
    """Return what a stream holds, where it is compressed; else nothing."""
    found = STREAM.search(body)
    if found is None or b"/FlateDecode" not in body:
        return b""
    return zlib.decompressobj().decompress(found[1])


def letters_of(objects: dict[int, bytes], font: int) -> Letters:
    """Return which letters the codes of a font stand for."""
    found = TO_UNICODE.search(objects.get(font, b""))
    letters: Letters = {}
    table = inflated(objects[int(found[1])]) if found else b""
    for kind, lines in PAIRS.findall(table):
        for line in lines.splitlines():
            codes = CODES.findall(line)
            first, text = int(codes[0], 16), bytes.fromhex(codes[-1].decode())
            start = text.decode("utf-16-be")
            last = int(codes[1], 16) if kind == b"range" else first
            for code in range(first, last + 1):
                letters[code] = start[:-1] + chr(ord(start[-1]) + code - first)
    return letters


def shown_on(page: bytes, fonts: dict[bytes, Letters]) -> Iterator[str]:
    """Return the letters of a page, in the order in which they are drawn."""
    letters: Letters = {}
    for font, one, several in SHOWN.findall(page):
        letters = fonts.get(font, letters) if font else letters
        for code in [one, *CODES.findall(several)]:
            text = code.decode()
            for at in range(0, len(text), 4):
                yield letters.get(int(text[at : at + 4], 16), "")
        if not (font or one or several):
            yield " "
