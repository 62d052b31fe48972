"""How far an organisation's coders agree, counted once for all who ask together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.stories import codebook_queries as queries
from services.stories.rules import agreement
from services.stories.rules.agreement import CodedStory
from services.stories.schemas.codebook import AgreementOut, Codebook, ThemeAgreement
from shared.audit.reading import Reading, note_reads
from shared.database import Database


@dataclass(frozen=True, slots=True)
class Asked:
    """Which agreement: by which codebook, and which page of disagreements."""

    book: Codebook
    is_first: bool = False
    after: str = ""
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Counted:
    """The stories that two coders or more coded, and how far they agree on them."""

    stories: list[CodedStory]
    is_complete: bool
    themes: list[ThemeAgreement]


class Counting:
    """Counts for whoever asks, and for those who ask for the same meanwhile.

    Coders look at it together, and thousands of stories take a moment. Nothing is kept
    once it is counted: the next who asks has it counted anew.
    """

    def __init__(self) -> None:
        self._under_way: dict[tuple[str, int, bool], asyncio.Task[Counted]] = {}

    async def agreement(
        self, database: Database, reading: Reading, asked: Asked
    ) -> AgreementOut:
        """Return how far the coders of the reader's organisation agree."""
        owner = reading.caller.organisation if reading.caller else ""
        counted = await self._counted(database, owner, asked)
        page = agreement.disagreeing(counted.stories, asked.after, asked.limit)
        shown = [(UUID(story.id), story.sequence) for story in page]
        await note_reads(database, reading, shown)
        return AgreementOut(
            codebook=asked.book.version,
            stories=len(counted.stories),
            coders=len(agreement.coders_of(counted.stories)),
            is_complete=counted.is_complete,
            themes=counted.themes,
            disagreements=[
                one for story in page for one in agreement.disagreements_of(story)
            ],
            next=page[-1].reference if len(page) == asked.limit else None,
        )

    async def _counted(self, database: Database, owner: str, asked: Asked) -> Counted:
        key = owner, asked.book.version, asked.is_first
        counting = self._under_way.get(key)
        if counting is None:
            counting = asyncio.create_task(_count(database, owner, asked))
            self._under_way[key] = counting
            counting.add_done_callback(lambda _: self._under_way.pop(key))
        # Who goes away leaves the others their answer.
        return await asyncio.shield(counting)


async def _count(database: Database, owner: str, asked: Asked) -> Counted:
    version = asked.book.version
    found = await queries.stories_coded_twice(database, owner, version)
    counted = found[: queries.MOST_STORIES]
    stories = agreement.coded_twice(counted, version, asked.is_first)
    codes = [theme.code for theme in asked.book.themes]
    themes = agreement.agreement_of(stories, codes)
    return Counted(stories, len(found) == len(counted), themes)


async def _counting(request: Request) -> Counting:
    counting: Counting = request.app.state.counting
    return counting


InCounting = Annotated[Counting, Depends(_counting)]
