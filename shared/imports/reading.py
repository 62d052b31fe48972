"""Rows of a file from where it was left: complete ones, and where they end."""

from __future__ import annotations

import contextlib
import csv
import re
from dataclasses import dataclass
from typing import Any

from shared.imports.layout import Layout

LONGEST_ROW_BYTES = 1_000_000
HARMLESS = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Rows:
    """Complete rows; `used` is how many bytes they and blank rows take."""

    cells: list[list[str]]
    used: int


class BrokenRow(ValueError):
    """The first row has no end: a quotation mark is never closed, or it is too long."""


def read_rows(content: bytes, layout: Layout, is_end: bool, most: int) -> Rows:
    """Read up to `most` complete rows; blank ones are left out.

    Args:
        content: The file from its position on.
        is_end: Whether `content` goes to the end of the file.

    Raises:
        BrokenRow: the first row cannot be read; rows before a broken one can.
    """
    lines = content.splitlines(keepends=True)
    if not is_end:
        lines = lines[:-1]  # It may go on.
    texts = (line.decode(layout.encoding) for line in lines)
    reader = csv.reader(texts, delimiter=layout.delimiter)
    rows, ends = _take(reader, len(lines), is_end, most)
    taken = ends[-1] if ends else 0
    if taken == len(lines) and is_end and rows:
        last = ends[-2] if len(ends) > 1 else 0
        if _is_open(lines[last:], layout):
            rows, taken = rows[:-1], last
    if not taken and (is_end or len(content) >= LONGEST_ROW_BYTES) and content:
        raise BrokenRow
    cells = [row for row in rows if any(map(str.strip, row))]
    if layout.is_returned:
        cells = [[own_text(cell) for cell in row] for row in cells]
    return Rows(cells, sum(map(len, lines[:taken])))


def _take(
    reader: Any,  # noqa: ANN401 (the type of csv.reader has no name)
    count: int,
    is_end: bool,
    most: int,
) -> tuple[list[list[str]], list[int]]:
    """Return rows, and how many lines had been read at the end of each."""
    rows: list[list[str]] = []
    ends: list[int] = []
    # What is too long stops it; the rows before are good.
    with contextlib.suppress(csv.Error):
        for row in reader:
            # One that ends where the lines end may be half of a row.
            if reader.line_num == count and not is_end:
                break
            rows.append(row)
            ends.append(reader.line_num)
            if len(rows) == most:
                break
    return rows, ends


def _is_open(lines: list[bytes], layout: Layout) -> bool:
    """Say whether the last row of the file ends inside quotation marks."""
    texts = [line.decode(layout.encoding) for line in lines]
    try:
        list(csv.reader(texts, delimiter=layout.delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def own_text(cell: str) -> str:
    """Return a cell as it was before it was made harmless for spreadsheets."""
    return cell[1:] if HARMLESS.match(cell) else cell
