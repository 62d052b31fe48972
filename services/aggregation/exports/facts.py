"""`python -m services.aggregation.exports.facts FOLDER`: what is counted, for engines.

Writes the facts as Parquet and every indicator's definition as a view, so that a system
that outgrows one PostgreSQL counts the same on DuckDB or Spark. The facts are about
single people under pseudonyms, before any disclosure control: they are for whoever runs
this database, and cannot be asked for over HTTP. What is counted from them is hidden
and rounded before anybody else sees it.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pyarrow
from pyarrow.parquet import ParquetWriter
from sqlalchemy import Boolean, Column, Date, Integer, Table, Uuid

from services.aggregation import cells, queries
from services.aggregation.facts import FACTS
from services.aggregation.indicators import INDICATORS
from services.aggregation.models import Base
from services.aggregation.settings import Settings
from shared.database import connect

ROWS_OF_A_GROUP = 50_000
DEFINITIONS = "definitions.sql"
HEAD = """\
-- The indicators of Living Well as views over the facts beside this file, of {as_of}.
-- Make each fact a view or table of its name first, such as in DuckDB:
--   create view fact_referral as select * from 'fact_referral.parquet';
-- and in Spark SQL:
--   create temporary view fact_referral using parquet
--     options (path 'fact_referral.parquet');
-- A view says what each fact adds to which month: sum numerator and denominator by
-- scope, group, month and value. Its rows are about single people: hide what is small
-- in whatever is shown.
"""
CELLS_HEAD = """\
-- All indicators counted by scope, breakdown, month, group and value, as the service
-- does. PostgreSQL and DuckDB; Spark has no such lateral VALUES.
"""


class NotCountedYet(RuntimeError):
    """The facts are not complete."""


async def export(settings: Settings, folder: Path) -> None:
    """Write all facts of one moment, and the definitions, into a folder.

    Raises:
        NotCountedYet: they are being counted.
    """
    connection = await connect(settings, command_timeout=None)
    try:
        await connection.execute("set statement_timeout = 0")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            standing = await queries.standing(connection)
            if not standing.is_counted:
                raise NotCountedYet
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            for fact in FACTS:
                await write_fact(connection, Base.metadata.tables[fact], folder)
    finally:
        await connection.close(timeout=2)
    text = definitions(standing.as_of)
    await asyncio.to_thread((folder / DEFINITIONS).write_text, text, encoding="utf-8")


async def write_fact(
    connection: asyncpg.Connection, table: Table, folder: Path
) -> None:
    """Write one table; it has its name only when all of it is there."""
    unfinished = folder / f"{table.name}.unfinished"
    fields = schema(table)
    with ParquetWriter(unfinished, fields, compression="zstd") as writer:
        async for rows in groups_of(connection, table):
            columns = zip(*rows, strict=True)
            arrays = [
                pyarrow.array(column, field.type)
                for column, field in zip(columns, fields, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=fields))
    unfinished.rename(folder / f"{table.name}.parquet")


async def groups_of(
    connection: asyncpg.Connection, table: Table
) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table, some at a time."""
    key = ", ".join(column.name for column in table.primary_key)
    names = ", ".join(map(selected, table.columns))
    cursor = await connection.cursor(f"select {names} from {table.name} order by {key}")
    while rows := await cursor.fetch(ROWS_OF_A_GROUP):
        yield [tuple(row) for row in rows]


def selected(column: Column[Any]) -> str:
    """Return SQL of a column as it is written."""
    is_id = isinstance(column.type, Uuid)
    return f"{column.name}::text" if is_id else column.name


def schema(table: Table) -> pyarrow.Schema:
    """Return the columns of a table; ids are texts, which order alike."""
    kinds = {
        Date: pyarrow.date32(),
        Integer: pyarrow.int32(),
        Boolean: pyarrow.bool_(),
    }
    return pyarrow.schema(
        pyarrow.field(
            column.name,
            kinds.get(type(column.type), pyarrow.string()),
            nullable=bool(column.nullable),
        )
        for column in table.columns
    )


def definitions(as_of: datetime | None) -> str:
    """Return every indicator's SQL as a view, unchanged, and all of them counted."""
    parts = [HEAD.format(as_of=as_of.isoformat() if as_of else "nothing yet")]
    for one in INDICATORS.values():
        parts.append(f"-- {one.title}\ncreate view {view_of(one.code)} as{one.sql};\n")
    parts.append(f"{CELLS_HEAD}create view cell as{cells.ALL};\n")
    return "\n".join(parts)


def view_of(code: str) -> str:
    """Return the name of an indicator's view."""
    return f"indicator_{code}"


def main() -> None:
    """Read the folder's name and write into it."""
    parser = argparse.ArgumentParser(
        prog="python -m services.aggregation.exports.facts",
        description="Write the facts as Parquet, and the indicators as SQL over them.",
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    try:
        asyncio.run(export(Settings(), folder))
    except NotCountedYet:
        parser.exit(1, "The facts are being counted. Try again shortly.\n")


if __name__ == "__main__":
    main()
