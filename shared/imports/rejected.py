"""Refused rows as they go back: the same columns, and the reason first."""

from __future__ import annotations

from collections.abc import Sequence

from shared.imports.layout import Layout
from shared.spreadsheets import START, lines_of


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
