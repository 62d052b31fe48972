"""What changed, as of when, for those who listen: one look a process, told to all.

A stream carries no figures. A listener keeps no queue: whoever is slow is told the
newest only, which is all there is to know.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel, Field

from services.aggregation import queries
from services.aggregation.settings import Settings
from shared import stopping
from shared.database import Database
from shared.problems import DATABASE_AWAY, Unavailable

log = structlog.get_logger()


class Update(BaseModel):
    """Of what moment figures are; those of before may be out of date."""

    as_of: datetime | None = Field(
        description="The moment of the newest message in them"
    )
    is_late: bool = Field(description="Whether messages wait that are not in them yet")

    @property
    def id(self) -> str:
        """Return what a listener sends as `Last-Event-ID` to go on from here."""
        moment = self.as_of.isoformat() if self.as_of else "nothing"
        return f"{moment}/late" if self.is_late else moment


class Updates:
    """Looks every few seconds whether figures changed, for all who listen.

    Attributes:
        newest: What was found last.
        listeners: How many listen to this process.
    """

    is_connected = True

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._found = asyncio.Event()
        self.listeners = 0
        self.newest: Update | None = None

    async def run(self) -> None:
        """Look for as long as the process lives."""
        while True:
            await self._look()
            if stopping.is_asked():
                self._tell()
            await asyncio.sleep(self._settings.updates_interval_seconds)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one of the places of those who listen.

        Raises:
            Unavailable: 503, too many listen.
        """
        if self.listeners >= self._settings.updates_most_listeners:
            raise Unavailable("Too many listen. Look again now and then.")
        self.listeners += 1
        try:
            yield
        finally:
            self.listeners -= 1

    async def follow(self, last: str | None) -> AsyncGenerator[Update]:
        """Yield each change after `last`, and the newest at once if it is another."""
        while not stopping.is_asked():
            found, newest = self._found, self.newest
            if newest is not None and newest.id != last:
                last = newest.id
                yield newest
            await found.wait()

    async def _look(self) -> None:
        late_after = timedelta(seconds=self._settings.updates_late_seconds)
        try:
            as_of, is_late = await queries.lateness(self._database, late_after)
        except DATABASE_AWAY as error:
            log.info("updates_not_seen", error=type(error).__name__)
            return
        update = Update(as_of=as_of, is_late=is_late)
        if self.newest is None or update.id != self.newest.id:
            self.newest = update
            self._tell()

    def _tell(self) -> None:
        self._found.set()
        self._found = asyncio.Event()
