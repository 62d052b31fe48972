"""Words of moments: the public's are kept for a moment, a signed-in reader's never."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from services.aggregation import quotes
from services.aggregation.quotes import Quoter, origin_of
from services.aggregation.schemas import MomentOut
from services.aggregation.settings import Settings
from tests.integration.aggregation.states import entity
from tests.integration.aggregation.test_page import WORDS, a_stories_service
from tests.system import until


def a_moment(dataref: str, sequence: int = 1) -> MomentOut:
    return MomentOut(
        story_id=entity(1),
        position=1,
        kind="miserable",
        step="introduction",
        month="2026-03",
        organisation="ORG1",
        dataref=dataref,
        sequence=sequence,
    )


@asynccontextmanager
async def a_quoter(
    settings: Settings,
    dataref: str,
    **changes: Any,  # noqa: ANN401
) -> AsyncIterator[Quoter]:
    changes = {"story_origins": origin_of(dataref), "quote_cache_seconds": 10} | changes
    async with httpx.AsyncClient() as client:
        yield Quoter(client, settings.model_copy(update=changes))


async def texts(quoter: Quoter, moment: MomentOut, token: str = "") -> list[str]:
    return [quote.text for quote in await quoter.quotes([moment], token)]


async def test_the_public_asks_once_for_what_many_read(
    aggregation_settings: Settings,
) -> None:
    asked: list[bytes] = []
    async with (
        a_stories_service(json.dumps(WORDS).encode(), asked) as dataref,
        a_quoter(aggregation_settings, dataref) as quoter,
    ):
        at_once = [texts(quoter, a_moment(dataref)) for _ in range(5)]
        assert await asyncio.gather(*at_once) == [["Nobody rang."]] * 5
        assert await texts(quoter, a_moment(dataref)) == ["Nobody rang."]
        assert len(asked) == 1
        assert b"authorization" not in asked[0].lower()


async def test_a_signed_in_reader_asks_each_time_and_leaves_nothing(
    aggregation_settings: Settings,
) -> None:
    asked: list[bytes] = []
    async with (
        a_stories_service(json.dumps(WORDS).encode(), asked) as dataref,
        a_quoter(aggregation_settings, dataref) as quoter,
    ):
        for token in ("a", "a", "b", ""):
            assert await texts(quoter, a_moment(dataref), token) == ["Nobody rang."]
        assert len(asked) == 4
        tokens = [head.partition(b"Bearer ")[2][:1] for head in asked]
        assert tokens == [b"a", b"a", b"b", b""]


async def test_a_later_state_of_a_story_is_asked_for_anew(
    aggregation_settings: Settings,
) -> None:
    asked: list[bytes] = []
    async with (
        a_stories_service(json.dumps(WORDS).encode(), asked) as dataref,
        a_quoter(aggregation_settings, dataref) as quoter,
    ):
        for sequence in (1, 1, 2, 2):
            await texts(quoter, a_moment(dataref, sequence))
        assert len(asked) == 2


async def test_words_are_gone_after_their_moment_though_nobody_asks(
    aggregation_settings: Settings,
) -> None:
    async with (
        a_stories_service(json.dumps(WORDS).encode()) as dataref,
        a_quoter(aggregation_settings, dataref, quote_cache_seconds=0.2) as quoter,
    ):
        assert await texts(quoter, a_moment(dataref)) == ["Nobody rang."]
        assert quoter.kept == 1

        async def is_empty() -> bool:
            return quoter.kept == 0

        await until(is_empty, "nothing is kept", 5)


@pytest.mark.parametrize(
    "answer", [b"{}", json.dumps(WORDS | {"text": "x" * 20_001}).encode()]
)
async def test_neither_a_failure_nor_a_long_story_is_kept(
    aggregation_settings: Settings, answer: bytes
) -> None:
    asked: list[bytes] = []
    async with (
        a_stories_service(answer, asked) as dataref,
        a_quoter(aggregation_settings, dataref) as quoter,
    ):
        for times in (1, 2):
            await texts(quoter, a_moment(dataref))
            await asyncio.sleep(0)  # What is kept is decided when the answer is there.
            assert len(asked) == times
        assert quoter.kept == 0


async def test_only_so_many_are_kept_and_the_oldest_goes_first(
    aggregation_settings: Settings,
) -> None:
    asked: list[bytes] = []
    async with (
        a_stories_service(json.dumps(WORDS).encode(), asked) as dataref,
        a_quoter(aggregation_settings, dataref) as quoter,
    ):
        for sequence in range(quotes.MOST_KEPT + 1):
            await texts(quoter, a_moment(dataref, sequence))
        assert quoter.kept == quotes.MOST_KEPT
        await texts(quoter, a_moment(dataref, 1))
        assert len(asked) == quotes.MOST_KEPT + 1
        await texts(quoter, a_moment(dataref, 0))
        assert len(asked) == quotes.MOST_KEPT + 2


async def test_a_reader_who_goes_away_takes_no_answer_from_the_others(
    aggregation_settings: Settings,
) -> None:
    asked: list[bytes] = []
    async with (
        a_stories_service(json.dumps(WORDS).encode(), asked) as dataref,
        a_quoter(aggregation_settings, dataref) as quoter,
    ):
        first = asyncio.create_task(texts(quoter, a_moment(dataref)))
        await asyncio.sleep(0)
        second = asyncio.create_task(texts(quoter, a_moment(dataref)))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == ["Nobody rang."]
        assert len(asked) == 1
