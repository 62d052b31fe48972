"""How the sample is sent over connections that close and to services that are busy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from deploy.local.sample.client import Call, Caller, Client, SampleRefused
from deploy.local.sample.wire import Wire

GOOD, BUSY = "200 OK", "503 Service Unavailable"
CALL = Call("goals", "measures", "POST", "/goals", Caller("X0A0N"), {})


@asynccontextmanager
async def closing_service(*statuses: str) -> AsyncIterator[str]:
    """Serve one answer a connection, then close it without having said so."""
    async with counting_service(statuses, []) as url:
        yield url


@asynccontextmanager
async def counting_service(
    statuses: Sequence[str], answered: list[str]
) -> AsyncIterator[str]:
    """Do so, and note what was answered."""
    waiting = iter(statuses)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        answered.append(next(waiting))
        head = f"HTTP/1.1 {answered[-1]}\r\nContent-Length: 2\r\n\r\n{{}}"
        writer.write(head.encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def token_for(org: str, roles: Sequence[str], subject: str) -> str:
    return "/".join((org, *roles, subject))


async def write(url: str) -> None:
    wire = Wire(connections=1, timeout_seconds=5)
    client = Client(wire, {"measures": url}, token_for, retry_after_seconds=0.01)
    try:
        await client.write(CALL)
    finally:
        wire.close()


async def test_a_connection_that_was_closed_is_opened_anew() -> None:
    wire = Wire(connections=1, timeout_seconds=5)
    try:
        async with closing_service(*[GOOD] * 3) as url:
            for _ in range(3):
                answer = await wire.call("POST", url, {}, b"{}")
                assert answer.is_good
    finally:
        wire.close()


async def test_a_busy_service_is_asked_again() -> None:
    answered: list[str] = []
    async with counting_service([BUSY, BUSY, GOOD], answered) as url:
        await write(url)
    assert answered == [BUSY, BUSY, GOOD]


async def test_a_service_that_stays_busy_is_told() -> None:
    async with closing_service(*[BUSY] * 9) as url:
        with pytest.raises(SampleRefused, match="/goals: 503"):
            await write(url)
