"""Several processes start at the same moment on nothing at all."""

from __future__ import annotations

import asyncio

from tests.faults.topics import read_all
from tests.system import System, free_settings

PROCESSES = ("intake", "intake", "intake", "aggregation", "aggregation", "aggregation")


async def test_workers_that_start_at_once_on_empty_databases_all_become_ready(
    system: System,
) -> None:
    infrastructure = system.infrastructure
    fresh = System("fresh", infrastructure)
    fresh.settings = free_settings(infrastructure.folder / "fresh")
    fresh.databases = await infrastructure.databases("fresh")
    processes = [
        fresh.process(service, free_settings(infrastructure.folder / f"fresh{number}"))
        for number, service in enumerate(PROCESSES)
    ]
    try:
        await asyncio.gather(*(process.start() for process in processes))
        for service in set(PROCESSES):
            versions = await fresh.fetch(service, "select * from alembic_version")
            assert len(versions) == 1
        [progress] = await fresh.fetch("aggregation", "select count(*) from progress")
        assert progress[0] == 1
        assert await read_all(fresh) == []
    finally:
        await asyncio.gather(*(process.stop() for process in processes))
