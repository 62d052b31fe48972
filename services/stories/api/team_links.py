"""POST, GET and DELETE /team-links: let people tell a team, without an account."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StringConstraints

from services.stories import team_link_queries
from services.stories.settings import Settings
from shared.access import Partner
from shared.bodies import In, Limit
from shared.database import InDatabase
from shared.links import LinkOut, revoke_link
from shared.links.rates import Rate
from shared.links.tokens import Links
from shared.problems import InvalidContent, NotAllowed, NotFound, NoToken, documented

router = APIRouter(prefix="/team-links", tags=["team links"])
# A whole room opens the same link.
MOST_OPENINGS_A_MINUTE = 600


class TeamLinkIn(In):
    """What a team calls its page for telling, and for how long it is open."""

    name: Annotated[
        str,
        StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$"),
    ] = Field(description="Shown to whoever tells; name no person")
    expires_in_days: Annotated[int, Field(ge=1, le=366)] = 90


class ListedTeamLink(BaseModel):
    """A link without its address."""

    link_id: UUID
    name: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class TeamLinkPage(BaseModel):
    """One page of an organisation's links, in the order they were made."""

    links: list[ListedTeamLink]
    next: UUID | None = Field(None, description="Value of `after` for the next page")


def state_of(settings: Settings) -> dict[str, object]:
    """Return the secrets of both kinds of links, and what is counted of them."""
    secret = settings.secret.get_secret_value()
    return {
        "links": Links("stories", secret),
        "team_links": Links("team", secret, MOST_OPENINGS_A_MINUTE),
        "tellings": Rate(settings.tellings_a_minute),
    }


def team_links_of(request: Request) -> Links:
    """Return the secrets of links to teams' pages."""
    links: Links = request.app.state.team_links
    return links


@router.post(
    "", status_code=201, responses=documented(InvalidContent, NoToken, NotAllowed)
)
async def make_team_link(
    body: TeamLinkIn, caller: Partner, database: InDatabase, request: Request
) -> LinkOut:
    """Make a link to a page where people tell this team what happened.

    It is for many people: a poster, a message, a tablet in the room. What is told by it
    belongs to the caller's organisation. The address is told this once.
    """
    settings: Settings = request.app.state.settings
    made = await team_link_queries.make_team_link(
        database, team_links_of(request), caller, body.name, body.expires_in_days
    )
    return made.out(settings.public_origin, request, "tell")


@router.get("", responses=documented(InvalidContent, NoToken, NotAllowed))
async def list_team_links(
    caller: Partner,
    database: InDatabase,
    after: Annotated[UUID | None, Query()] = None,
    limit: Limit = 100,
) -> TeamLinkPage:
    """List the caller's own links, in the order they were made; never an address."""
    rows = await team_link_queries.team_links_after(
        database, caller.organisation, after, limit
    )
    found = [ListedTeamLink(**dict(row)) for row in rows]
    return TeamLinkPage(
        links=found, next=found[-1].link_id if len(found) == limit else None
    )


@router.delete(
    "/{link_id}",
    status_code=204,
    responses=documented(InvalidContent, NotFound, NoToken, NotAllowed),
)
async def revoke_team_link(
    link_id: UUID, caller: Partner, database: InDatabase
) -> None:
    """Revoke a link: nobody can tell by it from this moment on. What was told stays.

    Raises:
        NotFound: 404, the caller's organisation has no such link.
    """
    await revoke_link(database, caller, link_id, "team_link")
