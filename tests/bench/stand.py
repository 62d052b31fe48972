"""Where it is measured: one PostgreSQL and one Kafka, processes, and what they use."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.child import Child
from deploy.local.home import Secrets, open_home
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.processes import WebProcess
from tests.bench.generator import Job, Outcome
from tests.system import Infrastructure, System, free_settings, until

ROOT = Path(__file__).parents[2]
MEGABYTE = 1_000_000
PATIENCE_SECONDS = 120.0
DRAIN_SECONDS = 300.0


class NotMeasured(RuntimeError):
    """Something answered wrongly, so the figures would mean nothing."""


@asynccontextmanager
async def open_infrastructure() -> AsyncIterator[Infrastructure]:
    """Start PostgreSQL and Kafka with the settings of the local stack."""
    with tempfile.TemporaryDirectory(prefix="livingwell-bench-") as name:
        folder = Path(name)
        settings = free_settings(folder)
        secrets = Secrets(folder / "secrets.json")
        postgres = Postgres(folder / "postgres", settings.port("postgres"), secrets)
        jars = open_home(ROOT / ".local") / "kafka" / "jars"
        kafka = Kafka(folder / "kafka", settings.port("kafka"), jars=jars)
        try:
            await asyncio.gather(postgres.start(()), kafka.start())
            yield Infrastructure(folder, postgres, kafka)
        finally:
            await kafka.stop()
            await postgres.stop()


@asynccontextmanager
async def running(
    infrastructure: Infrastructure, name: str, services: Sequence[str], **extra: str
) -> AsyncIterator[System]:
    """Start some of the services on databases and topics of their own.

    Args:
        extra: Further settings, by the names of their variables.
    """
    system = System(name, infrastructure, extra=extra)
    try:
        await system.start(services)
        yield system
    finally:
        await system.stop()


@asynccontextmanager
async def serving(process: WebProcess) -> AsyncIterator[WebProcess]:
    """Start one more process, and stop it."""
    try:
        await process.start()
        yield process
    finally:
        await process.stop()


async def run_module(folder: Path, module: str, given: object) -> object:
    """Run `python -m MODULE GIVEN RESULT`; both are pickles.

    Raises:
        NotMeasured: it failed.
    """
    sent, result = folder / "given.pickle", folder / "result.pickle"
    await asyncio.to_thread(sent.write_bytes, pickle.dumps(given))
    result.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, str(sent), str(result), cwd=ROOT
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            code = await process.wait()
        if code:
            msg = f"{module} failed"
            raise NotMeasured(msg)
    finally:
        if process.returncode is None:
            process.kill()
    found: object = pickle.loads(await asyncio.to_thread(result.read_bytes))
    return found


async def generate(folder: Path, job: Job) -> Outcome:
    """Run the load generator.

    Raises:
        NotMeasured: an answer was wrong.
    """
    outcome = await run_module(folder, "tests.bench.generator", job)
    assert isinstance(outcome, Outcome)
    if outcome.wrong:
        msg = f"{len(outcome.wrong)} wrong answers, such as {outcome.wrong[0]}"
        raise NotMeasured(msg)
    return outcome


async def drain(system: System, service: str) -> dict[str, float]:
    """Wait until all is published; say what was left and how long that took."""
    began, query = time.monotonic(), "select count(*) from outbox"
    [row] = await system.fetch(service, query)

    async def is_drained() -> bool:
        [now] = await system.fetch(service, query)
        return bool(now[0] == 0)

    await until(is_drained, "the outbox is empty", DRAIN_SECONDS)
    seconds = round(time.monotonic() - began, 2)
    return {"outbox_left": row[0], "outbox_drained_after_s": seconds}


def processes_of(child: Child) -> list[psutil.Process]:
    """Return a child process and all that it started."""
    if child.process_id is None:
        return []
    top = psutil.Process(child.process_id)
    return [top, *top.children(recursive=True)]


def cpu_seconds(child: Child) -> float:
    """Return the processor time of a child process and all that it started."""
    total = 0.0
    for process in processes_of(child):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def resident_mb(child: Child) -> float:
    """Return the resident memory of a child process and all that it started."""
    return sum(p.memory_info().rss for p in processes_of(child)) / MEGABYTE


@dataclass
class CpuMeter:
    """How much processor time each part takes while something is measured."""

    parts: dict[str, Child]

    def start(self) -> None:
        """Remember what each part has used so far."""
        self._before = {name: cpu_seconds(part) for name, part in self.parts.items()}

    def used(self, per: int) -> dict[str, float]:
        """Return microseconds for each of `per` requests since the start, by part."""
        return {
            name: round((cpu_seconds(part) - self._before[name]) * 1e6 / max(per, 1))
            for name, part in self.parts.items()
        }
