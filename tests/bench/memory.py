"""Memory of each service with nothing to do, and of stories once it has suggested."""

from __future__ import annotations

import asyncio

from deploy.local.settings import SERVICES
from tests.bench.report import Result, Row
from tests.bench.scale import Scale
from tests.bench.stand import NotMeasured, resident_mb, running
from tests.builders import a_story
from tests.system import Infrastructure, System

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
        await suggest(system)
        await asyncio.sleep(SETTLE_SECONDS)
        suggested = resident_mb(system.services["stories"].child)
    rows = [
        Row("memory", f"{service} idle", "MB", values, at_most=MOST_MB)
        for service, values in found.items()
    ]
    what = "stories, first suggestions made"
    return Result([*rows, Row("memory", what, "MB", [suggested], at_most=MOST_MB)])


async def suggest(system: System) -> None:
    """Ask for suggested redactions of a story, which loads what finds phone numbers."""
    token = system.token("T01", "partner", "moderator")
    async with system.client("stories", token) as stories:
        story = a_story(text="Call Jo Brown on 020 7946 0018, SW1A 1AA, 3 May 2026.")
        told = await stories.post("/stories", json=story)
        found = await stories.get(f"/stories/{story['reference']}/suggestions")
    if told.status_code != 201 or len(found.json()["suggestions"]) < 4:
        msg = "what should be suggested was not"
        raise NotMeasured(msg)
