"""Telling stories and reading them back, over HTTP on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

Token = Callable[..., str]
MARK = "Zanzibar"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def a_story(**changes: object) -> dict[str, Any]:
    return {
        "reference": f"S-{uuid4()}",
        "referral": "LW-0001",
        "kind": "story",
        "told_on": "2026-03-02",
        "text": f"They listened in {MARK}.",
        "language": "en",
        "moments": [{"kind": "magic", "step": "first_contact", "text": f"{MARK}!"}],
        "strengths": ["humour"],
        "aspirations": ["work"],
        "recommendations": [f"More of {MARK}."],
        "consent": {"level": "partners", "given_on": "2026-03-02"},
        **changes,
    }


async def test_a_story_is_told_and_read_back(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = a_story()
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
        "consents": [story["consent"]],
        "moderation": "submitted",
    }


async def test_a_bubble_needs_neither_referral_nor_consent(
    stories: httpx.AsyncClient, token: Token
) -> None:
    bubble = {
        "reference": f"B-{uuid4()}",
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
    story = a_story()
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
    story = a_story()
    partner = bearer(token("RX1", "partner"))
    await stories.post("/stories", json=story, headers=partner)
    other = {**story, "text": f"Never again {MARK}.", "moments": []}
    refused = await stories.post("/stories", json=other, headers=partner)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    pointers = [error["pointer"] for error in refused.json()["errors"]]
    assert pointers == ["/moments", "/text"]
    assert MARK not in refused.text


@pytest.mark.parametrize(
    "change",
    [
        {"text": "\x00"},
        {"text": ""},
        {"text": 5},
        {"text": None},
        {"text": "x" * 100_001},
        {"kind": "poem"},
        {"told_on": 20260302},
        {"told_on": "2026-02-30"},
        {"reference": "999 123 4578"},
        {"reference": "9991234578"},
        {"referral": "a b"},
        {"moments": [{"kind": "magic", "step": f"in {MARK}"}]},
        {"moments": [{"kind": "magic"}]},
        {"moments": [{"kind": "magic", "step": "waiting", "text": "\x00"}]},
        {"moments": {}},
        {"strengths": ["good with people"]},
        {"recommendations": ["\x00"]},
        {"recommendations": [True]},
        {"consent": {"level": "everyone", "given_on": "2026-03-02"}},
        {"consent": {"level": "public"}},
        {"consent": {"level": "public", "given_on": "9999-12-31"}},
        {"name": "unknown field"},
    ],
    ids=str,
)
async def test_content_that_breaks_the_contract_is_refused(
    stories: httpx.AsyncClient, token: Token, change: dict[str, Any]
) -> None:
    partner = bearer(token("RX1", "partner"))
    story = a_story(**change)
    refused = await stories.post("/stories", json=story, headers=partner)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert MARK not in refused.text
    batch = await stories.post("/stories/batch", json=[story], headers=partner)
    assert batch.json()["results"][0]["status"] == "invalid"
    assert MARK not in batch.text


@pytest.mark.parametrize(
    "raw",
    [
        rb'{"reference": "S-1", "text": "\ud800"}',
        rb'{"\ud800": 1}',
        b'{"text": "\xff"}',
        b'{"told_on": 1e400}',
        b'{"told_on": NaN}',
        b"[" * 100_000,
        b"[]",
        b"null",
        b"",
    ],
    ids=range(9),
)
async def test_hostile_bytes_are_refused(
    stories: httpx.AsyncClient, token: Token, raw: bytes
) -> None:
    headers = {
        **bearer(token("RX1", "partner")),
        "content-type": "application/json",
    }
    refused = await stories.post("/stories", content=raw, headers=headers)
    assert refused.status_code == 422


@pytest.mark.parametrize(("path", "size"), [("", 1_000_001), ("/batch", 8_000_001)])
async def test_a_body_that_is_too_large_is_refused(
    stories: httpx.AsyncClient, token: Token, path: str, size: int
) -> None:
    headers = {
        **bearer(token("RX1", "partner")),
        "content-type": "application/json",
    }
    refused = await stories.post(
        f"/stories{path}", content=b" " * size, headers=headers
    )
    assert refused.status_code == 413


async def test_another_organisation_has_no_such_story(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = a_story()
    partner, other = bearer(token("RX1", "partner")), bearer(token("RX2", "partner"))
    told = await stories.post("/stories", json=story, headers=partner)
    read = await stories.get(f"/stories/{story['reference']}", headers=other)
    assert read.status_code == 404
    same = await stories.post("/stories", json=story, headers=other)
    assert same.status_code == 201
    assert same.json()["story_id"] != told.json()["story_id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ""), ("POST", "/batch"), ("GET", ""), ("GET", "/S-1")],
)
async def test_telling_needs_a_token_and_the_role_partner(
    stories: httpx.AsyncClient, token: Token, method: str, path: str
) -> None:
    address, body = f"/stories{path}", a_story()
    nobody = await stories.request(method, address, json=body)
    assert nobody.status_code == 401
    viewer = bearer(token("RX1", "viewer", "moderator"))
    refused = await stories.request(method, address, json=body, headers=viewer)
    assert refused.status_code == 403


async def test_64_posts_of_one_reference_at_once_are_one_story(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = a_story()
    partner = bearer(token(f"P{uuid4().hex[:6].upper()}", "partner"))
    answers = await asyncio.gather(
        *(stories.post("/stories", json=story, headers=partner) for _ in range(64))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 63}
    assert len({answer.text for answer in answers}) == 1
    listed = await stories.get("/stories", headers=partner)
    assert len(listed.json()["stories"]) == 1


async def test_a_batch_answers_per_record_in_input_order(
    stories: httpx.AsyncClient, token: Token
) -> None:
    partner = bearer(token("RX1", "partner"))
    known, first = a_story(), a_story()
    await stories.post("/stories", json=known, headers=partner)
    records: list[Any] = [
        first,
        known,
        {**known, "text": "other words"},
        a_story(kind="poem"),
        first,
        a_story(consent={"level": "public", "given_on": "9999-12-31"}),
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
    records = [a_story(), a_story()]
    answer = await stories.post(
        "/stories/batch?dry_run=true",
        content="\n".join(json.dumps(record) for record in records),
        headers={**partner, "content-type": "application/x-ndjson"},
    )
    statuses = [result["status"] for result in answer.json()["results"]]
    assert statuses == ["stored", "stored"]
    read = await stories.get(f"/stories/{records[0]['reference']}", headers=partner)
    assert read.status_code == 404


async def test_a_batch_of_1001_is_refused(
    stories: httpx.AsyncClient, token: Token
) -> None:
    partner = bearer(token("RX1", "partner"))
    refused = await stories.post("/stories/batch", json=[{}] * 1_001, headers=partner)
    assert refused.status_code == 413


async def test_the_list_is_paged_by_reference_and_holds_own_stories_only(
    stories: httpx.AsyncClient, token: Token
) -> None:
    partner = bearer(token(f"P{uuid4().hex[:6].upper()}", "partner"))
    records = [a_story(reference=f"S-{number}") for number in range(5)]
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


async def test_a_cursor_with_a_nul_is_refused(
    stories: httpx.AsyncClient, token: Token
) -> None:
    partner = bearer(token("RX1", "partner"))
    refused = await stories.get("/stories?after=%00", headers=partner)
    assert refused.status_code == 422
