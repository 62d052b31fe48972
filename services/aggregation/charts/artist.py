"""Has charts drawn: starts the drawing process when one is asked for, and ends it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

import structlog

from shared.problems import Unavailable

ROOT = Path(__file__).parents[3]
IDLE_SECONDS = 60.0
LOOK_SECONDS = 5.0
PATIENCE_SECONDS = 20.0
MOST_WAITING = 16
MOST_KEPT_BYTES = 1_000_000
LONGEST_LINE = 1_000_000

log = structlog.get_logger()
Specification = dict[str, Any]


class Artist:
    """Draws one chart at a time, and remembers the latest by what is in them.

    Attributes:
        is_connected: Always: pages stand without charts.
        kept_bytes: Size of the drawings that are remembered.
    """

    is_connected = True

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._used_at = 0.0
        self._kept: OrderedDict[str, str] = OrderedDict()
        self.kept_bytes = 0

    @property
    def process_id(self) -> int | None:
        """Return the id of the drawing process, if there is one."""
        return self._process.pid if self._process else None

    async def run(self) -> None:
        """End the process once nobody has asked it for a while, and at the end."""
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                if time.monotonic() - self._used_at > IDLE_SECONDS:
                    async with self._turn:
                        await self.close()
        finally:
            await self.close()

    async def draw(self, specification: Specification) -> str:
        """Return a chart as SVG.

        Raises:
            Unavailable: 503, it cannot be drawn now; its table says the same.
        """
        line = json.dumps(specification, separators=(",", ":"))
        name = digest_of(line)
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        if self._waiting >= MOST_WAITING:
            raise Unavailable("Many charts are being drawn. Try again shortly.")
        self._waiting += 1
        try:
            async with self._turn:
                return self._kept.get(name) or self._keep(name, await self._ask(line))
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _ask(self, line: str) -> str:
        was_there = self._process is not None
        try:
            svg = await self._answer(line)
        except ConnectionError as error:
            # One that ended unnoticed since the last chart is followed by another.
            if was_there:
                return await self._ask(line)
            raise Unavailable("Charts cannot be drawn now.") from error
        except (OSError, TimeoutError, ValueError) as error:
            log.warning("chart_not_drawn", error=type(error).__name__)
            raise Unavailable("The chart cannot be drawn now.") from error
        if svg is None:
            raise Unavailable("The chart cannot be drawn.")
        return svg

    async def _answer(self, line: str) -> str | None:
        is_answered = False
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                process = self._process = self._process or await _start()
                svg = await _exchange(process, line)
            is_answered = True
        finally:
            # An answer that nobody waits for would be taken for the next one.
            if not is_answered:
                await self.close()
        self._used_at = time.monotonic()
        return svg

    def _keep(self, name: str, svg: str) -> str:
        self._kept[name] = svg
        self.kept_bytes += len(svg)
        while self.kept_bytes > MOST_KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self.kept_bytes -= len(oldest)
        return svg


def digest_of(line: str) -> str:
    """Return a name for what is drawn: the same content has the same name."""
    return hashlib.sha256(line.encode()).hexdigest()[:32]


async def _start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.aggregation.charts.drawing",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
    )


async def _exchange(process: asyncio.subprocess.Process, line: str) -> str | None:
    """Send one line and return the answer to it."""
    asked, answered = process.stdin, process.stdout
    if asked is None or answered is None:
        msg = "the drawing process has no pipes"
        raise OSError(msg)
    asked.write(line.encode() + b"\n")
    await asked.drain()
    answer = await answered.readline()
    if not answer:
        raise ConnectionResetError
    svg: str | None = json.loads(answer)
    return svg
