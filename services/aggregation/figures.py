"""Keeps the counted cells up to date as messages arrive; figures are read from them.

A unit (a referral, or a story of none) that changed is stale: what its facts added is
taken back, the facts are made again, and what they add now is added. Far behind, all
is counted anew instead. Both ways give the same cells.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from services.aggregation import cells, facts
from services.aggregation.projections import PROJECTIONS
from services.aggregation.settings import Settings
from shared import metrics, offsets
from shared.consumer import Consumer
from shared.database import connect
from shared.events import PARTITIONS, Topic

REFRESH_LOCK = 0x11_FE_03
BACKOFF_SECONDS = 1.0
MOST_STALE_COUNTED = 1_000_000
ALL_PARTITIONS = PARTITIONS * len(PROJECTIONS)

log = structlog.get_logger()

SESSION = """
set statement_timeout = 0;
set work_mem = '64MB';
set plan_cache_mode = force_generic_plan;
"""
MAKE_NEW_CELLS = """
drop table if exists cell_new;
create table cell_new (like cell including defaults);
"""
TAKE_NEW_CELLS = """
alter table cell_new add constraint cell_new_pkey
  primary key (indicator, scope, breakdown, month, group_name, value);
drop table cell;
alter table cell_new rename to cell;
alter table cell rename constraint cell_new_pkey to cell_pkey;
"""


class Refresher:
    """Counts what became stale, for as long as the process lives.

    One process at a time does (an advisory lock); any may.
    """

    def __init__(self, settings: Settings, consumer: Consumer) -> None:
        self._settings = settings
        self._consumer = consumer
        self.is_connected = False

    async def run(self) -> None:
        """Refresh whenever something was applied; recover from every error."""
        while True:
            try:
                await self._refresh_for_ever()
            except Exception as error:
                log.warning("refresher_restarted", error=type(error).__name__)
                await asyncio.sleep(BACKOFF_SECONDS)
            finally:
                self.is_connected = False

    async def _refresh_for_ever(self) -> None:
        connection = await connect(self._settings, command_timeout=None)
        await connection.execute(SESSION)
        try:
            while True:
                self._consumer.applied.clear()
                is_more = await self.refresh(connection)
                self.is_connected = True
                # What comes within a moment is counted together.
                await asyncio.sleep(self._settings.refresh_pause_seconds)
                if not is_more:
                    interval = self._settings.refresh_interval_seconds
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._consumer.applied.wait(), interval)
        finally:
            await connection.close(timeout=2)

    async def refresh(self, connection: asyncpg.Connection) -> bool:
        """Bring the cells up to date, at least a step of it.

        Returns:
            Whether there is more to do at once.
        """
        await connection.execute("select pg_advisory_lock($1)", REFRESH_LOCK)
        try:
            # One snapshot from beginning to end: what arrives meanwhile is stale anew.
            async with connection.transaction(isolation="repeatable_read"):
                return await self._refresh_a_step(connection)
        finally:
            await connection.execute("select pg_advisory_unlock($1)", REFRESH_LOCK)

    async def _refresh_a_step(self, connection: asyncpg.Connection) -> bool:
        limit = self._settings.recount_above
        waiting = await connection.fetchval(
            "select count(*) from (select from stale limit $1) few", limit + 1
        )
        metrics.FIGURES_STALE.set(waiting)
        if not await is_counted(connection):
            if not await offsets.is_complete(connection, ALL_PARTITIONS):
                return False
            await recount(connection)
            return True
        if waiting > limit:
            if not self._consumer.is_caught_up:
                return False
            await recount(connection)
            return True
        taken = await refresh_some(connection, self._settings.refresh_batch)
        return taken == self._settings.refresh_batch


async def is_counted(connection: asyncpg.Connection) -> bool:
    """Say whether the cells are a complete count of some moment."""
    return bool(await connection.fetchval("select is_counted from progress"))


async def refresh_some(connection: asyncpg.Connection, limit: int) -> int:
    """Count again what is stale, `limit` marks at most; return how many were taken."""
    taken = await connection.fetch(
        "delete from stale where id in (select id from stale order by id limit $1)"
        " returning unit, occurred_at",
        limit,
    )
    if not taken:
        return 0
    units = await _affected(connection, {row["unit"] for row in taken})
    await connection.execute(cells.MAKE_BEFORE)
    await connection.execute(cells.COUNT_BEFORE, units)
    await _make_facts(connection, units)
    await connection.execute(cells.ADD_CHANGES, units)
    await _advance(connection, max(row["occurred_at"] for row in taken))
    return len(taken)


async def _affected(connection: asyncpg.Connection, changed: set[UUID]) -> list[UUID]:
    """Return all units that share people with the changed ones, directly or not.

    A unit may be of another person now than when it was counted, and so bring in the
    units of that person too.
    """
    units, found = list[UUID](), list(changed)
    while len(found) > len(units):
        units = found
        rows = await connection.fetch(facts.AFFECTED, units)
        found = [row["unit"] for row in rows]
    return units


async def _make_facts(connection: asyncpg.Connection, units: list[UUID]) -> None:
    for fact in facts.FACTS:
        await connection.execute(f"delete from {fact} where unit = any($1)", units)
    for statement in facts.FACTS_OF_UNITS:
        await connection.execute(statement, units)


async def recount(connection: asyncpg.Connection) -> None:
    """Make all facts and cells anew; readers see the old ones until it is done."""
    [marks] = await connection.fetch(
        "select max(id) as last, max(occurred_at) as newest from stale"
    )
    await connection.execute("delete from stale where id <= $1", marks["last"] or 0)
    for fact in facts.FACTS:
        await connection.execute(f"truncate {fact}")
    for statement in facts.FACTS_OF_ALL:
        await connection.execute(statement)
    await connection.execute(MAKE_NEW_CELLS)
    for statement in cells.INTO_NEW:
        await connection.execute(statement)
    await connection.execute(TAKE_NEW_CELLS)
    await _advance(connection, marks["newest"])
    await connection.execute("update progress set is_counted = true")
    log.info("figures_recounted")


async def _advance(connection: asyncpg.Connection, newest: datetime | None) -> None:
    await connection.execute("update progress set as_of = greatest(as_of, $1)", newest)


async def empty(connection: asyncpg.Connection, topic: Topic) -> None:
    """Empty a projection; no figure is shown until all is counted again."""
    await connection.execute(f"truncate {topic.entity}")
    # `as_of` stays: what is read again brings back only this topic's moments.
    await connection.execute("update progress set is_counted = false")
