"""Whether stories are answered, how soon, and whether anything changed, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import httpx

from shared.events import STORIES, Consent, StoryState
from tests.integration.aggregation.asking import ask, fill, release_anew, seen
from tests.integration.aggregation.states import a_delivery, a_story
from tests.integration.aggregation.test_figures import deliver, settle
from tests.integration.aggregation.test_page import show

TOLD_ON = date(2026, 3, 20)
INTERNAL = Consent(level="internal", given_on=TOLD_ON)


def stories(first: int, count: int, **changes: Any) -> list[StoryState]:  # noqa: ANN401
    told = {"told_on": TOLD_ON} | changes
    return [a_story(number, **told) for number in range(first, first + count)]


def answered(
    first: int,
    count: int,
    days: int,
    **changes: Any,  # noqa: ANN401
) -> list[StoryState]:
    return stories(first, count, replied_on=TOLD_ON + timedelta(days=days), **changes)


async def total(api: httpx.AsyncClient, code: str, **more: str) -> dict[str, Any]:
    figure: dict[str, Any] = (await ask(api, code, None, **more))["totals"][0]
    return figure


async def test_answers_are_counted_with_those_that_did_not_come(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    changed = {"changed_on": date(2026, 5, 1)}
    told = stories(1, 10)
    told += answered(20, 10, 3) + answered(40, 10, 9, **changed)
    told += answered(60, 10, 20, organisation="ORG2", moments=[])
    march = {"received_on": date(2026, 3, 2), "first_contact_on": date(2026, 3, 16)}
    await fill(database, seen(1, 1, **march), told)
    rate = await total(api, "answered_rate")
    assert (rate["value"], rate["numerator"], rate["denominator"]) == (80, 30, 40)
    days = await total(api, "answer_days")
    assert (days["value"], days["p90"], days["denominator"]) == (9, 20, 30)
    change = await total(api, "changed_rate")
    assert (change["value"], change["numerator"], change["denominator"]) == (40, 10, 30)
    there = await total(api, "answered_rate", place="Hillside")
    assert (there["value"], there["denominator"]) == (100, 10)
    page = await show(api)
    assert "80 in 100 shared stories were answered, out of about 40" in page.text


async def test_an_answer_counts_in_the_month_it_was_given(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [], answered(1, 10, 5) + answered(20, 10, 15))
    figures = (await ask(api, "answer_days"))["figures"]
    shown = {f["month"]: f["value"] for f in figures if f["value"] != "suppressed"}
    assert shown == {"2026-03": 5, "2026-04": 15}


async def test_few_answers_are_hidden(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [], stories(1, 20) + answered(40, 4, 3))
    for code in ("answered_rate", "answer_days", "changed_rate"):
        figure = await total(api, code)
        assert figure["value"] == figure["numerator"] == "suppressed"


async def test_answers_to_stories_that_are_not_shared_count_nowhere(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    told = answered(1, 10, 3) + answered(20, 10, 3, consent=INTERNAL)
    told += answered(40, 10, 3, moderation="withdrawn")
    await fill(database, [], told)
    assert (await total(api, "answered_rate"))["denominator"] == 10
    assert (await total(api, "answer_days"))["denominator"] == 10


async def test_what_is_taken_back_or_not_shared_any_more_leaves_the_figures(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [], answered(1, 30, 3))
    later = stories(1, 10) + stories(11, 10, consent=INTERNAL)
    await deliver(database, [(STORIES, a_delivery(state, 2)) for state in later])
    await settle(database)
    await release_anew(database)
    rate = await total(api, "answered_rate")
    assert (rate["value"], rate["numerator"], rate["denominator"]) == (60, 10, 20)
    assert (await total(api, "answer_days"))["denominator"] == 10


async def test_which_themes_stand_in_an_answer_does_not_say_where_they_were_found(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    bearer: Callable[..., dict[str, str]],
) -> None:
    told = [
        *stories(1, 6, themes=["kindness"]),
        *stories(7, 1, organisation="ORG2", themes=["waiting"]),
    ]
    await fill(database, seen(1, 20), told)
    for where in ({"place": "Riverside"}, {"place": "Hillside"}, {}):
        for month in ("2026-02", "2026-03"):
            period = {"from": month, "to": month}
            for headers in (bearer("ICB", "viewer"), None):
                answer = await ask(api, "theme_mix", headers, **where, **period)
                groups = [figure["group"] for figure in answer["figures"]]
                assert groups == ["kindness", "waiting"]
