"""Releases: what everybody sees is a count of some moment, not of this one.

Whoever watches figures change as single people come could tell who they are. So the
public sees the latest release, and those who work here, signed in, what is counted now.
A scope is released anew when it is time and at least as many people's records changed
in it as the gate's threshold; what a release showed stays readable.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import structlog

from services.aggregation import publishing
from services.aggregation.disclosure import Gate
from services.aggregation.indicators import DEFINITIONS_VERSION, INDICATORS
from services.aggregation.settings import Settings
from shared.access import Caller
from shared.database import connect

RELEASE_LOCK = 0x11_FE_04
BACKOFF_SECONDS = 5.0
LOOK_SECONDS = 2.0
# Of these, one person's record adds 1 to one month at most: that it changed moves at
# most 2, from one month to another.
ONE_EACH = ("source_mix", "wait_days", "measured_count", "heard_count")
MOST_BY_ONE = 2

log = structlog.get_logger()

# What differs between now and the latest release of $1, in the plain counts.
CHANGED = """
select coalesce(max(changed), 0) from (
  select indicator, sum(abs(coalesce(c.denominator, 0) - coalesce(r.denominator, 0)))
    as changed
  from (
    select indicator, month, sum(denominator) as denominator from cell
    where scope = $1 and breakdown = '' and indicator = any($2) group by 1, 2
  ) c full join (
    select indicator, month, sum(denominator) as denominator from released_cell
    where scope = $1 and breakdown = '' and indicator = any($2) and until is null
    group by 1, 2
  ) r using (indicator, month)
  group by indicator
) by_indicator
"""
LATEST_DEFINITIONS = """
select definitions from release where scope = $1 order by number desc limit 1
"""
NEXT = """
with known as (
  insert into definitions (version, indicators) values ($2, $5) on conflict do nothing
)
insert into release (scope, as_of, newest_month, definitions, offsets, partitions,
  organisation, subject)
select $1, as_of, (
    select max(month) from cell where scope = $1 and breakdown = ''
      and indicator in ('access_count', 'source_mix') and denominator > 0
      and month <= as_of
  ), $2, (
    select coalesce(json_object_agg(topic, applied), '{}') from (
      select topic, sum(next_offset) as applied from projection_offset group by topic
    ) topics
  ), (
    select coalesce(json_object_agg(topic, at), '{}') from (
      select topic, array_agg(next_offset order by partition) as at
      from projection_offset group by topic
    ) topics
  ), $3, $4
from progress
returning number
"""
SAME = """
r.indicator = c.indicator and r.scope = c.scope and r.breakdown = c.breakdown
  and r.month = c.month and r.group_name = c.group_name and r.value = c.value
  and r.numerator = c.numerator and r.denominator = c.denominator
"""
# The organisations that told of anything stand beside what they told.
NOW = """
(
  select indicator, scope, breakdown, month, group_name, value, numerator, denominator
  from cell where scope = $1 and (numerator <> 0 or denominator <> 0)
  union all
  select 'reporting', $1, '', month, '', 0, count(*), $3
  from cell where indicator = 'source_mix' and breakdown = '' and denominator > 0
    and scope = any($4)
  group by month
)
"""
TAKE = f"""
with now as materialized {NOW}, closed as (
  update released_cell r set until = $2
  where r.scope = $1 and r.until is null
    and not exists (select from now c where {SAME})
)
insert into released_cell (indicator, scope, breakdown, month, group_name, value, since,
  numerator, denominator)
select indicator, scope, breakdown, month, group_name, value, $2, numerator,
  denominator
from now c where not exists (
  select from released_cell r where r.until is null and {SAME})
"""
# The system is first: which groups there are is told by its cells.
SCOPES = """
select scope, members from (
  select 0 as nth, 'system' as scope, coalesce(array_agg(organisation), '{}') as members
  from organisation where organisation is not null
  union all
  select 1, 'place:' || place, array_agg(organisation) from organisation
  where place is not null and organisation is not null group by place
) scopes order by nth, scope
"""
IS_DUE = """
select not exists (select from release) or (
  (select max(released_at) from release) < now() - make_interval(secs => $1)
  and (select as_of from progress) is distinct from (select max(as_of) from release))
