"""How soon the demonstration is ready, in a new data folder and again.

The environment is there already: installing packages is not counted. The broker's
files come from the cache of the user where an earlier run has put them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.report import Result, Row
from tests.bench.scale import Scale
from tests.bench.stand import ROOT, NotMeasured
from tests.system import Infrastructure, free_settings

FIRST_SECONDS = 90
AGAIN_SECONDS = 15
PATIENCE_SECONDS = 600.0


async def measure(_: Infrastructure, scale: Scale) -> Result:
    """Run it in new folders, twice in each."""
    ready: list[list[float]] = [[], []]
    shown: list[list[float]] = [[], []]
    for _round in range(scale.demos):
        with tempfile.TemporaryDirectory(prefix="livingwell-demo-") as name:
            home = Path(name) / "home"
            for nth in range(2):
                was_ready, was_shown = await run(home)
                ready[nth].append(was_ready)
                shown[nth].append(was_shown)
    first, again = "first time", "again"
    return Result(
        [
            Row("demo", f"{first}, ready", "s", ready[0], at_most=FIRST_SECONDS),
            Row("demo", f"{first}, view shown and stopped", "s", shown[0]),
            Row("demo", f"{again}, ready", "s", ready[1], at_most=AGAIN_SECONDS),
            Row("demo", f"{again}, view shown and stopped", "s", shown[1]),
        ]
    )


async def run(home: Path) -> tuple[float, float]:
    """Return after how many seconds it said `ready`, and after how many it ended.

    Raises:
        NotMeasured: it failed.
    """
    offset = str(free_settings(home).port_offset)
    environment = os.environ | {
        "LIVINGWELL_HOME": str(home),
        "LIVINGWELL_PORT_OFFSET": offset,
    }
    began, ready = time.monotonic(), 0.0
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.local", "demo", "--exit"),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for line in process.stdout:
                if line.strip() == b"ready":
                    ready = time.monotonic() - began
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if code or not ready:
        msg = f"the demonstration ended with exit code {code}"
        raise NotMeasured(msg)
    return ready, time.monotonic() - began
