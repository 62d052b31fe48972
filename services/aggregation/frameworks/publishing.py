"""Publishes frameworks: what a steward sends, and the files of the installation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import structlog
from fastapi import FastAPI

from services.aggregation.frameworks import queries
from services.aggregation.frameworks.definition import FrameworkIn
from services.aggregation.frameworks.faults import Known, faults_of
from services.aggregation.frameworks.reading import read_framework
from services.aggregation.frameworks.versions import Version, name_of
from services.aggregation.indicators import INDICATORS
from services.aggregation.problems import FrameworkRefused
from shared.access import Caller
from shared.database import Database
from shared.identity import Identity
from shared.problems import DATABASE_AWAY, Problem, Stale

PAUSE_SECONDS = 1.0
MOST_ATTEMPTS = 5

log = structlog.get_logger()


async def publish(
    database: Database,
    identity: Identity,
    content: FrameworkIn,
    before: list[Version],
    caller: Caller,
) -> list[Version]:
    """Publish a version after those before it; return all that there are then.

    Raises:
        FrameworkRefused: 422, with all that is wrong with it.
        Stale: 412, another version was published meanwhile.
    """
    known = await _known_for(database, content, before)
    if faults := faults_of(content, known):
        raise FrameworkRefused.of(faults)
    record = identity.entity_id("", "framework", content.id)
    await queries.publish_framework(database, content, before, caller, record)
    found = await queries.versions(database, content.id)
    if name_of(content) not in {version.name for version in found}:
        raise Stale("Another version was published meanwhile. Read it first.")
    return found


async def _known_for(
    database: Database, content: FrameworkIn, before: list[Version]
) -> Known:
    shared = None
    if content.shared is not None:
        compared = await queries.versions(database, content.shared)
        shared = (
            [one.code for one in compared[-1].content.outcomes()] if compared else None
        )
    return Known(INDICATORS, before, shared, today())


def today() -> date:
    """Return the day it is, in UTC."""
    return datetime.now(UTC).date()


def read_files(folder: Path | None) -> list[FrameworkIn]:
    """Read a folder's frameworks: the shared ones first, then in order of time.

    Raises:
        ValueError: a file is no framework; what is wrong with it is said.
        OSError: the folder is not there.
    """
    if folder is None:
        return []
    paths = [path for path in folder.iterdir() if path.suffix == ".yaml"]
    found = [_read_file(path) for path in sorted(paths)]
    return sorted(found, key=lambda one: (one.shared is not None, one.valid_from))


def _read_file(path: Path) -> FrameworkIn:
    try:
        return read_framework(path.read_bytes())
    except Problem as problem:
        raise ValueError(f"{path.name}: {_told(problem)}") from problem


def _told(problem: Problem) -> str:
    faults = [f"{one.pointer or '/'}: {one.detail}" for one in problem.errors]
    return " ".join([problem.detail, *faults])


class FrameworkFiles:
    """Publishes what the installation's files say and no version says yet, at start.

    Any number of processes may: what is there already is left as it is. A file that the
    versions in the database leave no room for is told in the log, and they stand.
    """

    def __init__(self, app: FastAPI, frameworks: Sequence[FrameworkIn]) -> None:
        self._app = app
        self._frameworks = frameworks
        self.is_connected = False

    async def run(self) -> None:
        """Publish them once; wait for a database that is away."""
        while not self.is_connected:
            try:
                for framework in self._frameworks:
                    await self._publish(framework)
                self.is_connected = True
            except DATABASE_AWAY as error:
                log.warning("frameworks_wait", error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _publish(self, content: FrameworkIn) -> None:
        database: Database = self._app.state.database
        identity: Identity = self._app.state.identity
        for _ in range(MOST_ATTEMPTS):
            before = await queries.versions(database, content.id)
            if name_of(content) in {version.name for version in before}:
                return
            try:
                caller = queries.INSTALLATION
                await publish(database, identity, content, before, caller)
            except Stale:
                continue
            except FrameworkRefused as refused:
                log.error("framework_refused", id=content.id, why=_told(refused))
            return
