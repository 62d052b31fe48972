"""Moments beside the figures: those that a caller may see, never only magic ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import asyncpg
import httpx

from shared.events import (
    Consent,
)
from tests.integration.aggregation.asking import ask, fill
from tests.integration.aggregation.states import (
    a_story,
    entity,
)


async def test_moments_are_those_that_the_caller_may_see(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    bearer: Callable[..., dict[str, str]],
) -> None:
    levels = ("none", "internal", "partners", "public")
    states = ("submitted", "approved", "published", "withdrawn")
    stories = [
        a_story(
            10 * at + number,
            consent=Consent(level=level, given_on=date(2026, 4, 20)),
            moderation=state,
        )
        for at, level in enumerate(levels)
        for number, state in enumerate(states)
    ]
    await fill(database, [], stories)

    async def ids(headers: dict[str, str] | None) -> set[str]:
        answer = await ask(api, "magic_rate", headers)
        return {moment["story_id"] for moment in answer["moments"]}

    published = str(entity(3_000 + 32))
    assert await ids(None) == {published}
    assert await ids(bearer("ICB", "platform")) == {published}
    shared = {str(entity(3_000 + number)) for number in (21, 22, 31, 32)}
    assert await ids(bearer("ORG2", "viewer")) <= shared
    assert len(await ids(bearer("ORG1", "partner"))) >= 2


async def test_moments_are_balanced_and_under_the_same_filter(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    stories = [a_story(number) for number in range(10)]
    stories += [a_story(20, organisation="ORG2", told_on=date(2026, 2, 1))]
    await fill(database, [], stories)
    everywhere = (await ask(api, "magic_rate"))["moments"]
    kinds = [moment["kind"] for moment in everywhere]
    assert sorted(kinds) == ["magic"] * 3 + ["miserable"] * 3
    assert kinds[0] == "miserable"
    there = (await ask(api, "magic_rate", place="Hillside"))["moments"]
    assert {moment["organisation"] for moment in there} == {"ORG2"}
    assert {moment["month"] for moment in there} == {"2026-02"}
    assert (await ask(api, "magic_rate", place="Hillside", to="2026-01"))[
        "moments"
    ] == []
