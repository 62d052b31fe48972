"""How a file is to be read: found in its first megabyte, kept with its import."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from shared.imports.cells import Column, looks_american, looks_british

HEAD_BYTES = 1_000_000
DELIMITERS = (",", ";", "\t")
BOM = b"\xef\xbb\xbf"
SEPARATOR_LINE = re.compile(rb'"?sep=(.)"?\s*', re.IGNORECASE)
MOST_SAMPLED_ROWS = 5_000


class Unusable(ValueError):
    """The file cannot be read at all; the sentence says why and what to do."""


class Layout(BaseModel):
    """How a file is read.

    Attributes:
        header: The known column of each cell, in the order of the file; empty for a
            column without a name.
        starts_at: Bytes before the first row.
        is_returned: The file is one of refused rows that we gave back: it has their
            reasons, and cells that were made harmless for spreadsheets.
    """

    encoding: str = "utf-8"
    delimiter: str
    header: list[str]
    starts_at: int
    is_returned: bool


def layout_of(head: bytes, columns: Sequence[Column], reason: str) -> Layout:
    """Find the layout in the beginning of a file.

    Args:
        head: The first megabyte, or all of a shorter file.
        columns: Of the resource.
        reason: Name of the column that holds why a row was refused.

    Raises:
        Unusable: there are no column names, or not the right ones, or no rows.
    """
    start, lines = _first_lines(head)
    known = {column.name: None for column in columns} | {reason: None}
    line = next(lines)
    given = SEPARATOR_LINE.fullmatch(line)
    if given:
        start, line = start + len(line), next(lines, b"")
    delimiter, names = _best_split(line, list(known))
    _check_names(names, columns, list(known))
    layout = Layout(
        delimiter=delimiter,
        header=names,
        starts_at=start + len(line),
        is_returned=reason in names,
    )
    _check_rows(head[layout.starts_at :], layout, columns)
    return layout


def _first_lines(head: bytes) -> tuple[int, Iterator[bytes]]:
    """Return where the first line with anything in it starts, and the lines from it."""
    start = len(BOM) if head.startswith(BOM) else 0
    lines = head[start:].splitlines(keepends=True)
    if len(lines) == 1 and len(head) >= HEAD_BYTES:
        raise Unusable(
            "The first line is longer than a megabyte, so this is not a CSV file."
        )
    for nth, line in enumerate(lines):
        if line.strip():
            return start, iter(lines[nth:])
        start += len(line)
    raise Unusable("The file is empty.")


def _best_split(line: bytes, known: list[str]) -> tuple[str, list[str]]:
    """Return the separator that makes most known names of the first line."""
    text = line.decode("cp1252", "replace").rstrip("\r\n")
    best: tuple[int, str, list[str]] = (0, ",", [])
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([text], delimiter=delimiter), [])
        except csv.Error:
            continue
        names = [_plain(cell) for cell in cells]
        found = sum(name in known for name in names)
        if found > best[0]:
            best = (found, delimiter, names)
    if not best[0]:
        raise Unusable(
            "The first line does not hold the names of the columns. "
            + _known_columns(known)
        )
    return best[1], best[2]


def _plain(cell: str) -> str:
    return re.sub(r"[\s-]+", "_", cell.strip().lower())


def _known_columns(known: list[str]) -> str:
    return f"Known columns: {', '.join(known)}."


def _check_names(
    names: Sequence[str], columns: Sequence[Column], known: list[str]
) -> None:
    for place, name in enumerate(names):
        if name and name not in known:
            # Not its name: without a line of names, that is somebody's data.
            raise Unusable(
                f"Column {letters(place)} has a name that is not known here. "
                + _known_columns(known)
            )
        if name and name in names[:place]:
            raise Unusable(f"The column {name} is there twice.")
    for column in columns:
        if column.is_required and column.name not in names:
            raise Unusable(f"The column {column.name} is missing.")


def letters(place: int) -> str:
    """Return a column's letters as spreadsheets show them; the first is 0."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _check_rows(rows: bytes, layout: Layout, columns: Sequence[Column]) -> None:
    """Refuse a file without rows, and one whose dates are plainly month first."""
    if not rows.strip(b"\r\n \t,;"):
        raise Unusable("The file has the names of the columns and no rows.")
    dates = {column.name for column in columns if column.kind == "date"}
    places = [n for n, name in enumerate(layout.header) if name in dates]
    lines = rows.decode("cp1252", "replace").splitlines(keepends=True)
    american = dict.fromkeys(places, False)
    british = dict.fromkeys(places, False)
    try:
        for nth, cells in enumerate(csv.reader(lines, delimiter=layout.delimiter)):
            if nth == MOST_SAMPLED_ROWS:
                break
            for place in places:
                if place < len(cells):
                    american[place] |= looks_american(cells[place])
                    british[place] |= looks_british(cells[place])
    except csv.Error:
        return  # Found again, and said, when the row is read.
    for place in places:
        if american[place] and not british[place]:
            raise Unusable(
                f"The dates in the column {layout.header[place]} look like"
                " month/day/year. Write dates as DD/MM/YYYY or YYYY-MM-DD."
            )
