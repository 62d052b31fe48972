"""Import of a CSV file of referrals: rows a second, and the memory of the service."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Iterator

import httpx

from tests.bench.report import Result, Row, milliseconds
from tests.bench.scale import Scale
from tests.bench.stand import (
    CpuMeter,
    NotMeasured,
    drain,
    resident_mb,
    running,
)
from tests.integration.imports.sending import CSV, a_row
from tests.system import Infrastructure, System

LOOK_SECONDS = 0.1
ROWS_AT_ONCE = 1_000
PATIENCE_SECONDS = 900.0


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Send one file of new referrals; look at memory and at other requests meanwhile.

    The rate counts from the end of the upload to the end of the import.
    """
    async with running(infrastructure, "imports", ["intake"]) as system:
        details, peak, rate = await _import(system, scale.imported)
    rows = [
        Row("imports", "rows of referrals", "rows/s", [rate], at_least=10_000),
        Row("imports", "intake, while importing", "MB", [peak], at_most=150),
    ]
    return Result(rows, details)


async def _import(system: System, count: int) -> tuple[dict[str, object], float, float]:
    process = system.services["intake"]
    meter = CpuMeter(
        {"app": process.child, "postgres": system.infrastructure.postgres.child}
    )
    meter.start()
    peak, waits = resident_mb(process.child), list[float]()
    async with system.client("intake", system.token("T01", "partner")) as client:
        began = time.monotonic()
        sending = asyncio.create_task(_send(client, count))
        while not sending.done():
            peak = max(peak, resident_mb(process.child))
            await asyncio.sleep(LOOK_SECONDS)
        location, sent = await sending, time.monotonic()
        while True:
            asked = time.monotonic()
            job = (await client.get(location)).json()
            waits.append(time.monotonic() - asked)
            peak = max(peak, resident_mb(process.child))
            if job["state"] in ("done", "failed"):
                break
            if asked - sent > PATIENCE_SECONDS:
                raise NotMeasured("the import takes too long")
            await asyncio.sleep(LOOK_SECONDS)
    ended = time.monotonic()
    if job["stored"] != count:
        raise NotMeasured(f"stored {job['stored']}: {job['error']}")
    details = {
        "rows": count,
        "megabytes": round(job["size_bytes"] / 1e6, 1),
        "upload_s": round(sent - began, 2),
        "import_s": round(ended - sent, 2),
        "other_requests": milliseconds(waits),
        "cpu_us_per_row": meter.used(count),
        **await drain(system, "intake"),
    }
    return details, peak, count / (ended - sent)


async def _send(client: httpx.AsyncClient, count: int) -> str:
    answer = await client.post(
        "/imports?resource=referrals",
        content=_file(count),
        headers=CSV,
        timeout=PATIENCE_SECONDS,
    )
    if answer.status_code != 202:
        raise NotMeasured(f"the upload was answered with {answer.status_code}")
    return str(answer.headers["location"])


async def _file(count: int) -> AsyncIterator[bytes]:
    for part in _parts(count):
        yield part


def _parts(count: int) -> Iterator[bytes]:
    """Yield a file of as many referrals, some rows at a time."""
    row = a_row(own_words="They said: come in, and somebody walked with me.")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(row)
    for number in range(count):
        row |= {"reference": f"I-{number:07}", "local_id": f"P{number:07}"}
        writer.writerow(row.values())
        if number % ROWS_AT_ONCE == ROWS_AT_ONCE - 1 or number == count - 1:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
