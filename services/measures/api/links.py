"""POST, GET and DELETE /links: let a person see their own progress, until revoked."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.measures import queries
from services.measures.api.own import Limit, Session, ThisSession
from services.measures.settings import Settings
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


@router.post(
    "", status_code=201, responses=documented(InvalidContent, NoToken, NotAllowed)
)
async def make_progress_link(
    body: LinkIn, session: ThisSession, request: Request
) -> LinkOut:
    """Make a link to a page that shows a person their own goals and scores.

    Whoever has the address can read the page: give it to the person alone. All
    referrals must be of that one person. The address is told this once.
    """
    settings: Settings = request.app.state.settings
    check_next(body.next, settings.stories_origin)
    scope = Scope(await _referrals(body, session), [])
    made = await make_link(
        session.database, links_of(request), session.caller, scope, body
    )
    return made.out(settings.public_origin, request)


async def _referrals(body: LinkIn, session: Session) -> list[UUID]:
    """Return the ids of the referrals named.

    Raises:
        InvalidContent: 422, none is named, or nothing of one of them is here.
    """
    if not body.referrals:
        raise nothing_at("/referrals", "name one referral or more")
    organisation, identity = session.organisation, session.identity
    ids = [identity.entity_id(organisation, "referral", r) for r in body.referrals]
    known = await queries.known_referrals(session.database, organisation, ids)
    for place, referral in enumerate(ids):
        if referral not in known:
            detail = "you have no assessment or goal of this referral"
            raise nothing_at(f"/referrals/{place}", detail)
    return ids


@router.get("", responses=documented(InvalidContent, NoToken, NotAllowed))
async def list_progress_links(
    session: ThisSession,
    after: Annotated[UUID | None, Query()] = None,
    limit: Limit = 100,
) -> LinkPage:
    """List the caller's own links, in the order they were made; never an address."""
    return await list_links(session.database, session.organisation, after, limit)


@router.delete(
    "/{link_id}",
    status_code=204,
    responses=documented(InvalidContent, NotFound, NoToken, NotAllowed),
)
async def revoke_progress_link(link_id: UUID, session: ThisSession) -> None:
    """Revoke a link: it opens nothing from this moment on.

    Raises:
        NotFound: 404, the caller's organisation has no such link.
    """
    await revoke_link(session.database, session.caller, link_id)
