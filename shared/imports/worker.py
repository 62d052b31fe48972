"""The worker that carries imports on, one step after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from fastapi import FastAPI

from shared import metrics, stopping
from shared.database import Database
from shared.imports import jobs
from shared.imports.resources import Resource
from shared.imports.settings import ImportSettings
from shared.imports.steps import Importing, step
from shared.problems import DATABASE_AWAY, place

MOST_FAILURES = 20
PAUSE_SECONDS = 0.5
CLEAN_SECONDS = 60.0
SENTENCE_STOPPED = "The upload stopped before the end of the file. Send it again."
SENTENCE_OUR_FAULT = (
    "Something went wrong on our side. The rows read so far are dealt with; send the"
    " file again later: nothing is stored twice."
)

log = structlog.get_logger()


def state_of(resources: Mapping[str, Resource[Any]]) -> dict[str, Any]:
    """Return what a service with imports keeps in its app's state."""
    return {
        "imports": resources,
        "import_uploaded": asyncio.Event(),
        "import_followers": set(),
    }


class ImportWorker:
    """Carries on whatever import waits, for as long as the process lives.

    Any number of processes may do so: each locks the import it works on, step by step.

    Attributes:
        uploaded: Set after an upload, to begin at once.
    """

    def __init__(self, app: FastAPI) -> None:
        stopping.watch()
        settings: ImportSettings = app.state.settings
        self._settings = settings
        self._database: Database = app.state.database
        self._importing = Importing(settings, settings.identity, app.state.imports)
        self._cleaned_at = float("-inf")
        self.uploaded: asyncio.Event = app.state.import_uploaded
        self.is_connected = False

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self._work()
            except Exception as error:
                self.is_connected = False
                metrics.IMPORT_FAILURES.inc()
                log.warning(
                    "import_step_failed", error=type(error).__name__, at=place(error)
                )
                await self._note_failure(self._importing.current)

    async def _work(self) -> None:
        while True:
            worked = await step(self._database, self._importing)
            self.is_connected = True
            if time.monotonic() - self._cleaned_at > CLEAN_SECONDS:
                hours = self._settings.imports_upload_hours
                await jobs.clean(self._database, hours, SENTENCE_STOPPED)
                self._cleaned_at = time.monotonic()
            if not worked:
                await self._rest()

    async def _rest(self) -> None:
        self.uploaded.clear()
        try:
            async with asyncio.timeout(self._settings.imports_interval_seconds):
                await self.uploaded.wait()
        except TimeoutError:
            return

    async def _note_failure(self, job: UUID | None) -> None:
        """Give up an import that fails again and again while the database is there."""
        await asyncio.sleep(PAUSE_SECONDS)
        if job is None:
            return
        try:
            if await jobs.note_failure(self._database, job) >= MOST_FAILURES:
                days = self._settings.imports_rejected_days
                await jobs.fail(self._database, job, SENTENCE_OUR_FAULT, 0, days)
        except DATABASE_AWAY as error:
            log.warning("database_away", error=type(error).__name__)
