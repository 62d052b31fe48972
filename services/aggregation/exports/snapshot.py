"""The counted cells of one moment, kept for as long as a file is written.

A file of many figures must not mix two counts, and who reads it slowly must not hold
up those who count: the cells are copied into a temporary table of one connection, in
one snapshot, and every query on that connection finds the copy under the same name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from services.aggregation import queries, release_queries
from services.aggregation.problems import NotCounted
from services.aggregation.queries import Standing
from services.aggregation.settings import Settings
from shared.database import Reads, connect

PATIENCE_SECONDS = 60
SESSION = f"set statement_timeout = '{PATIENCE_SECONDS - 5}s'"
MAKE_COPY = "create temporary table cell (like public.cell)"
# What was introduced is copied in any case: it tells which organisations were heard.
COPY_CELLS = """
insert into pg_temp.cell select * from public.cell
where breakdown = any($2) and (indicator = any($1) or indicator = 'source_mix')
"""
SETTLE_COPY = """
create index on pg_temp.cell (indicator, scope, breakdown, month);
analyze pg_temp.cell;
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there was at one moment.

    Attributes:
        reads: Finds the cells of that moment, and no others.
        partners: Every organisation that ever registered, also those that left.
        releases: The latest of each scope that was ever released.
    """

    reads: Reads
    standing: Standing
    partners: Sequence[queries.Partner]
    releases: Mapping[str, Standing]


@asynccontextmanager
async def freeze(
    settings: Settings, codes: Sequence[str], breakdowns: Sequence[str]
) -> AsyncIterator[Snapshot]:
    """Keep the cells of some indicators and breakdowns as they are now.

    Raises:
        NotCounted: 503, they are being counted.
    """
    connection = await connect(settings, PATIENCE_SECONDS)
    try:
        await connection.execute(SESSION)
        async with connection.transaction(isolation="repeatable_read"):
            snapshot = await _look(connection)
            await connection.execute(MAKE_COPY)
            await connection.execute(COPY_CELLS, list(codes), list(breakdowns))
        await connection.execute(SETTLE_COPY)
        yield snapshot
    finally:
        # At once: whoever asked may be gone. The server drops the copy.
        connection.terminate()


async def _look(connection: asyncpg.Connection) -> Snapshot:
    standing = await queries.standing(connection)
    if not standing.is_counted:
        raise NotCounted("Figures are shown once all is counted. Try again shortly.")
    partners = await queries.registered(connection)
    releases = await release_queries.latest_releases(connection)
    return Snapshot(connection, standing, partners, releases)
