"""A chunk of rows: cells to values, values to bodies, and what became of each row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.batches import Parsed, RecordResult
from shared.imports.cells import Fault
from shared.imports.layout import Layout
from shared.imports.reasons import reason_of, sentences
from shared.imports.resources import Resource, Work, validate
from shared.problems import InvalidContent

TOO_MANY_CELLS = (
    "The row has more cells than there are columns with a name: a separator inside a"
    " text must stand between quotation marks"
)


class _Memo(dict[str, object]):
    """Values of cells: most cells of a column are like others of it."""

    def __init__(self, make: Callable[[str], object]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, cell: str) -> object:
        value = self[cell] = self._make(cell)
        return value


@dataclass(slots=True)
class Outcome:
    """What became of rows; `refusals` are row and reason of what was not stored."""

    read: int = 0
    stored: int = 0
    repeated: int = 0
    conflicted: int = 0
    refused: int = 0
    refusals: list[tuple[list[str], str]] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Count what became of more rows."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refusals += other.refusals


COUNTS = ("read", "stored", "repeated", "conflicted", "refused")


@dataclass(slots=True)
class Chunk:
    """Rows that were checked as far as that goes without the database.

    Attributes:
        parsed: The valid ones.
        reasons: Why the others are not, by their place.
        judge: Stores the valid ones and says what became of each.
    """

    rows: list[list[str]]
    parsed: list[Parsed[Any]]
    reasons: dict[int, str]
    column_of: Callable[[str], str]
    judge: Callable[[], Awaitable[list[RecordResult]]]

    async def store(self) -> Outcome:
        """Store what is valid, and count."""
        outcome = Outcome(read=len(self.rows))
        for result in await self.judge() if self.parsed else ():
            if result.status == "stored":
                outcome.stored += 1
            elif result.status == "repeated":
                outcome.repeated += 1
            else:
                outcome.conflicted += result.status == "conflict"
                if result.problem is not None:
                    why = reason_of(result.problem, self.column_of)
                    self.reasons[result.index] = why
        outcome.refused = len(self.reasons) - outcome.conflicted
        outcome.refusals = [
            (self.rows[n], why) for n, why in sorted(self.reasons.items())
        ]
        return outcome


async def checked(
    rows: list[list[str]], layout: Layout, resource: Resource[Any], work: Work
) -> Chunk:
    """Turn rows into bodies and records; of a row that cannot be one, say why.

    Lets requests be served in between.
    """
    values, reasons = _values(rows, layout, resource)
    await asyncio.sleep(0)
    places = [n for n in range(len(rows)) if n not in reasons]
    bodies = validate(resource.adapter, [values[n] for n in places])
    await asyncio.sleep(0)
    parsed = []
    for n, body in zip(places, bodies, strict=True):
        if isinstance(body, InvalidContent):
            reasons[n] = reason_of(body.document(), resource.column_of)
        else:
            parsed.append(Parsed(n, None, body))
    judge = resource.judging(work, parsed)
    await asyncio.sleep(0)
    return Chunk(rows, parsed, reasons, resource.column_of, judge)


def _values(
    rows: list[list[str]], layout: Layout, resource: Resource[Any]
) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """Return the values of each row as its body takes them, and faults by row."""
    width, faults = len(layout.header), dict[int, list[tuple[str, str]]]()
    table = [row if len(row) == width else _fit(row, width) for row in rows]
    is_all_named = all(layout.header)
    for n, row in enumerate(rows):
        if len(row) > width or not is_all_named:
            named = zip(row, layout.header, strict=False)
            extra = [*row[width:], *(cell for cell, name in named if not name)]
            if any(map(str.strip, extra)):
                faults[n] = [("", TOO_MANY_CELLS)]
    found: list[tuple[tuple[str, ...], list[object]]] = []
    for name, cells in zip(layout.header, zip(*table, strict=True), strict=True):
        column = resource.by_name.get(name)
        if column is None:
            continue
        memo = _Memo(column.value_of)
        values = [memo[cell] for cell in cells]
        found.append((column.path, values))
        if any(type(value) is Fault for value in memo.values()):
            for n, value in enumerate(values):
                if type(value) is Fault:
                    faults.setdefault(n, []).append((name, value))
    bodies = _nested(found, len(rows))
    for n in range(len(rows) if resource.fold else 0):
        if n not in faults and resource.fold:
            folded = resource.fold(bodies[n])
            if isinstance(folded, tuple):
                faults[n] = [folded]
            else:
                bodies[n] = folded
    return bodies, {n: sentences(why) for n, why in faults.items()}


def _fit(row: list[str], width: int) -> list[str]:
    """Return a row with as many cells as there are columns: some programs drop ends."""
    return [*row[:width], *[""] * (width - len(row))]


def _nested(
    found: Sequence[tuple[tuple[str, ...], list[object]]], count: int
) -> list[dict[str, Any]]:
    """Return a dict for each row, with dicts in it where a path has more parts."""
    plain = [(path[0], values) for path, values in found if len(path) == 1]
    groups: dict[str, list[tuple[tuple[str, ...], list[object]]]] = {}
    for path, values in found:
        if len(path) > 1:
            groups.setdefault(path[0], []).append((path[1:], values))
    columns: dict[str, list[Any]] = dict(plain)
    columns |= {name: [*_nested(group, count)] for name, group in groups.items()}
    if not columns:
        return [{} for _ in range(count)]
    names = tuple(columns)
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
