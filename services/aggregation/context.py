"""Public indicators of the area a place lies in: context beside figures, not cause.

`python -m services.aggregation.context FILE --place NAME --area CODE` loads a saved
file of OHID Fingertips (CSV, as its "Get the data" gives it): the rows of one area.
What the file holds of an indicator replaces what was loaded of it before.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple

import asyncpg
from pydantic import BaseModel, Field

from services.aggregation.disclosure import SUPPRESSED
from services.aggregation.settings import Settings
from shared.database import Database, connect

SOURCE = (
    "Office for Health Improvement and Disparities, Fingertips public health profiles"
)
NOT_CAUSE = (
    "What life is like in the area, for context. It does not say why a figure of this"
    " system is as it is, and is about everybody who lives there, not about those seen."
)
MISSING: Literal["missing"] = "missing"
Absent = Literal["suppressed", "missing"]
# Columns of the file, by the column of the table they are kept in.
TEXTS = {
    "indicator": "Indicator ID",
    "title": "Indicator Name",
    "area": "Area Code",
    "area_name": "Area Name",
    "area_type": "Area Type",
    "sex": "Sex",
    "age": "Age",
    "category_type": "Category Type",
    "category": "Category",
    "period": "Time period",
    "value_note": "Value note",
}
NUMBERS = {
    "value": "Value",
    "low": "Lower CI 95.0 limit",
    "high": "Upper CI 95.0 limit",
    "count": "Count",
    "denominator": "Denominator",
}
SORT = "Time period Sortable"
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")
COLUMNS = (*TEXTS, *NUMBERS, "sort", "why_none")
KEY = ("area", "indicator", "sex", "age", "category_type", "category", "period")

FORGET = "delete from context where place = $1 and area = $2 and indicator = any($3)"
STORE = f"""
insert into context (place, {", ".join(COLUMNS)}, loaded_at)
values ($1, {", ".join(f"${n}" for n in range(2, len(COLUMNS) + 2))}, now())
"""
# Of each series the latest period; an older one is history, not context.
NEWEST = """
select distinct on (area, indicator, sex, age, category_type, category) *
from context where place = $1
order by area, indicator, sex, age, category_type, category, sort desc, period desc
"""


class BadFile(Exception):
    """The file cannot be loaded; nothing of it was."""


class ContextValue(BaseModel):
    """A value as its source publishes it, for the latest period there is."""

    indicator: str = Field(description="Its number at its source")
    title: str
    area: str
    area_name: str
    area_type: str
    sex: str
    age: str
    category_type: str | None
    category: str | None
    period: str
    value: float | Absent = Field(description="Never 0 where the source has none")
    low: float | None = Field(description="Of its 95% interval, where that is told")
    high: float | None
    count: float | None
    denominator: float | None
    value_note: str | None = Field(description="What its source says of it")
    loaded_at: datetime


class ContextOut(BaseModel):
    """Context of a place, with where it is from."""

    place: str
    source: str = SOURCE
    note: str = NOT_CAUSE
    values: list[ContextValue]


class Row(NamedTuple):
    """A row of the file: its place in the table, and what stands there."""

    key: tuple[str, ...]
    values: Mapping[str, Any]


def read_rows(lines: Iterable[str], area: str) -> list[Row]:
    """Return the rows of one area; of the same series and period the last one.

    Raises:
        BadFile: a column is missing, a number is none, or the area is not in it.
    """
    reader = csv.DictReader(lines, strict=True)
    wanted = {*TEXTS.values(), *NUMBERS.values()}
    try:
        lacking = sorted(wanted - set(reader.fieldnames or ()))
        if lacking:
            raise BadFile(f"The file has no column {', '.join(lacking)}.")
        found = {
            row.key: row
            for cells in reader
            if (cells["Area Code"] or "").strip() == area
            for row in [_row(cells, reader.line_num)]
        }
    except (csv.Error, UnicodeDecodeError) as error:
        line = reader.line_num + 1
        raise BadFile(f"The file cannot be read after line {line}.") from error
    if not found:
        raise BadFile(f"The file has nothing of the area {area}.")
    return list(found.values())


def _row(cells: Mapping[str, str | None], line: int) -> Row:
    values: dict[str, Any] = {
        name: (cells[column] or "").strip() for name, column in TEXTS.items()
    }
    if any("\x00" in text for text in values.values()):
        raise BadFile(f"There is a character that is none: line {line}.")
    for name, column in NUMBERS.items():
        values[name] = number(cells[column] or "", f"line {line}, {column}")
    values["sort"] = number(cells.get(SORT) or "0", f"line {line}, {SORT}")
    values["why_none"] = why_none(values["value"], values["value_note"])
    if values["why_none"]:
        values |= dict.fromkeys(NUMBERS)
    return Row(tuple(values[name] for name in KEY), values)


def number(cell: str, where: str) -> Decimal | None:
    """Return a cell's number; an empty one has none.

    Raises:
        BadFile: it is no number.
    """
    text = cell.strip()
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise BadFile(f"What should be a number is none: {where}.")
    return Decimal(text)


def why_none(value: Decimal | None, note: str) -> Absent | None:
    """Return why there is no value, or None where there is one.

    A note that says so decides, whatever stands in the cell: 0 would be read as zero.
    """
    said = note.casefold()
    if said.startswith("value suppressed"):
        return SUPPRESSED
    if said.startswith(("value missing", "value not published")) or value is None:
        return MISSING
    return None


async def store(connection: asyncpg.Connection, place: str, rows: list[Row]) -> None:
    """Replace what was loaded of the rows' indicators, all of it or nothing.

    Raises:
        BadFile: nobody is registered in the place.
    """
    known = "select exists (select from organisation where place = $1)"
    if not await connection.fetchval(known, place):
        raise BadFile(f"No organisation is registered in {place}.")
    area = rows[0].values["area"]
    indicators = sorted({row.values["indicator"] for row in rows})
    async with connection.transaction():
        await connection.execute(FORGET, place, area, indicators)
        table = [(place, *(row.values[name] for name in COLUMNS)) for row in rows]
        await connection.executemany(STORE, table)


async def load(settings: Settings, file: Path, place: str, area: str) -> int:
    """Load one area of a file as context of a place; return how many values.

    Raises:
        BadFile: it cannot be loaded; nothing was changed.
    """
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = read_rows(lines, area)
    connection = await connect(settings)
    try:
        await store(connection, place, rows)
    finally:
        await connection.close()
    return len(rows)


async def context_of(database: Database, place: str) -> ContextOut:
    """Return the context of a place; of each series the latest period."""
    values = []
    for row in await database.fetch(NEWEST, place):
        found = {name: row[name] for name in ContextValue.model_fields}
        found["value"] = row["why_none"] or row["value"]
        for name in ("category_type", "category", "value_note"):
            found[name] = row[name] or None
        values.append(ContextValue.model_validate(found))
    return ContextOut(place=place, values=values)


def main(arguments: list[str] | None = None) -> int:
    """Load a file; 1 and a sentence if it cannot be."""
    command = "python -m services.aggregation.context"
    parser = argparse.ArgumentParser(prog=command, description=__doc__)
    parser.add_argument("file", type=Path, help="CSV of OHID Fingertips")
    parser.add_argument(
        "--place", required=True, help="as organisations are registered"
    )
    parser.add_argument("--area", required=True, help="its code in the file: E06000032")
    chosen = parser.parse_args(arguments)
    try:
        loading = load(Settings(), chosen.file, chosen.place, chosen.area)
        count = asyncio.run(loading)
    except (BadFile, OSError) as error:
        sys.stderr.write(f"{error}\nNothing was loaded.\n")
        return 1
    sys.stdout.write(f"{count} values of {chosen.area} for {chosen.place}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
