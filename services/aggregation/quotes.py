"""Asks the owning service for the words of moments, at the moment of reading.

Nothing is kept: consent, moderation and role are decided anew by the service that owns
the words. If it is slow or away, the page stands without them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from services.aggregation.schemas import MomentOut
from services.aggregation.settings import Settings

log = structlog.get_logger()


class MomentText(BaseModel):
    """A moment's words, as the stories service answers them."""

    kind: str
    step: str
    text: str | None = None


class StoryText(BaseModel):
    """A story's words, as the stories service answers them."""

    text: str
    moments: list[MomentText] = []


class Quote(BaseModel):
    """A moment with its words."""

    moment: MomentOut
    text: str


async def quotes(
    client: httpx.AsyncClient,
    moments: Sequence[MomentOut],
    settings: Settings,
    token: str = "",
) -> list[Quote]:
    """Return the moments whose words could be had, in order, within the time.

    They are asked for in the name of the reader: `token`, or the public without one.
    Only the origins of the settings are called: an event may name any address.
    """
    origins = {origin.strip() for origin in settings.story_origins.split(",")}
    places = {
        m.story_id: m.dataref
        for m in moments
        if m.dataref and origin_of(m.dataref) in origins
    }
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    tasks = {
        story: asyncio.create_task(_fetch(client, dataref, headers))
        for story, dataref in places.items()
    }
    if not tasks:
        return []
    done, late = await asyncio.wait(
        tasks.values(), timeout=settings.quote_patience_seconds
    )
    for task in late:
        task.cancel()
    texts = {story: task.result() for story, task in tasks.items() if task in done}
    return [
        Quote(moment=moment, text=text)
        for moment in moments
        if (text := _words(texts, moment))
    ]


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address; nothing of what is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


async def _fetch(
    client: httpx.AsyncClient, dataref: str, headers: dict[str, str]
) -> StoryText | None:
    try:
        response = await client.get(dataref, headers=headers)
        response.raise_for_status()
        return StoryText.model_validate_json(response.content)
    except (httpx.HTTPError, ValidationError) as error:
        log.info("quote_not_had", error=type(error).__name__)
        return None


def _words(texts: dict[UUID, StoryText | None], moment: MomentOut) -> str | None:
    story = texts.get(moment.story_id)
    if story is None or moment.position >= len(story.moments):
        return None
    told = story.moments[moment.position]
    return told.text or story.text
