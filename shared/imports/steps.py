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
from shared.imports.chunks import Outcome
from shared.imports.layout import Layout
from shared.imports.reading import BrokenRow, read_rows
from shared.imports.resources import Resource, Work
from shared.imports.settings import ImportSettings
from shared.spreadsheets import lines_of

PIECES = 4
MOST_PIECES = 12
SENTENCE_BROKEN = (
    "A quotation mark is not closed, or a row is far too long, after the first {rows}"
    " rows. Those are dealt with; correct the file and send it again."
)


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
) -> Outcome:
    settings, resource = importing.settings, importing.resources[job["resource"]]
    layout = Layout.model_validate_json(job["layout"])
    pipeline = Pipeline(
        layout, resource, _work(transaction, job, importing), settings.imports_batch
    )
    days = settings.imports_rejected_days
    try:
        outcome, used = await _store_window(transaction, job, pipeline)
    except BrokenRow:
        why = SENTENCE_BROKEN.format(rows=job["rows_read"])
        await jobs.fail(transaction, job["id"], why, 0, days)
        return Outcome()
    if outcome.refusals:
        lines = lines_of(
            (
                rejected.refused_row(cells, why, layout, resource.reason)
                for cells, why in outcome.refusals
            ),
            layout.delimiter,
        )
        await jobs.refuse(transaction, job, lines)
    position = job["position"] + used
    await jobs.advance(transaction, job, position, outcome)
    if position >= job["size_bytes"]:
        await jobs.finish(transaction, job["id"], days)
    return outcome


async def _store_window(
    transaction: Database, job: asyncpg.Record, pipeline: Pipeline
) -> tuple[Outcome, int]:
    """Store the next rows, as many as come with some pieces of the file.

    Returns:
        What became of them, and how many bytes they take.
    """
    for pieces in (PIECES, MOST_PIECES):
        content = await jobs.content_from(transaction, job, pieces)
        is_end = job["position"] + len(content) >= job["size_bytes"]
        outcome, used = await pipeline.run(content, is_end)
        if used or is_end:
            return outcome, used
    raise BrokenRow


@dataclass(slots=True)
class Pipeline:
    """Stores rows of a part of a file, while the rows after them are checked."""

    layout: Layout
    resource: Resource[Any]
    work: Work
    batch: int
    _storing: asyncio.Task[Outcome] | None = None

    async def run(self, content: bytes, is_end: bool) -> tuple[Outcome, int]:
        """Store all complete rows; say what became of them and how long they are.

        Raises:
            BrokenRow: the first one cannot be read.
        """
        outcome, used, read = Outcome(), 0, 0
        try:
            while used < len(content) and read < self.resource.most_rows:
                most = min(self.batch, self.resource.most_rows - read)
                try:
                    rows = read_rows(content[used:], self.layout, is_end, most)
                except BrokenRow:
                    if not used:
                        raise
                    break
                if not rows.used:
                    break
                used, read = used + rows.used, read + len(rows.cells)
                if not rows.cells:
                    continue
                chunk = await chunks.checked(
                    rows.cells, self.layout, self.resource, self.work
                )
                await self._finish_into(outcome)
                self._storing = asyncio.create_task(chunk.store())
                await asyncio.sleep(0)
            await self._finish_into(outcome)
        finally:
            await self._abandon()
        return outcome, used

    async def _finish_into(self, outcome: Outcome) -> None:
        if self._storing is not None:
            storing, self._storing = self._storing, None
            try:
                outcome.add(await storing)
            except asyncio.CancelledError:
                self._storing = storing
                raise

    async def _abandon(self) -> None:
        """End a statement under way, so that the connection can roll back."""
        if self._storing is not None:
            self._storing.cancel()
            await asyncio.gather(self._storing, return_exceptions=True)


def _work(transaction: Database, job: asyncpg.Record, importing: Importing) -> Work:
    return Work(
        database=transaction,
        caller=Caller(job["subject"], job["organisation"], frozenset({"partner"})),
        identity=importing.identity,
        traceparent=job["traceparent"],
        is_dry_run=job["is_dry_run"],
    )
