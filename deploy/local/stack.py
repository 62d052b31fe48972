"""The whole stack: started in parallel, kept running, stopped in order."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from rich.console import Console

from deploy.local.errors import StackError
from deploy.local.home import open_home
from deploy.local.lock import only_stack
from deploy.local.parts import Part, Parts, build_parts
from deploy.local.ports import require_free
from deploy.local.settings import LocalSettings

_MOST_DEATHS = 5
_DEATHS_WITHIN_SECONDS = 60.0
_RETRY_SECONDS = 1.0

Then = Callable[[], Awaitable[None]]


async def run_stack(
    settings: LocalSettings, console: Console, then: Then, stop: asyncio.Event
) -> None:
    """Start everything, do `then`, keep everything running until `stop`.

    Raises:
        StackError: a part could not be started, or keeps ending.
    """
    with only_stack(open_home(settings.folder)):
        parts = build_parts(settings)
        for part in parts.all:
            require_free(part.name, settings.port(part.name))
        stack = Stack(parts, console)
        work = asyncio.create_task(stack.run(then))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when="FIRST_COMPLETED")
        finally:
            work.cancel()
            stopped.cancel()
            await asyncio.wait({work, stopped})
            await stack.stop()
        if not work.cancelled():
            work.result()


class Stack:
    """PostgreSQL, Kafka, the issuer and the four services on this machine."""

    def __init__(self, parts: Parts, console: Console) -> None:
        """Take over parts that are not started yet."""
        self._parts = parts
        self._console = console

    async def run(self, then: Then) -> None:
        """Start everything, do `then`, start again whatever ends; until cancelled."""
        parts = self._parts
        kafka = [self._start(parts.kafka)] if parts.kafka else []
        await _together([*kafka, self._start(parts.issuer), self._start_services()])
        self._console.print("[green]everything is up[/green]")
        await _together([then(), *(self._keep(part) for part in parts.all)])

    async def stop(self) -> None:
        """Stop the services together, then what they stand on, one by one."""
        await asyncio.gather(*(service.stop() for service in self._parts.services))
        for part in self._parts.all:
            await part.stop()

    async def _start_services(self) -> None:
        """Start the services once PostgreSQL is there; they wait for Kafka alone."""
        if self._parts.postgres:
            await self._start(self._parts.postgres)
        await _together([self._start(service) for service in self._parts.services])

    async def _start(self, part: Part) -> None:
        began = time.monotonic()
        await part.start()
        self._console.print(f"{part.name} is up ({time.monotonic() - began:.1f} s)")

    async def _keep(self, part: Part) -> None:
        """Start a part again whenever it ends, unless it does so again and again."""
        deaths: deque[float] = deque(maxlen=_MOST_DEATHS)
        while True:
            await part.child.ended()
            self._console.print(part.child.obituary(), markup=False, soft_wrap=True)
            deaths.append(time.monotonic())
            is_full = len(deaths) == _MOST_DEATHS
            if is_full and deaths[-1] - deaths[0] < _DEATHS_WITHIN_SECONDS:
                raise StackError(f"{part.name} keeps ending; gave up")
            try:
                await self._start(part)
            except StackError:
                await part.stop()
                await asyncio.sleep(_RETRY_SECONDS)


async def _together(work: Sequence[Awaitable[None]]) -> None:
    """Do all of it at once; the first failure ends the rest and is raised alone."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
