"""Takes a file in as it arrives, piece by piece, in bounded memory."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import Request

from shared.access import Caller
from shared.database import Database
from shared.imports import jobs
from shared.imports.inspection import Inspection
from shared.imports.problems import TooManyImports
from shared.imports.resources import Resource
from shared.imports.settings import ImportSettings
from shared.imports.worker import SENTENCE_STOPPED
from shared.problems import NotFound
from shared.records import TRACEPARENT


async def receive(
    request: Request,
    database: Database,
    caller: Caller,
    resource: Resource[Any],
    is_dry_run: bool,
) -> asyncpg.Record:
    """Store the body of a request as an import, and return it.

    Of a file that cannot be used, nothing is kept but the reason.

    Raises:
        TooManyImports: 429, the organisation has too many unfinished imports.
    """
    settings: ImportSettings = request.app.state.settings
    sent = request.headers.get("traceparent", "")
    trace = sent if TRACEPARENT.fullmatch(sent) else None
    job = await jobs.begin(
        database,
        caller,
        resource.name,
        is_dry_run,
        trace,
        settings.imports_most_waiting,
    )
    if job is None:
        raise TooManyImports("Wait until your earlier imports are finished.")
    is_whole = False
    try:
        await _take_in(request, database, resource, job)
        is_whole = True
    finally:
        if not is_whole:
            await asyncio.shield(jobs.fail(database, job, SENTENCE_STOPPED))
    uploaded: asyncio.Event = request.app.state.import_uploaded
    uploaded.set()
    found = await jobs.find(database, caller.organisation, job)
    if found is None:
        raise NotFound("The import is gone.")
    return found


async def _take_in(
    request: Request, database: Database, resource: Resource[Any], job: UUID
) -> None:
    inspection = Inspection(resource.columns, resource.reason)
    waiting, number = bytearray(), 0
    async for content in request.stream():
        inspection.feed(content)
        if inspection.fault:
            waiting.clear()
            continue
        waiting += content
        while len(waiting) >= jobs.PIECE_BYTES:
            piece = bytes(waiting[: jobs.PIECE_BYTES])
            del waiting[: jobs.PIECE_BYTES]
            await jobs.add_piece(database, job, number, piece)
            number += 1
    layout = inspection.end()
    if layout is None:
        why = inspection.fault or SENTENCE_STOPPED
        await jobs.fail(database, job, why, inspection.size)
        return
    if waiting:
        await jobs.add_piece(database, job, number, bytes(waiting))
    await jobs.make_ready(database, job, layout, inspection.size)
