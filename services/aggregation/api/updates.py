"""GET /updates: a stream that says when there are new figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.aggregation.updates import Update, Updates
from shared.problems import Unavailable, documented

router = APIRouter(tags=["system view"])
RETRY_MILLISECONDS = 5_000


async def _following(
    request: Request, last_event_id: Annotated[str | None, Header()] = None
) -> AsyncIterator[AsyncIterator[Update]]:
    updates: Updates = request.app.state.updates
    async with updates.place():
        yield updates.follow(last_event_id)


@router.get(
    "/updates",
    response_class=EventSourceResponse,
    responses=documented(Unavailable),
)
async def follow_updates(
    following: Annotated[AsyncIterator[Update], Depends(_following)],
) -> AsyncIterator[ServerSentEvent]:
    """Follow of what moment figures are: an event `figures` with each change.

    No figures are in it. With `Last-Event-ID` it goes on from there: nothing is told
    that the listener knows, and the newest is told at once if it is another.

    Raises:
        Unavailable: 503, too many listen.
    """
    async for update in following:
        yield ServerSentEvent(
            data=update, event="figures", id=update.id, retry=RETRY_MILLISECONDS
        )
