"""Telling stories and reading them back, over HTTP on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

from tests.builders import a_reference, a_story
from tests.system import System

Token = Callable[..., str]
MARK = "Zanzibar"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def marked_story(**changes: object) -> dict[str, Any]:
    """Return a story with the marked word in every field that takes words."""
    marked = {
        "referral": "LW-0001",
        "told_on": "2026-03-02",
        "text": f"They listened in {MARK}.",
        "moments": [{"kind": "magic", "step": "first_contact", "text": f"{MARK}!"}],
        "strengths": ["humour"],
        "aspirations": ["work"],
        "recommendations": [f"More of {MARK}."],
        "consent": {"level": "partners", "given_on": "2026-03-02"},
    }
    return a_story(**marked | changes)


async def test_a_story_is_told_and_read_back(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = marked_story()
    partner = bearer(token("RX1", "partner"))
    told = await stories.post("/stories", json=story, headers=partner)
    assert told.status_code == 201
    assert told.headers["Location"] == f"/stories/{story['reference']}"
    assert told.headers["ETag"] == f'"{told.json()["sequence"]}"'
    read = await stories.get(told.headers["Location"], headers=partner)
    assert read.status_code == 200
    assert read.headers["ETag"] == told.headers["ETag"]
    assert read.json() == {
        **told.json(),
        "kind": "story",
        "told_on": "2026-03-02",
        "language": "en",
        "referral": "LW-0001",
        "moments": [{"kind": "magic", "step": "first_contact"}],
        "strengths": ["humour"],
        "aspirations": ["work"],
        "recommendations": [f"More of {MARK}."],
        "consents": [{**story["consent"], "expires_on": None}],
        "moderation": "submitted",
        "replies": [],
        "meaning": None,
        "codings": [],
    }


async def test_a_bubble_needs_neither_referral_nor_consent(
    stories: httpx.AsyncClient, token: Token
) -> None:
    bubble = {
        "reference": a_reference("B"),
        "kind": "bubble",
        "told_on": "2026-03-02",
        "text": "They smiled.",
    }
    partner = bearer(token("RX1", "partner"))
    told = await stories.post("/stories", json=bubble, headers=partner)
    assert told.status_code == 201
    read = await stories.get(told.headers["Location"], headers=partner)
    assert read.json()["consents"] == []
    assert read.json()["referral"] is None


async def test_a_story_told_again_is_answered_the_same_also_under_another_consent(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = marked_story()
    partner = bearer(token("RX1", "partner"))
    first = await stories.post("/stories", json=story, headers=partner)
    second = await stories.post("/stories", json=story, headers=partner)
    assert second.status_code == 200
    assert second.json() == first.json()
    consent = {"level": "internal", "given_on": "2026-03-03"}
    address = f"/stories/{story['reference']}/consent"
    await stories.put(address, json=consent, headers=partner)
    third = await stories.post("/stories", json=story, headers=partner)
    assert third.status_code == 200
    assert third.json()["sequence"] > first.json()["sequence"]


async def test_the_same_reference_with_other_words_is_refused_without_the_words(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = marked_story()
    partner = bearer(token("RX1", "partner"))
    await stories.post("/stories", json=story, headers=partner)
    other = {**story, "text": f"Never again {MARK}.", "moments": []}
    refused = await stories.post("/stories", json=other, headers=partner)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    pointers = [error["pointer"] for error in refused.json()["errors"]]
    assert pointers == ["/moments", "/text"]
    assert MARK not in refused.text


async def test_another_organisation_has_no_such_story(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = marked_story()
    partner, other = bearer(token("RX1", "partner")), bearer(token("RX2", "partner"))
    told = await stories.post("/stories", json=story, headers=partner)
    read = await stories.get(f"/stories/{story['reference']}", headers=other)
    assert read.status_code == 404
    same = await stories.post("/stories", json=story, headers=other)
    assert same.status_code == 201
    assert same.json()["story_id"] != told.json()["story_id"]


async def test_64_posts_of_one_reference_at_once_are_one_story(
    stories: httpx.AsyncClient, token: Token, shared_system: System
) -> None:
    story = marked_story()
    partner = bearer(token("RX1", "partner"))
    answers = await asyncio.gather(
        *(stories.post("/stories", json=story, headers=partner) for _ in range(64))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 63}
    assert len({answer.text for answer in answers}) == 1
    [counts] = await shared_system.fetch(
        "stories",
        """select (select count(*) from story where id = $1),
        (select count(*) from audit where record = $1)""",
        answers[0].json()["story_id"],
    )
    assert tuple(counts) == (1, 1)


async def test_no_word_is_in_what_is_published_whatever_happens_to_the_story(
    stories: httpx.AsyncClient, token: Token, shared_system: System
) -> None:
    story = marked_story(reference=f"{MARK}-1", referral=f"{MARK}-2")
    ours = bearer(token("RX1", "partner", "moderator"))
    told = await stories.post("/stories", json=story, headers=ours)
    address, published = f"/stories/{MARK}-1", list[str]()
    for path, body in (
        ("moderation", {"state": "in_review"}),
        ("moderation", {"state": "approved"}),
        ("consent", {"level": "public", "given_on": "2026-03-03"}),
        ("consent", {"level": "internal", "given_on": "2026-03-04"}),
        ("consent", {"level": "none", "given_on": "2026-03-05"}),
    ):
        published += await state_of(shared_system, told.json()["story_id"])
        answer = await stories.put(f"{address}/{path}", json=body, headers=ours)
        assert answer.status_code == 200
    published += await state_of(shared_system, told.json()["story_id"])
    assert len(set(published)) == 6
    assert MARK not in "".join(published)


async def state_of(system: System, story: str) -> list[str]:
    """Return what was last put into the outbox for a story."""
    query = "select state::text from story where id = $1"
    return [row[0] for row in await system.fetch("stories", query, story)]


async def test_a_batch_answers_per_record_in_input_order(
    stories: httpx.AsyncClient, token: Token
) -> None:
    partner = bearer(token("RX1", "partner"))
    known, first = marked_story(), marked_story()
    await stories.post("/stories", json=known, headers=partner)
    records: list[Any] = [
        first,
        known,
        {**known, "text": "other words"},
        marked_story(kind="poem"),
        first,
        marked_story(consent={"level": "public", "given_on": "9999-12-31"}),
        7,
    ]
    answer = await stories.post("/stories/batch", json=records, headers=partner)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [
        "stored",
        "repeated",
        "conflict",
        "invalid",
        "repeated",
        "invalid",
        "invalid",
    ]
    assert [result["index"] for result in results] == list(range(7))
    assert MARK not in answer.text
    assert "other words" not in answer.text


async def test_a_dry_run_of_lines_stores_nothing(
    stories: httpx.AsyncClient, token: Token
) -> None:
    partner = bearer(token("RX1", "partner"))
    records = [marked_story(), marked_story()]
    answer = await stories.post(
        "/stories/batch?dry_run=true",
        content="\n".join(json.dumps(record) for record in records),
        headers={**partner, "content-type": "application/x-ndjson"},
    )
    statuses = [result["status"] for result in answer.json()["results"]]
    assert statuses == ["stored", "stored"]
    read = await stories.get(f"/stories/{records[0]['reference']}", headers=partner)
    assert read.status_code == 404


async def test_the_list_is_paged_by_reference_and_holds_own_stories_only(
    stories: httpx.AsyncClient, token: Token
) -> None:
    partner = bearer(token(f"P{uuid4().hex[:6].upper()}", "partner"))
    records = [marked_story(reference=f"S-{number}") for number in range(5)]
    await stories.post("/stories/batch", json=records, headers=partner)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await stories.get(
            "/stories", params={"after": after, "limit": 2}, headers=partner
        )
        seen += [story["reference"] for story in page.json()["stories"]]
        after = page.json()["next"]
    assert seen == [f"S-{number}" for number in range(5)]
