"""The worker that announces when a story's consent has expired."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import structlog
from fastapi import FastAPI

from services.stories import queries
from services.stories.queries import Step
from services.stories.rules import consent
from services.stories.rules.states import StoryAddress
from services.stories.settings import Settings
from shared.access import Caller
from shared.database import Database
from shared.problems import DATABASE_AWAY, Unavailable

AT_ONCE = 200
SUBJECT = "expiry"
# An announced expiry is no longer there.
EXPIRED = """
select id, organisation from story
where expires_on <= $1 order by expires_on limit $2
"""

FAILURES: tuple[type[Exception], ...] = (
    *DATABASE_AWAY,
    asyncpg.PostgresError,
    Unavailable,
)

log = structlog.get_logger()


class Expiry:
    """Announces expired consents, for as long as the process lives.

    The text is refused from the first moment of the day without it; what this does is
    to take the story's codes back from the topic, and so from all indicators. Any
    number of processes may do so: an expiry is announced by whoever is first.
    """

    def __init__(self, app: FastAPI) -> None:
        self._settings: Settings = app.state.settings
        self._database: Database = app.state.database
        self.is_connected = False

    async def run(self) -> None:
        """Work until cancelled."""
        text_url = self._settings.text_url
        while True:
            try:
                today = consent.day_of(datetime.now(UTC))
                while await announce_expired(self._database, text_url, today):
                    pass
                self.is_connected = True
            except FAILURES as error:
                self.is_connected = False
                log.warning("expiry_waits", error=type(error).__name__)
            await asyncio.sleep(self._settings.expiry_seconds)


async def announce_expired(
    database: Database, text_url: Callable[[UUID], str], today: date
) -> int:
    """Announce stories whose consent has expired by `today`; return how many."""
    rows = await database.fetch(EXPIRED, today, AT_ONCE)
    for row in rows:
        story, owner = row["id"], row["organisation"]
        await queries.change_story(
            database,
            queries.writing_stories(Caller(SUBJECT, owner, frozenset())),
            StoryAddress(story, owner, text_url(story)),
            Step("consent-changed", lambda kept: consent.expired(kept, today)),
        )
    return len(rows)
