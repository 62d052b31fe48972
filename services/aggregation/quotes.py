"""Asks the owning service for the words of moments, at the moment of reading.

Consent, moderation and role are decided anew by the service that owns the words. If it
is slow or away, the page stands without them. What the public may read is kept for a
moment, so that a page that many look at asks once; what a reader is shown who signed
in is asked for in their own name, is noted there, and is never kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from services.aggregation.schemas import MomentOut
from services.aggregation.settings import Settings

MOST_KEPT = 200
LONGEST_KEPT = 20_000  # Characters of a story; longer ones are asked for each time.

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

    def of(self, moment: MomentOut) -> str | None:
        """Return the words of a moment, or of the story where it has none."""
        if moment.position >= len(self.moments):
            return None
        return self.moments[moment.position].text or self.text

    @property
    def length(self) -> int:
        """Return how many characters it has."""
        return len(self.text) + sum(len(one.text or "") for one in self.moments)


class Quote(BaseModel):
    """A moment with its words."""

    moment: MomentOut
    text: str


Asking = asyncio.Task[StoryText | None]


class Quoter:
    """Asks for words, and keeps the public's for a moment.

    They are kept under where they are and the state of the story that was projected:
    whatever happens to a story makes them unreachable once its event is here, in every
    process. If it never comes, they are gone all the same after
    `quote_cache_seconds`. Who asks for what is being asked for waits for that answer.
    """

    def __init__(self, client: httpx.AsyncClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._public: dict[tuple[str, int], Asking] = {}

    @property
    def kept(self) -> int:
        """Return of how many stories the words are kept, or asked for."""
        return len(self._public)

    async def quotes(
        self, moments: Sequence[MomentOut], token: str = ""
    ) -> list[Quote]:
        """Return the moments whose words could be had, in order, within the time.

        They are asked for in the name of the reader: `token`, or the public without
        one. Only the origins of the settings are called: an event may name any address.
        """
        origins = {one.strip() for one in self._settings.story_origins.split(",")}
        places = {
            (m.dataref, m.sequence)
            for m in moments
            if m.dataref and origin_of(m.dataref) in origins
        }
        asked = {
            place: self._ask(place, token) if token else self._ask_as_public(place)
            for place in places
        }
        if asked:
            # A reader who goes away leaves the others their answer.
            await asyncio.wait(asked.values())
        return [
            Quote(moment=moment, text=text)
            for moment in moments
            if (asking := asked.get((moment.dataref or "", moment.sequence)))
            and (story := asking.result())
            and (text := story.of(moment))
        ]

    def _ask_as_public(self, place: tuple[str, int]) -> Asking:
        kept = self._public.get(place)
        if kept is not None:
            return kept
        if len(self._public) >= MOST_KEPT:
            del self._public[next(iter(self._public))]
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.quote_cache_seconds
        asking = self._public[place] = self._ask(place, "")

        def forget_in_time(_: Asking) -> None:
            story = None if asking.cancelled() else asking.result()
            is_kept = story is not None and story.length <= LONGEST_KEPT
            loop.call_at(until if is_kept else 0, self._forget, place, asking)

        asking.add_done_callback(forget_in_time)
        return asking

    def _forget(self, place: tuple[str, int], asking: Asking) -> None:
        if self._public.get(place) is asking:
            del self._public[place]

    def _ask(self, place: tuple[str, int], token: str) -> Asking:
        return asyncio.create_task(self._fetch(place[0], token))

    async def _fetch(self, dataref: str, token: str) -> StoryText | None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with asyncio.timeout(self._settings.quote_patience_seconds):
                response = await self._client.get(dataref, headers=headers)
                response.raise_for_status()
            return StoryText.model_validate_json(response.content)
        except (TimeoutError, httpx.HTTPError, ValidationError) as error:
            log.info("quote_not_had", error=type(error).__name__)
            return None


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address; nothing of what is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
