"""Figures as Parquet: `select * from 'figures.parquet'` in DuckDB.

A hidden number is null, and its status column says that it is hidden: null alone
would also be what does not apply. The library is loaded when the first file is asked
for; it takes 40 MB.
"""

from __future__ import annotations

import asyncio
import importlib
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import TYPE_CHECKING

from services.aggregation.exports import columns
from services.aggregation.exports.columns import COLUMNS, DOES_NOT_APPLY, NUMBERS, SHOWN
from services.aggregation.exports.selection import Answer

if TYPE_CHECKING:
    import pyarrow
    from pyarrow.parquet import ParquetWriter

ROWS_OF_A_GROUP = 50_000


class Outlet(io.RawIOBase):
    """A file that gives away what was written into it."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Say that it can be written into."""
        return True

    def write(self, part: object) -> int:
        """Keep a copy of a part until it is taken."""
        kept = bytes(memoryview(part))  # type: ignore[arg-type]
        self._parts.append(kept)
        return len(kept)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


async def figures(answers: AsyncIterator[Answer]) -> AsyncIterator[bytes]:
    """Yield a Parquet file of figures, a row group at a time."""
    parquet = await asyncio.to_thread(importlib.import_module, "pyarrow.parquet")
    outlet = Outlet()
    writer: ParquetWriter = parquet.ParquetWriter(outlet, schema(), compression="zstd")
    waiting: list[pyarrow.RecordBatch] = []
    async for answer in answers:
        waiting.append(batch(answer))
        if sum(len(one) for one in waiting) >= ROWS_OF_A_GROUP:
            await asyncio.to_thread(_write, writer, waiting)
            yield outlet.take()
    await asyncio.to_thread(_write, writer, waiting)
    writer.close()
    yield outlet.take()


def _write(writer: ParquetWriter, waiting: list[pyarrow.RecordBatch]) -> None:
    """Write a row group of all that waits."""
    import pyarrow

    writer.write_table(pyarrow.Table.from_batches(waiting, schema()))
    waiting.clear()


def schema() -> pyarrow.Schema:
    """Return the columns with their types; each number has its status beside it."""
    import pyarrow

    types = {
        "text": pyarrow.string(),
        "month": pyarrow.date32(),
        "number": pyarrow.int64(),
        "truth": pyarrow.bool_(),
        "moment": pyarrow.timestamp("us", tz="UTC"),
    }
    fields = []
    for column in COLUMNS:
        fields.append(pyarrow.field(column.name, types[column.kind]))
        if column.kind == "number":
            fields.append(pyarrow.field(f"{column.name}_status", pyarrow.string()))
    return pyarrow.schema(fields)


def batch(answer: Answer) -> pyarrow.RecordBatch:
    """Return the figures of one question as columns."""
    import pyarrow

    found = list(columns.rows(answer))
    texts = list(zip(*(texts for _, texts in found), strict=True)) or [()] * 5
    made_of = [*texts, [_first_day(figure.month) for figure, _ in found]]
    made_of.append([answer.figures.unit] * len(found))
    numbers = list(zip(*(columns.numbers(f) for f, _ in found), strict=True))
    for column in numbers or [()] * len(NUMBERS):
        made_of += [
            [one if isinstance(one, int) else None for one in column],
            [status(one) for one in column],
        ]
    made_of.append([columns.is_suppressed(figure) for figure, _ in found])
    made_of.append([answer.figures.as_of] * len(found))
    return pyarrow.RecordBatch.from_arrays(
        [
            pyarrow.array(values, field.type)
            for values, field in zip(made_of, schema(), strict=True)
        ],
        schema=schema(),
    )


def status(number: int | str | None) -> str:
    """Say whether a number is shown, hidden (and how), or does not apply."""
    if number is None:
        return DOES_NOT_APPLY
    return SHOWN if isinstance(number, int) else number


def _first_day(month: str | None) -> date:
    return date.fromisoformat(f"{month}-01")