"""


# A release compares two large tables of which PostgreSQL may know nothing yet. After
# a load it takes one for empty, and would go through it for every row of the other.
PATIENTLY = """
set statement_timeout = 0;
set enable_nestloop = off
"""


@dataclass(frozen=True, slots=True)
class Released:
    """A release that was made."""

    scope: str
    number: int


@asynccontextmanager
async def connection_for_releases(
    settings: Settings,
) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection of its own, whose statements take as long as they take."""
    connection = await connect(settings, command_timeout=None)
    try:
        await connection.execute(PATIENTLY)
        yield connection
    finally:
        await connection.close(timeout=2)


class Releaser:
    """Releases when it is time, for as long as the process lives."""

    def __init__(self, settings: Settings, gate: Gate) -> None:
        self._settings = settings
        self._gate = gate
        self.is_connected = False

    async def run(self) -> None:
        """Look whether it is time; recover from every error."""
        while True:
            try:
                await self._release_for_ever()
            except Exception as error:
                log.warning("releaser_restarted", error=type(error).__name__)
                await asyncio.sleep(BACKOFF_SECONDS)
            finally:
                self.is_connected = False

    async def _release_for_ever(self) -> None:
        interval = self._settings.release_interval_seconds
        async with connection_for_releases(self._settings) as connection:
            while True:
                if await self._is_due(connection, interval):
                    await release(connection, self._gate, self._settings.organisation)
                self.is_connected = True
                await asyncio.sleep(min(interval, LOOK_SECONDS))

    @staticmethod
    async def _is_due(connection: asyncpg.Connection, interval: float) -> bool:
        if not await connection.fetchval("select is_counted from progress"):
            return False
        return bool(await connection.fetchval(IS_DUE, interval))


async def release(
    connection: asyncpg.Connection,
    gate: Gate,
    publisher: str,
    caller: Caller | None = None,
) -> list[Released]:
    """Release every scope in which enough changed, and publish its figures.

    All of it is one transaction and of one moment; of several at once one works, and
    the others find nothing left to do.

    Args:
        publisher: The organisation in whose name figures are published.
        caller: Who asked for it; None if it was time.
    """
    await connection.execute("select pg_advisory_lock($1)", RELEASE_LOCK)
    try:
        async with connection.transaction(isolation="repeatable_read"):
            made = await _release_all(connection, gate, publisher, caller)
    finally:
        await connection.execute("select pg_advisory_unlock($1)", RELEASE_LOCK)
    if made:
        log.info("figures_released", scopes=len(made))
    return made


async def _release_all(
    connection: asyncpg.Connection, gate: Gate, publisher: str, caller: Caller | None
) -> list[Released]:
    made = []
    for scope, members in await connection.fetch(SCOPES):
        number = await _release_scope(connection, gate, (scope, members), caller)
        if number is not None:
            await publishing.publish_changes(
                connection, gate, publisher, (scope, members, number)
            )
            made.append(Released(scope, number))
    return made


async def _release_scope(
    connection: asyncpg.Connection,
    gate: Gate,
    where: tuple[str, Sequence[str]],
    caller: Caller | None,
) -> int | None:
    scope, members = where
    definitions = await connection.fetchval(LATEST_DEFINITIONS, scope)
    changed = await connection.fetchval(CHANGED, scope, list(ONE_EACH))
    is_enough = changed >= MOST_BY_ONE * gate.threshold
    if definitions == DEFINITIONS_VERSION and not is_enough:
        return None
    number: int = await connection.fetchval(
        NEXT,
        scope,
        DEFINITIONS_VERSION,
        caller.organisation if caller else None,
        caller.subject if caller else None,
        json.dumps({code: one.version for code, one in INDICATORS.items()}),
    )
    organisations = [f"organisation:{member}" for member in members]
    await connection.execute(TAKE, scope, number, len(members), organisations)
    return number
