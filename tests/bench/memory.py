"""Memory of each service with nothing to do."""

from __future__ import annotations

import asyncio

from deploy.local.settings import SERVICES
from tests.bench.report import Result, Row
from tests.bench.scale import Scale
from tests.bench.stand import resident_mb, running
from tests.system import Infrastructure

SETTLE_SECONDS = 3.0
MOST_MB = 90


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Start all four, wait a little, and look, some times over."""
    found: dict[str, list[float]] = {service: [] for service in SERVICES}
    async with running(infrastructure, "memory", SERVICES) as system:
        for _ in range(scale.rounds):
            await asyncio.sleep(SETTLE_SECONDS)
            for service, process in system.services.items():
                found[service].append(resident_mb(process.child))
    return Result(
        [
            Row("memory", f"{service} idle", "MB", values, at_most=MOST_MB)
            for service, values in found.items()
        ]
    )
