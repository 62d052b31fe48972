"""Files of more than a million figures: how long, and the service's memory."""

from __future__ import annotations

import asyncio
import time

import httpx

from tests.bench.report import Result, Row, milliseconds
from tests.bench.scale import Scale
from tests.bench.stand import MEGABYTE, NotMeasured, resident_mb, running
from tests.bench.view import PERIOD, prepare
from tests.system import Infrastructure, System

LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 900.0
MOST_GROWTH_MB = 60
LEAST_ROWS = 1_000_000
# The breakdown with the most groups: as many rows as one file can have.
QUESTION = f"{PERIOD}&by=source"
OTHER = f"/indicators/access_count?{PERIOD}&by=ethnicity"
FILES = ("figures.csv", "mhsds.csv", "figures.fhir", "figures.parquet")


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Ask for each file of all that a platform may see; look at memory meanwhile."""
    result = Result()
    async with running(infrastructure, "exports", ["aggregation"]) as system:
        result.details["prepared"] = await prepare(system, scale.assessments)
        for name in FILES:
            details = await _export(system, name)
            result.details[name] = details
            result.rows += [
                Row("exports", f"{name}, whole file", "s", [details["seconds"]]),
                Row(
                    "exports",
                    f"{name}, growth of the service",
                    "MB",
                    [details["growth_mb"]],
                    at_most=MOST_GROWTH_MB,
                ),
            ]
    rows = result.details["figures.csv"]["lines"] - 1
    if rows < LEAST_ROWS:
        raise NotMeasured(f"the file has {rows} rows only")
    return result


async def _export(system: System, name: str) -> dict[str, float]:
    """Read one file; the times are of another question asked again and again."""
    process = system.services["aggregation"]
    before = peak = resident_mb(process.child)
    waits: list[float] = []
    async with system.client("aggregation", system.token("ICB", "platform")) as client:
        began = time.monotonic()
        reading = asyncio.create_task(_read(client, f"/exports/{name}?{QUESTION}"))
        while not reading.done():
            asked = time.monotonic()
            (await client.get(OTHER)).raise_for_status()
            waits.append(time.monotonic() - asked)
            peak = max(peak, resident_mb(process.child))
            await asyncio.sleep(LOOK_SECONDS)
        size, lines, first = await reading
        seconds = time.monotonic() - began
    return {
        "lines": lines,
        "megabytes": round(size / MEGABYTE, 1),
        "seconds": round(seconds, 2),
        "first_byte_s": round(first - began, 2),
        "before_mb": round(before, 1),
        "growth_mb": round(peak - before, 1),
        **{f"others_{name}": value for name, value in milliseconds(waits).items()},
    }


async def _read(client: httpx.AsyncClient, address: str) -> tuple[int, int, float]:
    """Read a file without keeping it; return its size, its lines, and its begin."""
    size = lines = 0
    first = float("inf")
    async with client.stream("GET", address, timeout=PATIENCE_SECONDS) as answer:
        answer.raise_for_status()
        async for part in answer.aiter_raw():
            first = min(first, time.monotonic())
            size += len(part)
            lines += part.count(b"\n")
    return size, lines, first
