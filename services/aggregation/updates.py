"""What changed, as of when, for those who listen: one look a process, told to all.

A stream carries no figures. A listener keeps no queue: whoever is slow is told the
newest only, which is all there is to know.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
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
    select coalesce(json_agg(latest), '[]') from (
      select distinct on (scope) scope, number, as_of from release
      order by scope, number desc
    ) latest
  ) as latest, (
    select coalesce(json_agg(made order by number), '[]') from (
      select number, scope, changed from release where number > $2
      order by number desc limit $3
    ) made
  ) as made
from progress
"""
MOST_REMEMBERED = 1_000


class Update(BaseModel):
    """What is newest: releases for everybody, the moment for those who work here.

    The moment of the newest message is not told to everybody: who watches it could tell
    when somebody came. Nor is it told to anybody what changed between releases: where
    the figure that is shown stays the same, it would say that a hidden count changed.
    """

    releases: dict[str, int] = Field(description="Latest of each scope, by its name")
    released_as_of: dict[str, datetime | None] = Field(
        {}, description="Of what moment that is"
    )
    changed: dict[str, list[str]] | None = Field(
        None,
        description="By scope, the indicators of which releases changed a shown figure"
        " since what the listener knows; null where that cannot be said: look at all",
    )
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


@dataclass(slots=True)
class Memory:
    """Which indicators the latest releases changed.

    Attributes:
        since: All releases with a higher number are remembered, and no others.
        newest: The highest number.
    """

    made: list[tuple[int, str, list[str]]] = field(default_factory=list)
    since: int = 0

    @property
    def newest(self) -> int:
        """Return the highest number that is known of."""
        return self.made[-1][0] if self.made else self.since

    def add(self, made: Sequence[tuple[int, str, list[str]]]) -> None:
        """Remember further releases, in order, and forget the oldest."""
        if len(made) >= MOST_REMEMBERED:
            self.made = []
            self.since = made[0][0] - 1
        self.made += made
        for number, _, _ in self.made[:-MOST_REMEMBERED]:
            self.since = number
        del self.made[:-MOST_REMEMBERED]

    def changed(self, last: str | None) -> dict[str, list[str]] | None:
        """Return what changed after an event, by its id; None where it is unknown."""
        number = (last or "").partition("/")[0]
        if not re.fullmatch(r"[0-9]{1,18}", number):
            return None
        if not self.since <= int(number) <= self.newest:
            return None
        found: dict[str, set[str]] = {}
        for nth, scope, codes in self.made:
            if nth > int(number) and codes:
                found.setdefault(scope, set()).update(codes)
        return {scope: sorted(codes) for scope, codes in sorted(found.items())}


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
        self._memory = Memory()

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
                changed = self._memory.changed(last)
                last = update.id
                yield update.model_copy(update={"changed": changed})
            await found.wait()

    async def _look(self) -> None:
        late_after = timedelta(seconds=self._settings.updates_late_seconds)
        try:
            [row] = await self._database.fetch(
                LOOK, late_after, self._memory.newest, MOST_REMEMBERED
            )
        except DATABASE_AWAY as error:
            log.info("updates_not_seen", error=type(error).__name__)
            return
        made = json.loads(row["made"])
        self._memory.add([(m["number"], m["scope"], m["changed"]) for m in made])
        latest = json.loads(row["latest"])
        public = Update(
            releases={one["scope"]: one["number"] for one in latest},
            released_as_of={one["scope"]: one["as_of"] for one in latest},
        )
        now = {"as_of": row["as_of"], "is_late": row["is_late"]}
        seen = Seen(public, public.model_copy(update=now))
        if seen != self.newest:
            self.newest = seen
            self._tell()

    def _tell(self) -> None:
        self._found.set()
        self._found = asyncio.Event()
