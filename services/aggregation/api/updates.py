"""GET /updates: a stream that says when there are new figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.aggregation.api.rights import SEES_NOW
from services.aggregation.updates import Update, Updates
from shared.problems import NoToken, Unavailable, documented
from shared.signin import Whoever

router = APIRouter(tags=["system view"])
RETRY_MILLISECONDS = 5_000


async def _following(
    request: Request,
    listener: Whoever,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[AsyncIterator[Update]]:
    updates: Updates = request.app.state.updates
    is_inside = listener is not None and not SEES_NOW.isdisjoint(listener.roles)
    async with updates.place():
        yield updates.follow(last_event_id, is_inside=is_inside)


@router.get(
    "/updates",
    response_class=EventSourceResponse,
    responses=documented(Unavailable, NoToken),
)
async def follow_updates(
    following: Annotated[AsyncIterator[Update], Depends(_following)],
) -> AsyncIterator[ServerSentEvent]:
    """Follow which releases are the latest, and which indicators they changed.

    An event `figures` comes with each change. Who works here is also told of what
    moment the figures are, and whether they are late. No figures are in it. With
    `Last-Event-ID` it goes on from there: nothing is told that the listener knows, and
    the newest at once if it is another, with all that changed since.

    Raises:
        Unavailable: 503, too many listen.
    """
    async for update in following:
        yield ServerSentEvent(
            data=update, event="figures", id=update.id, retry=RETRY_MILLISECONDS
        )
