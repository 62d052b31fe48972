"""Which organisations read the words of a story, as whom and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.builders import a_reference
from tests.integration.stories.test_sharing import PUBLIC, Told, publish, tell
from tests.system import System

Token = Callable[..., str]


async def ask(story: Told, role: str = "partner", org: str = "RX1") -> httpx.Response:
    return await story.client.get(
        f"/stories/{story.reference}/receipts", headers=story.headers(role, org=org)
    )


async def receipts(story: Told) -> dict[tuple[str, str], dict[str, Any]]:
    answer = await ask(story)
    assert answer.status_code == 200, answer.text
    return {(r["organisation"], r["audience"]): r for r in answer.json()["receipts"]}


async def test_reads_of_the_words_are_counted_by_organisation_and_audience(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    assert await receipts(story) == {}
    assert (await story.text()).status_code == 404
    await publish(story)
    began = datetime.now(UTC) - timedelta(seconds=5)
    for roles, org in (
        ((), None),
        ((), None),
        (("viewer",), "RX2"),
        (("viewer",), "RX3"),
        (("platform",), "RX2"),
        (("moderator",), "RX1"),
        (("viewer",), "RX1"),
    ):
        assert (await story.text(*roles, org=org)).status_code == 200
    await story.detail()
    found = await receipts(story)
    assert {who: one["times"] for who, one in found.items()} == {
        ("public", "public"): 2,
        ("RX2", "partners"): 1,
        ("RX3", "partners"): 1,
        ("RX2", "public"): 1,
        ("RX1", "team"): 1,
        ("RX1", "partners"): 1,
    }
    assert all(datetime.fromisoformat(o["last_at"]) > began for o in found.values())


async def test_receipts_outlive_a_withdrawal_and_name_nobody(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    await publish(story)
    headers = story.headers("viewer", org="RX2", person="jo.bloggs")
    path = f"/stories/{story.story_id}/text"
    assert (await stories.get(path, headers=headers)).status_code == 200
    await story.consent("none", "2026-03-05")
    assert (await stories.get(path, headers=headers)).status_code == 410
    answer = await ask(story, "moderator")
    assert "jo.bloggs" not in answer.text
    [receipt] = answer.json()["receipts"]
    assert (receipt["organisation"], receipt["times"]) == ("RX2", 1)


async def test_what_was_noted_before_texts_were_told_apart_counts_for_others(
    stories: httpx.AsyncClient, token: Token, shared_system: System
) -> None:
    story = await tell(stories, token, PUBLIC)
    for organisation in ("RX1", "RX2", "public"):
        await shared_system.fetch(
            "stories",
            """insert into audit (organisation, subject, type, record, sequence)
            values ($1, 'u1', 'uk.livingwell.story.read.v1', $2, 1)""",
            organisation,
            story.story_id,
        )
    assert (await receipts(story)).keys() == {
        ("RX2", "partners"),
        ("public", "public"),
    }


async def test_receipts_are_for_the_team_of_the_storys_organisation(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    path = f"/stories/{story.reference}/receipts"
    assert (await stories.get(path)).status_code == 401
    assert (await ask(story, "viewer")).status_code == 403
    assert (await ask(story, "partner", "RX2")).status_code == 404
    nobody = f"/stories/{a_reference('N')}/receipts"
    headers = story.headers("partner", org="RX1")
    assert (await stories.get(nobody, headers=headers)).status_code == 404
