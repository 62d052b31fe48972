"""Rebuild of the projection, beside a raw micro-batch loop over the same topics."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from shared.events import PARTITIONS
from tests.bench import topics
from tests.bench.raw_loop import RawLoop, Read
from tests.bench.report import Result, Row
from tests.bench.scale import Scale
from tests.bench.stand import CpuMeter, resident_mb, run_module, running
from tests.system import Infrastructure, System

NAMES = ("organisations", "referrals", "assessments", "goals", "stories")
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 120.0
STANDING = """
select count(*) as partitions, coalesce(sum(target), 0)::bigint as events,
  coalesce(sum(next_offset), 0)::bigint as applied,
  coalesce(bool_and(next_offset >= target), false) as is_read,
  (select is_counted from progress) as is_counted
from projection_offset
"""


@dataclass
class Rebuilt:
    """One rebuild by the real service.

    Attributes:
        read_seconds: From the moment the partitions were assigned to the last one
            applied.
        counted_seconds: To the moment figures are shown; None: not in time.
        most_mb: Most resident memory of the process while it read.
    """

    events: int = 0
    read_seconds: float = 0.0
    counted_seconds: float | None = None
    most_mb: float = 0.0
    cpu_us_per_event: dict[str, float] = field(default_factory=dict)


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Alternate rounds of the raw loop and of aggregation itself."""
    raw: list[Read] = []
    rebuilt: list[Rebuilt] = []
    async with running(infrastructure, "rebuild", ()) as system:
        await topics.fill(system, scale.events)
        for number in range(scale.rounds):
            raw.append(await read_raw(system, number))
            rebuilt.append(await rebuild(system, number))
    return Result(rows_of(raw, rebuilt), {"service": [vars(r) for r in rebuilt]})


def rows_of(raw: list[Read], rebuilt: list[Rebuilt]) -> list[Row]:
    """Put the rounds together."""
    reading = [r.events / r.read_seconds for r in rebuilt]
    ceiling = [r.events / r.seconds for r in raw]
    counted = [
        r.events / r.counted_seconds if r.counted_seconds else 0 for r in rebuilt
    ]
    return [
        Row(
            "rebuild",
            f"projections of {rebuilt[0].events:,} events",
            "events/s",
            reading,
            ceiling,
            wanted_ratio=0.5,
            at_least=25_000,
        ),
        Row("rebuild", "until figures are shown", "events/s", counted),
        Row(
            "rebuild",
            "memory of aggregation",
            "MB",
            [r.most_mb for r in rebuilt],
            at_most=250,
        ),
    ]


async def read_raw(system: System, number: int) -> Read:
    """Run the raw loop into a database of its own."""
    infrastructure = system.infrastructure
    name = f"rebuild_raw_{number}"
    given = RawLoop(
        await infrastructure.postgres.create_database(name),
        infrastructure.kafka.bootstrap_servers,
        [f"{system.name}.livingwell.{topic}" for topic in NAMES],
        PARTITIONS,
    )
    read = await run_module(infrastructure.folder, "tests.bench.raw_loop", given)
    await infrastructure.postgres.drop_database(name)
    assert isinstance(read, Read)
    return read


async def rebuild(system: System, number: int) -> Rebuilt:
    """Start aggregation on an empty database and watch it read and count."""
    infrastructure = system.infrastructure
    name = f"rebuild_{number}"
    url = await infrastructure.postgres.create_database(name)
    system.databases["aggregation"] = url
    process = system.process("aggregation", system.settings)
    meter = CpuMeter(
        {
            "aggregation": process.child,
            "postgres": infrastructure.postgres.child,
            "kafka": infrastructure.kafka.child,
        }
    )
    starting = asyncio.create_task(process.start())
    connection = await asyncpg.connect(url)
    try:
        return await Watch(connection, meter).until_counted()
    finally:
        await connection.close()
        await starting
        await process.stop()
        await infrastructure.postgres.drop_database(name)


class Watch:
    """Looks at the database of an aggregation that reads everything."""

    def __init__(self, connection: asyncpg.Connection, meter: CpuMeter) -> None:
        self._connection = connection
        self._meter = meter
        self._child = meter.parts["aggregation"]

    async def until_counted(self) -> Rebuilt:
        """Return how long it took, or how far it came in time."""
        await self._next(lambda row: bool(row["partitions"]))
        self._meter.start()
        found, began = Rebuilt(), time.monotonic()

        def is_read(row: Any) -> bool:  # noqa: ANN401 (untyped library)
            found.most_mb = max(found.most_mb, resident_mb(self._child))
            found.events = row["events"]
            return bool(row["is_read"])

        await self._next(is_read)
        found.read_seconds = time.monotonic() - began
        found.cpu_us_per_event = self._meter.used(found.events)
        if await self._next(lambda row: bool(row["is_counted"]), patient=False):
            found.counted_seconds = time.monotonic() - began
        return found

    async def _next(self, holds: Any, *, patient: bool = True) -> bool:  # noqa: ANN401
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                row = await self._connection.fetchrow(STANDING)
            except asyncpg.UndefinedTableError:
                row = None
            if row is not None and holds(row):
                return True
            await asyncio.sleep(POLL_SECONDS)
        if patient:
            msg = "aggregation did not read the topics in time"
            raise TimeoutError(msg)
        return False
