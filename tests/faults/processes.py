"""Ends, freezes and doubles the processes of a system."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import httpx

from deploy.local.child import Child
from deploy.local.processes import WebProcess
from tests.system import System, free_settings, until


@contextmanager
def frozen(child: Child) -> Iterator[None]:
    """Stop a process where it stands, and let it go on at the end."""
    assert child.process_id is not None
    os.kill(child.process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(child.process_id, signal.SIGCONT)


@asynccontextmanager
async def second_process(
    system: System, service: str, **extra: str
) -> AsyncIterator[WebProcess]:
    """Start one more process of a service, on a port of its own."""
    settings = free_settings(system.infrastructure.folder / f"{system.name}-second")
    process = system.process(service, settings)
    process.child.environment = {**process.child.environment, **extra}
    await process.start()
    try:
        yield process
    finally:
        await process.stop()


async def start_unready(process: WebProcess) -> None:
    """Start a process that cannot be ready yet, and wait until it answers."""
    process.child.start()
    url = f"http://127.0.0.1:{process.port}/healthz"

    async def answers() -> bool:
        async with httpx.AsyncClient(verify=False) as client:
            try:
                return (await client.get(url)).status_code == 200
            except httpx.TransportError:
                return False

    await until(answers, f"{process.name} answers")


async def restart(process: WebProcess, **extra: str) -> None:
    """Stop a process and start it again, with these variables added for this time."""
    await process.stop()
    plain = process.child.environment
    process.child.environment = {**plain, **extra}
    await process.start()
    process.child.environment = plain


async def metric(port: int, name: str) -> float:
    """Return a metric of a process, all labels together."""
    async with httpx.AsyncClient(verify=False, timeout=30) as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    found = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
    return sum(map(float, found))


@asynccontextmanager
async def superuser(system: System) -> AsyncIterator[asyncpg.Connection]:
    """Open a connection that may do everything, to a service's server."""
    connection = await system.infrastructure.postgres._connect()
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def offsets_held(system: System) -> AsyncIterator[None]:
    """Let no batch of aggregation store its offsets, and so none be committed."""
    connection = await asyncpg.connect(system.databases["aggregation"])
    try:
        async with connection.transaction():
            await connection.execute("select * from projection_offset for update")
            yield
    finally:
        await connection.close()
