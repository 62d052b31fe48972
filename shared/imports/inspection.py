"""Looks at a file as it arrives: what it is, its encoding, how it is to be read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from shared.imports.cells import Column
from shared.imports.layout import HEAD_BYTES, Layout, Unusable, layout_of

SAVE_AS_CSV = "Open it in a spreadsheet and save it as CSV UTF-8."
NOT_CSV = {
    b"PK\x03\x04": f"This is a workbook or a zip file, not a CSV file. {SAVE_AS_CSV}",
    b"\xd0\xcf\x11\xe0": f"This is an old Excel workbook. {SAVE_AS_CSV}",
    b"%PDF": "This is a PDF, not a CSV file.",
    b"\xff\xfe": f"This file is encoded as UTF-16. {SAVE_AS_CSV}",
    b"\xfe\xff": f"This file is encoded as UTF-16. {SAVE_AS_CSV}",
}
SENTENCE_NUL = f"The file holds NUL bytes, so it is not text. {SAVE_AS_CSV}"
SENTENCE_MIXED = (
    "The file is neither all UTF-8 nor all Windows-1252, so letters with accents would"
    f" be spoilt. {SAVE_AS_CSV}"
)
# Bytes that stand for nothing in Windows-1252.
UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
LONGEST_SEQUENCE = 4


class Inspection:
    """Is fed a file as it arrives; remembers its first megabyte and what is wrong.

    Attributes:
        fault: Why the file cannot be used; what arrives after it need not be kept.
        size: Bytes so far.
    """

    def __init__(self, columns: Sequence[Column], reason: str) -> None:
        self._columns, self._reason = columns, reason
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._head = bytearray()
        self._tail = b""
        self._layout: Layout | None = None
        self._is_utf8 = True
        self._has_wide = False
        self.fault: str | None = None
        self.size = 0

    def feed(self, content: bytes) -> None:
        """Look at the next bytes of the file."""
        if self.fault or not content:
            return
        is_head = self._layout is None
        self.size += len(content)
        try:
            if is_head:
                self._head += content
            if b"\x00" in content and not self._head.startswith(tuple(NOT_CSV)):
                raise Unusable(SENTENCE_NUL)
            self._decode(content)
            if is_head and len(self._head) >= HEAD_BYTES:
                self._judge_head()
        except Unusable as fault:
            self.fault = str(fault)
        self._tail = content[-LONGEST_SEQUENCE:]

    def end(self) -> Layout | None:
        """Say how the file is to be read, now that all is there; None if it cannot."""
        try:
            if self.fault is None:
                self._decode(b"", is_end=True)
                if self._layout is None:
                    self._judge_head()
        except Unusable as fault:
            self.fault = str(fault)
        if self.fault is not None or self._layout is None:
            return None
        encoding = "utf-8" if self._is_utf8 else "cp1252"
        return self._layout.model_copy(update={"encoding": encoding})

    def _judge_head(self) -> None:
        head = bytes(self._head)
        for magic, sentence in NOT_CSV.items():
            if head.startswith(magic):
                raise Unusable(sentence)
        self._layout = layout_of(head[:HEAD_BYTES], self._columns, self._reason)
        self._head.clear()

    def _decode(self, content: bytes, is_end: bool = False) -> None:
        if self._is_utf8:
            try:
                text = self._decoder.decode(content, is_end)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                if self._has_wide or not before.isascii():
                    raise Unusable(self._mixed()) from error
                self._is_utf8 = False
            else:
                self._has_wide = self._has_wide or not text.isascii()
        if not self._is_utf8 and UNDEFINED.search(self._tail + content):
            raise Unusable(self._mixed())

    def _mixed(self) -> str:
        head = bytes(self._head[:LONGEST_SEQUENCE])
        magic = next((m for m in NOT_CSV if head.startswith(m)), None)
        return NOT_CSV[magic] if magic else SENTENCE_MIXED
