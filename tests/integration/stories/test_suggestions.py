"""Suggested edits, over HTTP: shown to moderators, stored nowhere."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from tests.builders import a_reference, a_story
from tests.integration.stories.test_sharing import PUBLIC, Told
from tests.system import System

Token = Callable[..., str]
TEXT = "👋 Zoe Quill rang from 07700 900123."


async def tell_with_names(stories: httpx.AsyncClient, token: Token) -> Told:
    moment = {"kind": "magic", "step": "support", "text": "At M1 1AE."}
    body = a_story(told_on="2026-03-01", text=TEXT, moments=[moment], consent=PUBLIC)
    headers = {"Authorization": f"Bearer {token('RX1', 'partner')}"}
    answer = await stories.post("/stories", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return Told(stories, token, body["reference"], answer.json()["story_id"])


async def ask(
    story: Told, role: str = "moderator", org: str = "RX1", reference: str = ""
) -> httpx.Response:
    return await story.client.get(
        f"/stories/{reference or story.reference}/suggestions",
        headers=story.headers(role, org=org),
    )


async def test_a_moderator_is_shown_places_and_nothing_is_stored(
    stories: httpx.AsyncClient, token: Token, shared_system: System
) -> None:
    story = await tell_with_names(stories, token)
    kept = "select kept::text, sequence from story where id = $1"
    [before] = await shared_system.fetch("stories", kept, story.story_id)
    answer = await ask(story)
    assert answer.status_code == 200
    assert answer.headers["etag"] == f'"{before["sequence"]}"'
    assert answer.json() == {
        "story_id": story.story_id,
        "sequence": before["sequence"],
        "is_redacted": False,
        "suggestions": [
            {"part": "/text", "start": 2, "end": 11, "category": "name"},
            {"part": "/text", "start": 22, "end": 34, "category": "phone"},
            {"part": "/moments/0/text", "start": 3, "end": 9, "category": "postcode"},
        ],
    }
    [after] = await shared_system.fetch("stories", kept, story.story_id)
    assert after == before


async def test_after_a_withdrawal_nothing_is_suggested(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell_with_names(stories, token)
    await story.consent("none", "2026-03-05")
    assert (await ask(story)).status_code == 410


async def test_suggestions_are_for_moderators_of_the_storys_organisation(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell_with_names(stories, token)
    path = f"/stories/{story.reference}/suggestions"
    assert (await stories.get(path)).status_code == 401
    assert (await ask(story, "partner")).status_code == 403
    assert (await ask(story, org="RX2")).status_code == 404
    assert (await ask(story, reference=a_reference("N"))).status_code == 404
    wrong = story.headers("moderator", org="RX1") | {"X-Purpose": "curiosity"}
    assert (await stories.get(path, headers=wrong)).status_code == 422
