"""Words on the public page: asked for once in a while, gone when they are withdrawn."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.builders import a_referral, a_story, an_organisation
from tests.conftest import MakeSystem
from tests.system import System, until

ORGANISATION = "G7H8J"
KEPT_SECONDS = 10
MARKS = ("Somebody walked with me.", "The kettle was on.")


@pytest.fixture(scope="module")
async def quoting(make_system: MakeSystem) -> AsyncIterator[System]:
    """Return a system whose page keeps words longer than a withdrawal may take."""
    system = await make_system(AGGREGATION_QUOTE_CACHE_SECONDS=str(KEPT_SECONDS))
    steward, partner = (
        system.token("STEWARD", "steward"),
        system.token(ORGANISATION, "partner"),
    )
    async with system.client("intake", steward) as intake:
        await intake.put(f"/organisations/{ORGANISATION}", json=an_organisation())
    async with system.client("intake", partner) as intake:
        # The page shows the months up to the newest in which somebody was introduced.
        await intake.post("/referrals", json=a_referral(received_on=today()))
    yield system
    await system.stop()


def today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


async def publish(system: System, mark: str) -> tuple[str, str]:
    """Tell a story and publish it, by two people; return its reference and id."""
    body = a_story(
        told_on=today(),
        moments=[{"kind": "magic", "step": "support", "text": mark}],
        consent={"level": "public", "given_on": today()},
    )
    partner = system.token(ORGANISATION, "partner")
    async with system.client("stories", partner) as client:
        told = await client.post("/stories", json=body)
        assert told.status_code == 201, told.text
    path = f"/stories/{body['reference']}/moderation"
    for state, who in (("in_review", "a"), ("approved", "a"), ("published", "b")):
        token = system.token(ORGANISATION, "moderator", subject=who)
        async with system.client("stories", token) as client:
            answer = await client.put(path, json={"state": state})
            assert answer.status_code == 200, answer.text
    return body["reference"], told.json()["story_id"]


async def page(system: System) -> str:
    async with system.client("aggregation") as client:
        answer = await client.get("/")
    return answer.text if answer.status_code == 200 else ""


async def shows(system: System, mark: str) -> bool:
    return mark in await page(system)


async def reads(system: System, story: str) -> int:
    [row] = await system.fetch(
        "stories",
        "select count(*) from audit where record = $1 and organisation = 'public'",
        story,
    )
    return int(row[0])


async def test_a_withdrawal_takes_words_from_the_page_that_were_kept(
    quoting: System,
) -> None:
    reference, story = await publish(quoting, MARKS[0])
    await until(lambda: shows(quoting, MARKS[0]), "the words are on the page")
    began = time.monotonic()
    for _ in range(3):
        assert await shows(quoting, MARKS[0])
    # Kept, so the audit says of the public `at least`.
    assert await reads(quoting, story) == 1
    token = quoting.token(ORGANISATION, "partner")
    async with quoting.client("stories", token) as client:
        answer = await client.put(
            f"/stories/{reference}/consent",
            json={"level": "none", "given_on": today()},
        )
        assert answer.status_code == 200, answer.text

    async def is_gone() -> bool:
        return not await shows(quoting, MARKS[0])

    await until(is_gone, "the words are gone from the page")
    assert time.monotonic() - began < KEPT_SECONDS
    assert await page(quoting)


async def test_the_page_stands_when_stories_is_down(quoting: System) -> None:
    await publish(quoting, MARKS[1])
    await quoting.quiet()
    await quoting.services["stories"].stop()
    began = time.monotonic()
    shown = await page(quoting)
    assert "Stories cannot be shown just now." in shown
    assert MARKS[1] not in shown
    assert time.monotonic() - began < 5
