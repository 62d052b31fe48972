"""Endpoints of releases: what everybody sees, since when, and what made it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from services.aggregation import (
    provenance,
    queries,
    release_queries,
    releases,
    scorings,
)
from services.aggregation.disclosure import Gate
from services.aggregation.problems import NoSuchIndicator, NotCounted
from services.aggregation.settings import Settings
from shared.access import Steward
from shared.database import InDatabase
from shared.problems import NotAllowed, NoToken, documented

router = APIRouter(prefix="/releases", tags=["releases"])
MOST_SHOWN = 200


class ReleaseOut(BaseModel):
    """A release of a scope.

    Attributes:
        definitions: Version of all definitions together, as they were.
        offsets: How many messages of each topic had been read.
        partitions: The same by partition: the offset to be read next, from 0 on.
        changed: Indicators of which it changed a figure that is shown.
    """

    number: int
    scope: str
    released_at: datetime
    as_of: datetime | None
    newest_month: date | None
    definitions: str
    offsets: dict[str, int]
    partitions: dict[str, list[int]]
    changed: list[str]


class ReleaseMade(ReleaseOut):
    """A release with all that made its figures.

    Attributes:
        indicators: The version of each definition, as it was.
        frameworks: Versions in effect in its newest month that look there.
        scorings: By instrument, `version of it/version of its scoring rules` of all
            pairs of scores there; a version with a part in few pairs is left out.
    """

    indicators: dict[str, str]
    frameworks: dict[str, list[str]]
    scorings: dict[str, list[str]]


class Releases(BaseModel):
    """Releases, the latest first."""

    releases: list[ReleaseOut]
    after: int | None = None


@router.get("")
async def list_releases(
    database: InDatabase,
    scope: Annotated[str, Query(max_length=200)] = "system",
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Releases:
    """List the releases of a scope (`system`, or `place:` and its name)."""
    found = await release_queries.releases(
        database, scope.replace("\0", ""), before, MOST_SHOWN
    )
    shown = [ReleaseOut.model_validate(row) for row in found]
    more = shown[-1].number if len(shown) == MOST_SHOWN else None
    return Releases(releases=shown, after=more)


@router.get("/{number}", responses=documented(NoSuchIndicator))
async def show_release(
    number: int, database: InDatabase, request: Request
) -> ReleaseMade:
    """Show of what moment a release is, and what made it.

    Raises:
        NoSuchIndicator: 404, there was no such release.
    """
    found = (
        await release_queries.release(database, number) if 0 < number < 2**63 else None
    )
    if found is None:
        raise NoSuchIndicator("There was no such release.")
    gate: Gate = request.app.state.gate
    release = ReleaseOut.model_validate(found)
    members = await queries.members(database, release.scope)
    where = (release.scope, members, number)
    origins = await provenance.origins(database, gate, where)
    month = release.newest_month or date.min
    return ReleaseMade(
        **dict(release),
        indicators=await release_queries.definitions(database, release.definitions),
        frameworks=origins.frameworks_asking(None, month, month),
        scorings=origins.scorings(scorings.MEASURES),
    )


@router.post("", responses=documented(NotCounted, NoToken, NotAllowed))
async def release_now(
    caller: Steward, database: InDatabase, request: Request
) -> Releases:
    """Release now what would be released when it is time; nothing, if too few changed.

    Raises:
        NotCounted: 503, the system view is being counted.
    """
    standing = await queries.standing(database)
    if not standing.is_counted:
        raise NotCounted("Figures are released once all is counted. Try again shortly.")
    settings: Settings = request.app.state.settings
    gate: Gate = request.app.state.gate
    async with releases.connection_for_releases(settings) as connection:
        made = await releases.release(connection, gate, settings.organisation, caller)
    found = [await release_queries.release(database, one.number) for one in made]
    return Releases(releases=[ReleaseOut.model_validate(row) for row in found if row])
