"""The sealer: follows behind the audit and chains its rows, one process at a time.

Writers never wait for the chain or for each other: they only add rows. Seconds later
the sealer covers all rows that it finds with one seal, whose hash is taken over the
hash before it and over every row. Ids are not in the order of commits, so a seal says
which rows it covers, and ids that are missing are looked for until nobody can still
hold them.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
import structlog
from asyncpg import Range

from shared import metrics
from shared.database import connect
from shared.settings import ServiceSettings

SEALER_LOCK = 0x11_FE_21
SEAL_SECONDS = 1.0
MOST_ROWS = 10_000
MOST_COUNTED = 100_000
# Twice this passes before a missing id is given up: a statement may take 8 seconds
# (shared/database.py), a transaction of our own not much longer.
GAP_SECONDS = 60.0
GAPS_LOOKED_BACK = 2_000
SUMMARISE_SECONDS = 60.0
TELL_SECONDS = 600.0
NOTHING_BEFORE = bytes(32)

CONTENT = """json_build_array(id, (extract(epoch from at) * 1000000)::bigint,
  organisation, subject, type, record, sequence, purpose)::text"""
SEAL = f"""
with late as (
  select a.* from unnest($3::int8multirange) g(ids)
  join audit a on a.id >= lower(g.ids) and a.id < upper(g.ids)
), fresh as (
  select * from audit where id > $2 order by id limit $4
), content as (
  select range_agg(int8range(id, id, '[]')) as rows, count(*) as many,
    string_agg({CONTENT}, E'\\n' order by id) as lines
  from (select * from late union all select * from fresh) found
), last as (
  select number, hash from seal
  union all select 0, $5::bytea order by number desc limit 1
), head as (
  select l.number + 1 as number, l.hash as previous, c.rows, c.lines, c.many,
    json_build_array(
      l.number + 1, (extract(epoch from now()) * 1000000)::bigint, c.rows::text
    )::text as line
  from last l, content c where c.many > 0 and l.number = $1
)
insert into seal (number, sealed_at, rows, previous, hash)
select number, now(), rows, previous,
  sha256(previous || convert_to(line || E'\\n' || lines, 'UTF8'))
from head returning number, rows, hash, (select many from content) as many
"""
# Recent is counted from the last seal: while everything was down, no time passed.
RECENT = f"""
select number, rows, hash,
  sealed_at > first_value(sealed_at) over (order by number desc)
    - make_interval(secs => {2 * GAP_SECONDS}) as is_recent
from seal order by number desc limit {GAPS_LOOKED_BACK}
"""
# Indexes that cost a write nothing: a summary of blocks of rows, made up for here.
SUMMARISE = """
select brin_summarize_new_values(c.oid) from pg_class c join pg_am a on a.oid = c.relam
where a.amname = 'brin' and c.relnamespace = 'public'::regnamespace
"""
MEASURE = f"""
select count(*) as waiting,
  coalesce(extract(epoch from now() - min(at)), 0)::float as oldest
