"""Rescoring by a changed rule: assessments a second, each published anew."""

from __future__ import annotations

import asyncio
import os
import sys
import time

from tests.bench import requests
from tests.bench.generator import Job
from tests.bench.report import Result, Row
from tests.bench.scale import Scale
from tests.bench.stand import NotMeasured, drain, generate, running
from tests.system import Infrastructure, System

RECORDS = 1_000
STRICTER = '[reqol10.missing]\nmost = 0\nrule = "prorate"\n'


async def measure(infrastructure: Infrastructure, scale: Scale) -> Result:
    """Store assessments, change what the site sets, and score all of them again."""
    async with running(infrastructure, "rescore", ["measures"]) as system:
        await _fill(system, scale.rescored)
        await drain(system, "measures")
        began = time.monotonic()
        await _rescore(system)
        seconds = time.monotonic() - began
        [row] = await system.fetch(
            "measures", "select count(*) from audit where subject = 'rescore'"
        )
        if row[0] != scale.rescored:
            msg = f"{row[0]} of {scale.rescored} were scored anew"
            raise NotMeasured(msg)
        details = {"seconds": round(seconds, 1), **await drain(system, "measures")}
    rate = scale.rescored / seconds
    return Result([Row("rescore", "assessments", "records/s", [rate])], details)


async def _fill(system: System, count: int) -> None:
    token = system.token("T01", "partner")
    batches = requests.batches(requests.assessments(count), RECORDS)
    job = Job(
        port=system.services["measures"].port,
        requests=[requests.post("/assessments/batch", b, token) for b in batches],
        connections=2,
        seconds=600,
        warm_up_seconds=0,
        statuses=frozenset({b"200"}),
        marker=b'"status":"stored"',
        markers=RECORDS,
    )
    await generate(system.infrastructure.folder, job)


async def _rescore(system: System) -> None:
    site = system.infrastructure.folder / "site.toml"
    await asyncio.to_thread(site.write_text, STRICTER)
    environment = system.environment("measures") | {"MEASURES_SITE": str(site)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.measures.rescore",
        env=os.environ | environment,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    if process.returncode:
        raise NotMeasured(told.decode()[-500:])
