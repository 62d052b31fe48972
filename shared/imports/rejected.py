"""Refused rows as they go back: the same columns, the reason first, harmless cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from shared.imports.layout import Layout

# A spreadsheet takes these for formulas; a plain number is none.
DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
START = "\ufeff"


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    if DANGEROUS.match(cell) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def lines_of(rows: Iterable[Sequence[str]], delimiter: str) -> list[str]:
    """Return each row as a line of CSV."""
    buffer = io.StringIO()
    write = csv.writer(buffer, delimiter=delimiter).writerow
    lines = []
    for row in rows:
        write([harmless(cell) for cell in row])
        lines.append(buffer.getvalue())
        buffer.seek(0)
        buffer.truncate()
    return lines


def heading(layout: Layout, reason: str) -> str:
    """Return the first line of the file of refused rows."""
    names = [name for name in layout.header if name != reason]
    return START + lines_of([[reason, *names]], layout.delimiter)[0]


def refused_row(cells: Sequence[str], why: str, layout: Layout, name: str) -> list[str]:
    """Return a refused row with the reason in front; an older reason is left out."""
    if name in layout.header:
        place = layout.header.index(name)
        cells = [*cells[:place], *cells[place + 1 :]]
    return [why, *cells]
