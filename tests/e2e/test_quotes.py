"""Words on the public page: asked for once in a while, gone when they are withdrawn."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from tests.builders import a_referral, a_story, an_organisation
from tests.faults.processes import frozen
from tests.system import System, until

ORGANISATION = "QTE01"
KEPT_SECONDS = 10  # As the shared system is set.
MARKS = ("Somebody walked with me.", "The kettle was on.")


@pytest.fixture(scope="module")
async def place(shared_system: System) -> str:
    """Return the page of a place of these stories' own."""
    async with shared_system.client(
        "intake", shared_system.token("STEWARD", "steward")
    ) as steward:
        where = an_organisation(place="Quoteham")
        await steward.put(f"/organisations/{ORGANISATION}", json=where)
    async with shared_system.client(
        "intake", shared_system.token(ORGANISATION, "partner")
    ) as partner:
        # The page shows the months up to the newest in which somebody was introduced.
        await partner.post("/referrals", json=a_referral(received_on=today()))
    return "/?place=Quoteham"


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


async def page(system: System, path: str) -> str:
    async with system.client("aggregation") as client:
        answer = await client.get(path)
    return answer.text if answer.status_code == 200 else ""


async def reads(system: System, story: str) -> int:
    [row] = await system.fetch(
        "stories",
        "select count(*) from audit where record = $1 and organisation = 'public'",
        story,
    )
    return int(row[0])


async def test_a_withdrawal_takes_words_from_the_page_that_were_kept(
    shared_system: System, place: str
) -> None:
    reference, story = await publish(shared_system, MARKS[0])

    async def is_shown() -> bool:
        return MARKS[0] in await page(shared_system, place)

    await until(is_shown, "the words are on the page")
    began = time.monotonic()
    for _ in range(3):
        assert await is_shown()
    # Kept, so the audit says of the public `at least`.
    assert await reads(shared_system, story) == 1
    token = shared_system.token(ORGANISATION, "partner")
    async with shared_system.client("stories", token) as client:
        answer = await client.put(
            f"/stories/{reference}/consent",
            json={"level": "none", "given_on": today()},
        )
        assert answer.status_code == 200, answer.text

    async def is_gone() -> bool:
        return not await is_shown()

    await until(is_gone, "the words are gone from the page")
    assert time.monotonic() - began < KEPT_SECONDS
    assert await page(shared_system, place)


async def test_the_page_stands_within_its_time_when_stories_does_not_answer(
    shared_system: System, place: str
) -> None:
    _, story = await publish(shared_system, MARKS[1])

    async def is_projected() -> bool:
        query = "select moderation from story where id = $1"
        rows = await shared_system.fetch("aggregation", query, story)
        return [row[0] for row in rows] == ["published"]

    await until(is_projected, "the story is projected")
    with frozen(shared_system.services["stories"].child):
        began = time.monotonic()
        shown = await page(shared_system, place)
        assert time.monotonic() - began < 5
    assert "Stories cannot be shown just now." in shown
    assert MARKS[1] not in shown
