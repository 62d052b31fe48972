"""Figures as CSV: with our own columns, and with those of MHSDS."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import date, timedelta

from services.aggregation.disclosure import SUPPRESSED, Figure
from services.aggregation.exports import columns
from services.aggregation.exports.selection import Answer
from services.aggregation.indicators.definition import Kind
from shared.spreadsheets import START, harmless

Cell = str | int | None
TellRows = Callable[[Answer], Iterator[list[Cell]]]
# Columns of NHS England's monthly MHSDS file; `*` is what it writes for a hidden one.
MHSDS = (
    "REPORTING_PERIOD_START",
    "REPORTING_PERIOD_END",
    "STATUS",
    "BREAKDOWN",
    "PRIMARY_LEVEL",
    "PRIMARY_LEVEL_DESCRIPTION",
    "SECONDARY_LEVEL",
    "SECONDARY_LEVEL_DESCRIPTION",
    "MEASURE_ID",
    "MEASURE_NAME",
    "MEASURE_VALUE",
)
HIDDEN_IN_MHSDS = "*"
NONE = "NONE"
# What arrives late revises any month, so none is ever final.
STATUS = "Provisional"
LEVELS = {"system": "System", "place": "Place", "organisation": "Provider"}
PARTS: dict[Kind, tuple[str, ...]] = {
    "count": (),
    "stock": (),
    "rate": ("numerator", "denominator"),
    "share": ("numerator", "denominator"),
    "mix": ("numerator", "denominator"),
    "wait": ("denominator", "p90", "within_28"),
}
NAMES_OF_PARTS = {
    "numerator": "numerator",
    "denominator": "denominator",
    "p90": "90th percentile",
    "within_28": "percentage within 28 days",
}


async def figures(answers: AsyncIterator[Answer]) -> AsyncIterator[bytes]:
    """Yield a CSV file of figures; a hidden one is `suppressed`."""
    yield heading(column.name for column in columns.COLUMNS)
    async for answer in answers:
        yield lines(_rows(answer))


async def mhsds(answers: AsyncIterator[Answer]) -> AsyncIterator[bytes]:
    """Yield a CSV file with the columns of MHSDS, a row for each number of a figure."""
    yield heading(MHSDS)
    async for answer in answers:
        yield lines(_mhsds_rows(answer))


def heading(names: Iterable[str]) -> bytes:
    """Return the first line of a file."""
    return START.encode() + lines([[*names]])


def lines(rows: Iterable[list[Cell]]) -> bytes:
    """Return rows as CSV; texts in them are harmless already."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def _rows(answer: Answer) -> Iterator[list[Cell]]:
    made_of = answer.figures
    as_of = made_of.as_of.isoformat() if made_of.as_of else None
    for figure, texts in columns.rows(answer):
        yield [
            *map(harmless, texts),
            figure.month,
            made_of.unit,
            *columns.numbers(figure),
            "true" if columns.is_suppressed(figure) else "false",
            as_of,
        ]


def _mhsds_rows(answer: Answer) -> Iterator[list[Cell]]:
    scope, indicator = answer.scope, answer.indicator
    level = LEVELS[scope.kind]
    for figure, (*_, breakdown, group) in columns.rows(answer):
        head = [
            *_days_of(figure),
            STATUS,
            f"{level}; {breakdown.capitalize()}" if breakdown else level,
            harmless(scope.name or level),
            harmless(scope.title),
            *[harmless(group) or NONE] * 2,
        ]
        yield [*head, indicator.code, indicator.title, _shown(figure.value)]
        for part in PARTS[indicator.kind]:
            yield [
                *head,
                f"{indicator.code}_{part}",
                f"{indicator.title}: {NAMES_OF_PARTS[part]}",
                _shown(getattr(figure, part)),
            ]


def _days_of(figure: Figure) -> tuple[str, str]:
    first, last = days_of(figure.month or "")
    return first.isoformat(), last.isoformat()


def days_of(month: str) -> tuple[date, date]:
    """Return the first and the last day of `YYYY-MM`."""
    first = date.fromisoformat(f"{month}-01")
    next_one = (first + timedelta(days=31)).replace(day=1)
    return first, next_one - timedelta(days=1)


def _shown(number: int | str | None) -> Cell:
    return HIDDEN_IN_MHSDS if number == SUPPRESSED else number
