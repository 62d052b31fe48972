"""One step of an import is one transaction: rows, counts and position together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import asyncpg.pool

from shared import metrics
from shared.access import Caller
from shared.database import Database
from shared.identity import Identity
from shared.imports import chunks, jobs, rejected
from shared.imports.layout import Layout
from shared.imports.reading import BrokenRow, Rows, read_rows
from shared.imports.resources import Resource, Work
from shared.imports.settings import ImportSettings

PIECES = 4
MOST_PIECES = 12


class Transaction(Database):
    """One connection in a transaction, for all that is to be stored together."""

    def __init__(
        self, connection: asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
    ) -> None:
        self._connection = connection
        # Nobody waits for this: the relay sees nothing before the commit.
        self.wrote = asyncio.Event()

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Return all rows of one statement."""
        return list(await self._connection.fetch(statement, *values))

    async def fetchrow(self, statement: str, *values: object) -> asyncpg.Record | None:
        """Return the first row of one statement, or None."""
        row: asyncpg.Record | None = await self._connection.fetchrow(statement, *values)
        return row


@dataclass(slots=True)
class Importing:
    """What steps need; `current` is the import that a step is about."""

    settings: ImportSettings
    identity: Identity
    resources: Mapping[str, Resource[Any]]
    current: UUID | None = None


async def step(database: Database, importing: Importing) -> bool:
    """Do a chunk of the import that waits longest; say whether there was one.

    Nobody else works on it meanwhile: its row is locked. If this process or its
    connection dies, everything is as before.
    """
    patience = importing.settings.database_acquire_seconds
    importing.current = None
    async with (
        database.pool.acquire(timeout=patience) as connection,
        connection.transaction(),
    ):
        transaction = Transaction(connection)
        job = await jobs.claim(transaction)
        if job is None:
            return False
        importing.current = job["id"]
        outcome = await _carry_on(transaction, job, importing)
    database.wrote.set()
    for name in ("stored", "repeated", "conflicted", "refused"):
        labels = (job["resource"], name)
        metrics.IMPORT_ROWS.labels(*labels).inc(getattr(outcome, name))
    return True


async def _carry_on(
    transaction: Database, job: asyncpg.Record, importing: Importing
) -> chunks.Outcome:
    settings, resource = importing.settings, importing.resources[job["resource"]]
    layout = Layout.model_validate_json(job["layout"])
    try:
        rows = await _next_rows(transaction, job, layout, settings.imports_batch)
    except BrokenRow:
        why = (
            "A quotation mark is not closed, or a row is far too long, after the first"
            f" {job['rows_read']} rows. They are dealt with; correct the file and"
            " send it again."
        )
        days = settings.imports_rejected_days
        await jobs.fail(transaction, job["id"], why, 0, days)
        return chunks.Outcome()
    await asyncio.sleep(0)
    chunk = chunks.check(rows.cells, layout, resource)
    await asyncio.sleep(0)
    outcome = await chunks.store(chunk, resource, _work(transaction, job, importing))
    if outcome.refusals:
        lines = rejected.lines_of(
            (
                rejected.refused_row(cells, why, layout, resource.reason)
                for cells, why in outcome.refusals
            ),
            layout.delimiter,
        )
        await jobs.refuse(transaction, job, lines)
    position = job["position"] + rows.used
    await jobs.advance(transaction, job, position, len(rows.cells), outcome)
    if position >= job["size_bytes"]:
        await jobs.finish(transaction, job["id"], settings.imports_rejected_days)
    return outcome


async def _next_rows(
    transaction: Database, job: asyncpg.Record, layout: Layout, most: int
) -> Rows:
    for pieces in (PIECES, MOST_PIECES):
        content = await jobs.content_from(transaction, job, pieces)
        is_end = job["position"] + len(content) >= job["size_bytes"]
        rows = read_rows(content, layout, is_end, most)
        if rows.used or is_end:
            return rows
    raise BrokenRow


def _work(transaction: Database, job: asyncpg.Record, importing: Importing) -> Work:
    return Work(
        database=transaction,
        caller=Caller(job["subject"], job["organisation"], frozenset({"partner"})),
        identity=importing.identity,
        traceparent=job["traceparent"],
        is_dry_run=job["is_dry_run"],
    )
