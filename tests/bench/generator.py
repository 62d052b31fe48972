"""The load generator: a process of its own that costs the machine little.

Requests are bytes made beforehand; a connection sends the next one when the answer to
the last is there (no pipelining), or, with a rate, each request has its moment.
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import resource
import sys
import time
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(frozen=True)
class Job:
    """What to send where, and what every answer must look like.

    Attributes:
        seconds: How long to measure, after `warm_up_seconds` that do not count.
        statuses: Answers that are right.
        marker: Bytes that the answer's body must hold exactly `markers` times.
        rate: Requests a second, each at its moment; None: as fast as answers come.
    """

    port: int
    requests: list[bytes]
    connections: int
    seconds: float
    warm_up_seconds: float = 1.0
    statuses: frozenset[bytes] = frozenset({b"201"})
    marker: bytes = b""
    markers: int = 0
    rate: float | None = None


@dataclass
class Outcome:
    """What was measured.

    Attributes:
        began: Moment (monotonic, the machine's) at which the first request was due;
            with a rate, the others follow from it.
        latencies: Seconds from due to answered, of the requests that count.
        total: Answers, warm-up included.
        seconds: From the first answer that could count to the last that did.
        cpu_share: Share of one core that the generator itself took.
    """

    began: float = 0.0
    latencies: array[float] = field(default_factory=lambda: array("d"))
    total: int = 0
    seconds: float = 0.0
    cpu_share: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Run:
    """One job at work: hands requests to connections and keeps the times."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.outcome = Outcome()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left: Iterator[bytes] = iter(job.requests)
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._idle: deque[Connection] = deque()
        self._busy = 0
        self._is_fed = False
        self._begins = self._ends = 0.0

    async def measure(self) -> Outcome:
        """Open the connections, do the job, return what came of it."""
        loop = asyncio.get_running_loop()
        for _ in range(self.job.connections):
            await loop.create_connection(
                lambda: Connection(self), "127.0.0.1", self.job.port
            )
        connections, self._idle = self._idle, deque()
        before, began = cpu_seconds(), time.monotonic()
        self.outcome.began = began
        self._begins = began + self.job.warm_up_seconds
        self._ends = self._begins + self.job.seconds
        if self.job.rate:
            self._idle = connections
            feeding = asyncio.create_task(self._feed(began, 1 / self.job.rate))
        else:
            for connection in connections:
                self.next_for(connection)
        await self.over
        if self.job.rate:
            await feeding
        wall = time.monotonic() - began
        self.outcome.cpu_share = (cpu_seconds() - before) / wall
        return self.outcome

    async def _feed(self, began: float, interval: float) -> None:
        for number, request in enumerate(self._left):
            due = began + number * interval
            if due > self._ends:
                break
            ahead = due - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)
            self._waiting.append((due, request))
            if self._idle:
                # In turn, or the server would close those that wait for long.
                self.next_for(self._idle.popleft())
        self._is_fed = True
        self._end_if_done()

    def _end_if_done(self) -> None:
        if not self._busy and not self._waiting and not self.over.done():
            self.over.set_result(None)

    def next_for(self, connection: Connection) -> None:
        """Give a free connection its next request, if there is one."""
        if self.job.rate:
            if not self._waiting:
                self._idle.append(connection)
                if self._is_fed:
                    self._end_if_done()
                return
            due, request = self._waiting.popleft()
        else:
            due = time.monotonic()
            found = next(self._left, None) if due < self._ends else None
            if found is None:
                self._end_if_done()
                return
            request = found
        self._busy += 1
        connection.send(due, request)

    def answered(self, connection: Connection, status: bytes, body: bytes) -> None:
        """Keep the time of an answer and check it."""
        now = time.monotonic()
        self._busy -= 1
        outcome, job = self.outcome, self.job
        outcome.total += 1
        is_marked = not job.marker or body.count(job.marker) == job.markers
        if status not in job.statuses or not is_marked:
            outcome.wrong.append(f"{status.decode()} {body[:500]!r}")
        if self._begins <= now <= self._ends:
            outcome.latencies.append(now - connection.due)
            outcome.seconds = now - self._begins
        self.next_for(connection)

    def idle(self, connection: Connection) -> None:
        """Take in a connection that was just opened."""
        self._idle.append(connection)

    def lost(self) -> None:
        """Give up: a connection that the server closes means a broken measure."""
        if not self.over.done():
            self.over.set_exception(ConnectionError("the server closed a connection"))


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way at most."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._received = bytearray()
        self._wanted = 0
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._run.idle(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._run.lost()

    def send(self, due: float, request: bytes) -> None:
        """Send a request that was due at a moment."""
        self.due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        if not self._wanted:
            head = received.find(HEAD_END)
            if head < 0:
                return
            at = received.lower().find(LENGTH, 0, head) + len(LENGTH)
            length = int(received[at : received.find(b"\r\n", at)])
            self._wanted = head + len(HEAD_END) + length
        if len(received) < self._wanted:
            return
        answer = bytes(received)
        received.clear()
        self._wanted = 0
        body = answer[answer.find(HEAD_END) + len(HEAD_END) :]
        self._run.answered(self, answer[9:12], body)


def cpu_seconds() -> float:
    """Return the processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _measure(job: Job) -> Outcome:
    return await Run(job).measure()


def main(given: Path, result: Path) -> None:
    """Do the pickled job and write down what was measured."""
    job: Job = pickle.loads(given.read_bytes())
    gc.freeze()
    gc.disable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(_measure(job))
    result.write_bytes(pickle.dumps(outcome))


if __name__ == "__main__":
    # Pickles name the module, so that the classes are those of the importing process.
    from tests.bench import generator

    generator.main(Path(sys.argv[1]), Path(sys.argv[2]))
