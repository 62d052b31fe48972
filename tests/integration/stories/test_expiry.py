"""An expired consent: refused at once, announced within moments, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest
from httpx import AsyncClient

from services.stories.expiry import announce_expired
from shared.database import Database
from tests.builders import a_story
from tests.conftest import MakeSystem
from tests.system import System, until

OWNER = "RX1"
CONSENT = {"level": "partners", "given_on": "2026-03-01", "expires_on": "2199-12-31"}


@pytest.fixture(scope="module")
async def quick(make_system: MakeSystem) -> AsyncIterator[System]:
    """Return a system that looks for expired consents all the time."""
    system = await make_system("stories", "aggregation", STORIES_EXPIRY_SECONDS="0.2")
    yield system
    await system.stop()


@pytest.fixture
async def partner(quick: System) -> AsyncIterator[AsyncClient]:
    """Return the client of a partner."""
    async with quick.client("stories", quick.token(OWNER, "partner")) as client:
        yield client


async def tell(client: AsyncClient) -> tuple[str, str]:
    body = a_story(consent=CONSENT, told_on="2026-03-01")
    answer = await client.post("/stories", json=body)
    assert answer.status_code == 201, answer.text
    return body["reference"], answer.json()["story_id"]


# What the passing of years does: the day is in the past.
AGE = """
update story set kept =
  replace(kept::text, '2199-12-31', '2026-03-02')::json where id = $1
"""


async def announcements(system: System, story: str) -> int:
    [row] = await system.fetch(
        "stories",
        "select count(*) from audit where record = $1 and subject = 'expiry'"
        " and type = 'uk.livingwell.story.consent-changed.v1'",
        story,
    )
    return int(row[0])


async def test_an_expired_story_leaves_the_figures_by_itself_and_once(
    quick: System, partner: AsyncClient
) -> None:
    _, story = await tell(partner)
    _, other = await tell(partner)
    await quick.quiet()
    counted = "select jsonb_array_length(moments) from story where id = $1"
    assert (await quick.fetch("aggregation", counted, story))[0][0] == 2
    await quick.fetch("stories", AGE, story)

    async def is_announced() -> bool:
        return await announcements(quick, story) > 0

    await until(is_announced, "the expiry is announced")
    await quick.quiet()
    assert (await quick.fetch("aggregation", counted, story))[0][0] == 0
    assert (await quick.fetch("aggregation", counted, other))[0][0] == 2
    _, third = await tell(partner)
    await quick.fetch("stories", AGE, third)

    async def is_third_announced() -> bool:
        return await announcements(quick, third) > 0

    await until(is_third_announced, "the next expiry is announced")
    assert await announcements(quick, story) == 1


async def test_many_processes_announce_an_expiry_once(
    quick: System, partner: AsyncClient
) -> None:
    told = [(await tell(partner))[1] for _ in range(5)]
    for story in told:
        await quick.fetch("stories", AGE, story)
    pool = await asyncpg.create_pool(quick.databases["stories"], min_size=5)
    try:
        database = Database(pool, 5)
        await asyncio.gather(
            *(announce_expired(database, str, date(2026, 3, 2)) for _ in range(5))
        )
    finally:
        await pool.close()
    assert [await announcements(quick, story) for story in told] == [1] * 5


async def test_an_expired_text_is_read_by_the_collecting_team_alone(
    quick: System, partner: AsyncClient
) -> None:
    reference, story = await tell(partner)
    moderator, viewer = quick.token(OWNER, "moderator"), quick.token("RX2", "viewer")
    path = f"/stories/{story}/text"
    async with (
        quick.client("stories", moderator) as moderating,
        quick.client("stories", viewer) as viewing,
    ):
        for state in ("in_review", "approved"):
            answer = await moderating.put(
                f"/stories/{reference}/moderation", json={"state": state}
            )
            assert answer.status_code == 200
        assert (await viewing.get(path)).status_code == 200
        await quick.fetch("stories", AGE, story)
        assert (await viewing.get(path)).status_code == 404
    assert (await partner.get(path)).status_code == 200


async def test_a_story_told_with_an_expired_consent_travels_nowhere(
    quick: System, partner: AsyncClient
) -> None:
    body = a_story(consent={**CONSENT, "expires_on": "2026-03-02"})
    story = (await partner.post("/stories", json=body)).json()["story_id"]
    [row] = await quick.fetch(
        "stories", "select state->>'moments' as moments from story where id = $1", story
    )
    assert row["moments"] == "[]"


@pytest.mark.parametrize("expires_on", ["2026-03-01", "2025-01-01", "soon", 3])
async def test_an_end_before_the_beginning_is_refused(
    partner: AsyncClient, expires_on: object
) -> None:
    body = a_story(consent={**CONSENT, "expires_on": expires_on})
    assert (await partner.post("/stories", json=body)).status_code == 422
