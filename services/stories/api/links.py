"""POST, GET and DELETE /links: let a person see their own stories, until revoked."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from services.stories import queries
from services.stories.settings import Settings
from shared.access import Caller, Partner
from shared.bodies import Limit, Reference
from shared.database import Database, InDatabase
from shared.identity import Identity
from shared.links import (
    LinkIn,
    LinkOut,
    LinkPage,
    Scope,
    check_next,
    links_of,
    list_links,
    make_link,
    nothing_at,
    revoke_link,
)
from shared.problems import InvalidContent, NotAllowed, NotFound, NoToken, documented

router = APIRouter(prefix="/links", tags=["links"])


class StoryLinkIn(LinkIn):
    """What a link is asked to open: the stories of referrals, and single ones."""

    stories: Annotated[list[Reference], Field(max_length=50)] = []


@router.post(
    "", status_code=201, responses=documented(InvalidContent, NoToken, NotAllowed)
)
async def make_story_link(
    body: StoryLinkIn, caller: Partner, database: InDatabase, request: Request
) -> LinkOut:
    """Make a link to a page that shows a person their own stories, to withdraw them.

    Whoever has the address can read and withdraw: give it to the person alone. All
    referrals and stories must be of that one person. The address is told this once.
    """
    settings: Settings = request.app.state.settings
    check_next(body.next, settings.measures_origin)
    scope = scope_of(body, caller, request)
    await check_known(scope, caller, database)
    made = await make_link(database, links_of(request), caller, scope, body)
    return made.out(settings.public_origin, request)


def scope_of(body: StoryLinkIn, caller: Caller, request: Request) -> Scope:
    """Return the ids of the caller's own references.

    Raises:
        InvalidContent: 422, none is named.
    """
    if not body.referrals and not body.stories:
        raise nothing_at("/referrals", "name one referral or story, or more")
    identity: Identity = request.app.state.identity
    organisation = caller.organisation
    return Scope(
        [identity.entity_id(organisation, "referral", r) for r in body.referrals],
        [identity.entity_id(organisation, "story", s) for s in body.stories],
    )


async def check_known(scope: Scope, caller: Caller, database: Database) -> None:
    """Refuse references of which nothing is here.

    Raises:
        InvalidContent: 422, it points at the reference.
    """
    found = await queries.stories_in(database, caller.organisation, scope)
    stories = {stored.id for stored, _ in found}
    referrals = {kept.referral_id for _, kept in found}
    for place, referral in enumerate(scope.referrals):
        if referral not in referrals:
            detail = "you have no story of this referral"
            raise nothing_at(f"/referrals/{place}", detail)
    for place, story in enumerate(scope.records):
        if story not in stories:
            raise nothing_at(f"/stories/{place}", "you have no story of this reference")


@router.get("", responses=documented(InvalidContent, NoToken, NotAllowed))
async def list_story_links(
    caller: Partner,
    database: InDatabase,
    after: Annotated[UUID | None, Query()] = None,
    limit: Limit = 100,
) -> LinkPage:
    """List the caller's own links, in the order they were made; never an address."""
    return await list_links(database, caller.organisation, after, limit)


@router.delete(
    "/{link_id}",
    status_code=204,
    responses=documented(InvalidContent, NotFound, NoToken, NotAllowed),
)
async def revoke_story_link(
    link_id: UUID, caller: Partner, database: InDatabase
) -> None:
    """Revoke a link: it opens nothing from this moment on.

    Raises:
        NotFound: 404, the caller's organisation has no such link.
    """
    await revoke_link(database, caller, link_id)
