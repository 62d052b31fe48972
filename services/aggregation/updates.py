"""What changed, as of when, for those who listen: one look a process, told to all.

A stream carries no figures. A listener keeps no queue: whoever is slow is told the
newest only, which is all there is to know.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel, Field

from services.aggregation.settings import Settings
from shared import stopping
from shared.database import Database
from shared.problems import DATABASE_AWAY, Unavailable

log = structlog.get_logger()

LOOK = """
select as_of, not is_counted or exists (
    select from stale where occurred_at < now() - $1::interval
  ) as is_late, (
    select coalesce(json_object_agg(scope, number), '{}')
    from (select scope, max(number) as number from release group by scope) latest
  ) as releases
from progress
"""


class Update(BaseModel):
    """What is newest: releases for everybody, the moment for those who work here.

    The moment of the newest message is not told to everybody: who watches it could tell
    when somebody came.
    """

    releases: dict[str, int] = Field(description="Latest of each scope, by its name")
    as_of: datetime | None = Field(None, description="Moment of the newest message")
    is_late: bool | None = Field(
        None, description="Whether messages wait that are not counted yet"
    )

    @property
    def id(self) -> str:
        """Return what a listener sends as `Last-Event-ID` to go on from here."""
        release = f"{max(self.releases.values(), default=0)}"
        moment = f"/{self.as_of.isoformat()}" if self.as_of else ""
        return f"{release}{moment}/late" if self.is_late else release + moment


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at one look, as everybody and as those who work here are told."""

    public: Update
    inside: Update

    def by(self, *, is_inside: bool) -> Update:
        """Return what a listener is told."""
        return self.inside if is_inside else self.public


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
        self.newest: Seen | None = None

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

    async def follow(
        self, last: str | None, *, is_inside: bool
    ) -> AsyncGenerator[Update]:
        """Yield each change after `last`, and the newest at once if it is another."""
        while not stopping.is_asked():
            found = self._found
            update = self.newest.by(is_inside=is_inside) if self.newest else None
            if update is not None and update.id != last:
                last = update.id
                yield update
            await found.wait()

    async def _look(self) -> None:
        late_after = timedelta(seconds=self._settings.updates_late_seconds)
        try:
            [row] = await self._database.fetch(LOOK, late_after)
        except DATABASE_AWAY as error:
            log.info("updates_not_seen", error=type(error).__name__)
            return
        public = Update(releases=json.loads(row["releases"]))
        now = {"as_of": row["as_of"], "is_late": row["is_late"]}
        seen = Seen(public, public.model_copy(update=now))
        if seen != self.newest:
            self.newest = seen
            self._tell()

    def _tell(self) -> None:
        self._found.set()
        self._found = asyncio.Event()