from (
  select at from audit where id >= (
    select coalesce(max(upper(rows)), 0) from (
      select rows from seal order by number desc limit 20) few
  ) order by id limit {MOST_COUNTED}
) unsealed
"""

Ids = tuple[int, int]  # from the first up to but without the second

log = structlog.get_logger()


class Forked(RuntimeError):
    """Somebody else sealed meanwhile; the chain is read again."""


class Chain:
    """Where the chain ends, and which ids may still come below that.

    Attributes:
        number: Of the last seal; 0 where there is none.
        hash: Of the last seal.
    """

    def __init__(self, number: int, hash_: bytes, high: int, gaps: list[Ids]) -> None:
        self.number = number
        self.hash = hash_
        self._high = high
        self._gaps = gaps
        self._old_gaps: list[Ids] = []
        self._looked_at = time.monotonic()

    @classmethod
    async def load(cls, connection: asyncpg.Connection) -> Chain:
        """Read where the chain ends."""
        seals = await connection.fetch(RECENT)
        if not seals:
            return cls(0, NOTHING_BEFORE, 0, [])
        covered = sorted(r for seal in seals for r in ranges(seal["rows"]))
        settled = [seal["rows"] for seal in seals if not seal["is_recent"]]
        # What settled seals cover has nothing missing before it that could still come.
        floor = max((r[1] for rows in settled for r in ranges(rows)), default=0)
        if not settled:
            floor = 1 if len(seals) < GAPS_LOOKED_BACK else covered[0][0]
        high = max(upper for _, upper in covered) - 1
        gaps = missing(covered, floor, high)
        return cls(seals[0]["number"], seals[0]["hash"], high, gaps)

    async def seal(self, connection: asyncpg.Connection) -> int:
        """Cover what is not sealed yet with one seal; return how many rows.

        Raises:
            Forked: the last seal is not the one that this chain knows.
        """
        gaps = [Range(lower, upper) for lower, upper in self._gaps]
        row = await connection.fetchrow(
            SEAL, self.number, self._high, gaps, MOST_ROWS, NOTHING_BEFORE
        )
        if row is None:
            last = await connection.fetchval("select max(number) from seal")
            if (last or 0) != self.number:
                raise Forked
            self._forget_old_gaps()
            return 0
        self.number, self.hash = row["number"], row["hash"]
        covered = ranges(row["rows"])
        high = max(self._high, covered[-1][1] - 1)
        open_ids = [*self._gaps, (self._high + 1, high + 1)]
        self._gaps = [
            gap
            for lower, upper in open_ids
            for gap in missing(covered, lower, upper - 1)
        ]
        self._high = high
        self._forget_old_gaps()
        return int(row["many"])

    async def seal_all(self, connection: asyncpg.Connection) -> None:
        """Cover all that is not sealed yet, a few thousand rows at a time."""
        is_behind = True
        while is_behind:
            is_behind = await self.seal(connection) >= MOST_ROWS

    def _forget_old_gaps(self) -> None:
        if time.monotonic() - self._looked_at < GAP_SECONDS:
            return
        self._gaps = [gap for gap in self._gaps if gap not in self._old_gaps]
        self._old_gaps, self._looked_at = self._gaps, time.monotonic()


def ranges(multirange: Iterable[Any]) -> list[Ids]:
    """Return the ranges of ids that a seal covers."""
    return [(one.lower, one.upper) for one in multirange]


def missing(covered: Sequence[Ids], first: int, last: int) -> list[Ids]:
    """Return which ids from `first` to `last` are in none of `covered` (sorted)."""
    gaps, at = [], first
    for lower, upper in covered:
        if lower > last:
            break
        if lower > at:
            gaps.append((at, lower))
        at = max(at, upper)
    if at <= last:
        gaps.append((at, last + 1))
    return gaps


class Sealer:
    """Seals a service's audit for as long as the process lives.

    The lock keeps processes from working in vain; that no two continue the chain from
    the same seal is the primary key's doing.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._due: dict[str, float] = {}
        self.is_connected = False

    async def run(self) -> None:
        """Serve term after term until cancelled."""
        while True:
            try:
                await self._serve_term()
            except Exception as error:
                log.warning("sealer_term_ended", error=type(error).__name__)
                await asyncio.sleep(SEAL_SECONDS)
            finally:
                self.is_connected = False

    async def _serve_term(self) -> None:
        connection = await connect(self._settings)
        try:
            # A frozen process keeps its connection, and with it the lock, for ever.
            await connection.execute("set idle_session_timeout = 40000")
            while not await connection.fetchval(
                "select pg_try_advisory_lock($1)", SEALER_LOCK
            ):
                self.is_connected = True
                await measure(connection)
                await asyncio.sleep(SEAL_SECONDS)
            chain = await Chain.load(connection)
            while True:
                self.is_connected = True
                await chain.seal_all(connection)
                await self._look_after(connection, chain)
                await measure(connection)
                await asyncio.sleep(SEAL_SECONDS)
        finally:
            with contextlib.suppress(TimeoutError, asyncpg.PostgresError):
                await connection.close(timeout=2)

    async def _look_after(self, connection: Any, chain: Chain) -> None:  # noqa: ANN401
        """Now and then complete the indexes, and tell the log where the chain ends.

        The log is kept apart from the database: who changes the one and makes a chain
        anew cannot change what the other said.
        """
        if self._is_due("summarise", SUMMARISE_SECONDS):
            await connection.execute(SUMMARISE)
        if self._is_due("tell", TELL_SECONDS) and chain.number:
            log.info("audit_head", seal=f"{chain.number}:{chain.hash.hex()}")

    def _is_due(self, task: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(task, 0):
            return False
        self._due[task] = now + seconds
        return True


async def measure(connection: asyncpg.Connection) -> None:
    """Keep the gauges right, whoever seals."""
    [row] = await connection.fetch(MEASURE)
    metrics.AUDIT_UNSEALED.set(row["waiting"])
    metrics.AUDIT_OLDEST.set(row["oldest"])
