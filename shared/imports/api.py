"""Endpoints of imports: templates, upload, progress, refused rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import StreamingResponse

from shared import stopping
from shared.access import Partner
from shared.bodies import Limit
from shared.database import Database, InDatabase
from shared.imports import jobs, rejected
from shared.imports.layout import Layout
from shared.imports.problems import NotCsv, RejectedGone, TooManyImports
from shared.imports.resources import Resource
from shared.imports.schemas import (
    ColumnOut,
    ImportOut,
    ImportPage,
    TemplateOut,
    TemplatePage,
)
from shared.imports.uploads import receive
from shared.problems import (
    InvalidContent,
    NotAllowed,
    NotFound,
    NoToken,
    TooManyAtOnce,
    Unavailable,
    documented,
)
from shared.spreadsheets import CSV, START, attachment, lines_of

MOST_FILE_BYTES = 2_000_000_000
LOOK_SECONDS = 0.5
UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {CSV: {"schema": {"type": "string", "format": "binary"}}},
    }
}
ENDED = ("done", "failed")
NO_IMPORT = "You have no import of this id."
CSV_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {}}}}
OWN = documented(NotFound, InvalidContent, NoToken, NotAllowed)

router = APIRouter(prefix="/imports", tags=["imports"])


async def _resources(request: Request) -> dict[str, Resource[Any]]:
    resources: dict[str, Resource[Any]] = request.app.state.imports
    return resources


async def _own(
    import_id: Annotated[UUID, Path()], caller: Partner, database: InDatabase
) -> asyncpg.Record:
    job = await jobs.find(database, caller.organisation, import_id)
    if job is None:
        raise NotFound(NO_IMPORT)
    return job


Resources = Annotated[dict[str, Resource[Any]], Depends(_resources)]
Own = Annotated[asyncpg.Record, Depends(_own)]


def out(job: asyncpg.Record) -> ImportOut:
    """Answer how far an import has come."""
    return ImportOut.model_validate(jobs.values_of(job))


@router.get("/templates")
async def list_templates(resources: Resources) -> TemplatePage:
    """List what can be imported, with every column."""
    return TemplatePage(
        templates=[
            TemplateOut(
                resource=resource.name,
                columns=[
                    ColumnOut(
                        name=column.name,
                        kind=column.kind,
                        required=column.is_required,
                        choices=list(column.choices),
                    )
                    for column in resource.columns
                ],
            )
            for resource in resources.values()
        ]
    )


@router.get(
    "/templates/{resource}.csv",
    response_class=Response,
    responses=CSV_ANSWER | documented(NotFound),
)
async def show_template(resource: str, resources: Resources) -> Response:
    """Show an empty file with the columns of a resource, to be filled in."""
    if resource not in resources:
        known = ", ".join(resources)
        raise NotFound(f"There is no such template; there are: {known}.")
    names = [column.name for column in resources[resource].columns]
    [line] = lines_of([names])
    return attachment(Response(START + line, media_type=CSV), f"{resource}.csv")


@router.post(
    "",
    status_code=202,
    max_body_size=MOST_FILE_BYTES,
    openapi_extra=UPLOAD,
    responses=documented(
        InvalidContent, NotCsv, TooManyAtOnce, TooManyImports, NoToken, NotAllowed
    ),
)
async def start_import(
    resource: Annotated[str, Query(max_length=40)],
    caller: Partner,
    database: InDatabase,
    resources: Resources,
    request: Request,
    response: Response,
    dry_run: bool = False,
) -> ImportOut:
    """Take a CSV file; its rows are stored one by one as if each had been posted.

    The answer comes as soon as all of the file is there. What was stored before counts
    as repeated, so the same file, or one with rows corrected, can be sent again.

    Raises:
        NotCsv: 415, the body is not sent as `text/csv`.
        TooManyImports: 429, the organisation has too many unfinished imports.
    """
    if resource not in resources:
        known = ", ".join(resources)
        raise InvalidContent(f"This cannot be imported here; these can: {known}.")
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != CSV:
        raise NotCsv("Send the file with Content-Type: text/csv.")
    job = await receive(request, database, caller, resources[resource], dry_run)
    response.headers["Location"] = f"/imports/{job['id']}"
    return out(job)


@router.get("", responses=documented(InvalidContent, NoToken, NotAllowed))
async def list_imports(
    caller: Partner,
    database: InDatabase,
    before: UUID | None = None,
    limit: Limit = 100,
) -> ImportPage:
    """List the caller's own imports, newest first."""
    rows = await jobs.imports_before(database, caller.organisation, before, limit)
    return ImportPage(
        imports=[out(row) for row in rows],
        next=rows[-1]["id"] if len(rows) == limit else None,
    )


@router.get("/{import_id}", responses=OWN)
async def read_import(job: Own) -> ImportOut:
    """Read how far an import has come."""
    return out(job)


async def _follower(request: Request, job: Own) -> AsyncIterator[asyncpg.Record]:
    followers: set[object] = request.app.state.import_followers
    if len(followers) >= request.app.state.settings.imports_most_followers:
        raise Unavailable("Too many follow imports. Ask for this one now and then.")
    me = object()
    followers.add(me)
    try:
        yield job
    finally:
        followers.discard(me)


Follower = Annotated[asyncpg.Record, Depends(_follower)]


@router.get(
    "/{import_id}/events",
    response_class=EventSourceResponse,
    responses=OWN | documented(Unavailable),
)
async def follow_import(
    job: Follower, database: InDatabase
) -> AsyncIterator[ServerSentEvent]:
    """Follow an import: an event `progress` with each change, `ended` as the last.

    Raises:
        Unavailable: 503, too many streams are open.
    """
    async for state in changes(database, job):
        is_ended = state.state in ENDED
        yield ServerSentEvent(data=state, event="ended" if is_ended else "progress")


async def changes(database: Database, job: asyncpg.Record) -> AsyncIterator[ImportOut]:
    """Yield an import with each change, until it or the process ends."""
    last: ImportOut | None = None
    while not stopping.is_asked():
        found = await jobs.find(database, job["organisation"], job["id"])
        if found is None:
            return
        now = out(found)
        if now != last:
            yield now
        if now.state in ENDED:
            return
        last = now
        await asyncio.sleep(LOOK_SECONDS)


@router.get(
    "/{import_id}/rejected.csv",
    response_class=Response,
    responses=CSV_ANSWER | OWN | documented(RejectedGone),
)
async def show_rejected(
    job: Own, database: InDatabase, resources: Resources
) -> Response:
    """Show the rows that were not stored, each with the reason, to be corrected.

    The corrected file can be sent as it is: the column of reasons is left out of it.

    Raises:
        RejectedGone: 410, they are no longer kept.
    """
    has_some = job["refused"] + job["conflicted"] > 0
    if has_some and job["state"] in ENDED and job["rejected_until"] is None:
        raise RejectedGone("The refused rows are no longer kept. Send the file again.")
    resource = resources[job["resource"]]
    name = f"{resource.name}-rejected.csv"
    if job["layout"] is None:
        names = [column.name for column in resource.columns]
        layout = Layout(delimiter=",", header=names, starts_at=0, is_returned=False)
    else:
        layout = Layout.model_validate_json(job["layout"])

    async def content() -> AsyncIterator[str]:
        yield rejected.heading(layout, resource.reason)
        async for lines in jobs.lines(database, job["id"]):
            yield lines

    return attachment(StreamingResponse(content(), media_type=CSV), name)
