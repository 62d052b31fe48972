"""Edited words, over HTTP on a real PostgreSQL: who reads which, and who approves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.builders import a_reference
from tests.integration.stories.test_sharing import PUBLIC, TEXT, Told, tell
from tests.system import System

Token = Callable[..., str]
PARTNERS = {"level": "partners", "given_on": "2026-03-01"}
EDITED = "Somebody listened."
EDITS = {"text": EDITED, "moments": ["A hot drink."], "reasons": ["staff_name"]}


async def redact(
    story: Told,
    edits: dict[str, Any] = EDITS,
    **changes: Any,  # noqa: ANN401
) -> httpx.Response:
    """Redact a story, with the version that is there unless another is named."""
    headers = story.headers(
        changes.get("role", "moderator"), org=changes.get("org", "RX1")
    )
    version = changes["version"] if "version" in changes else await version_of(story)
    if version is not None:
        headers["If-Match"] = version
    path = f"/stories/{story.reference}/redaction"
    return await story.client.put(path, json=edits, headers=headers)


async def version_of(story: Told) -> str:
    headers = story.headers("partner", org="RX1")
    answer = await story.client.get(f"/stories/{story.reference}", headers=headers)
    return answer.headers["etag"]


async def step(story: Told, state: str, person: str = "u1") -> httpx.Response:
    """Take a step of moderation, having seen the words as they stand."""
    headers = story.headers("moderator", org="RX1", person=person)
    path = f"/stories/{story.reference}"
    seen = await story.client.get(f"{path}/redaction", headers=headers)
    headers["If-Match"] = seen.headers["etag"]
    return await story.client.put(
        f"{path}/moderation", json={"state": state}, headers=headers
    )


async def shared(story: Told, role: str = "moderator") -> httpx.Response:
    return await story.client.get(
        f"/stories/{story.reference}/redaction", headers=story.headers(role, org="RX1")
    )


async def test_others_read_the_edited_words_and_the_team_what_was_told(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    assert (await redact(story)).status_code == 200
    for state, person in (("in_review", "a"), ("approved", "a"), ("published", "b")):
        assert (await step(story, state, person)).status_code == 200
    for answer in (
        await story.text(),
        await story.text("viewer", org="RX2"),
        await story.text("viewer", org="RX1"),
        await story.text("partner", "moderator", org="RX2"),
        await story.text("platform", "steward", "ops", org="RX1"),
    ):
        assert answer.status_code == 200
        found = answer.json()
        assert (found["text"], found["is_redacted"]) == (EDITED, True)
        assert found["moments"] == [
            {"kind": "magic", "step": "first_contact", "text": "A hot drink."}
        ]
        assert TEXT not in answer.text
    for role in ("partner", "moderator"):
        found = (await story.text(role, org="RX1")).json()
        assert (found["text"], found["is_redacted"]) == (TEXT, False)
        assert found["moments"][0]["text"] == "Tea."


async def test_a_redaction_after_approval_needs_approval_again(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    for state, person in (("in_review", "a"), ("approved", "a"), ("published", "b")):
        assert (await step(story, state, person)).status_code == 200
    assert (await story.text()).status_code == 200
    assert (await redact(story)).status_code == 200
    assert (await story.detail())["moderation"] == "in_review"
    assert (await story.text()).status_code == 404
    assert (await story.text("viewer", org="RX2")).status_code == 404
    assert (await step(story, "published", "b")).status_code == 409
    assert (await step(story, "approved", "b")).status_code == 200
    assert (await step(story, "published", "b")).status_code == 409
    assert (await step(story, "published", "a")).status_code == 200
    assert (await story.text()).json()["text"] == EDITED


async def test_words_that_were_edited_meanwhile_are_not_approved_unseen(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PARTNERS)
    await step(story, "in_review")
    seen = await version_of(story)
    assert (await redact(story)).status_code == 200
    unseen = await story.moderate("approved")
    assert unseen.status_code == 428
    path = f"/stories/{story.reference}/moderation"
    headers = story.headers("moderator", org="RX1") | {"If-Match": seen}
    stale = await story.client.put(path, json={"state": "approved"}, headers=headers)
    assert stale.status_code == 412
    assert (await step(story, "approved")).status_code == 200


async def test_a_redaction_needs_the_version_it_was_made_of(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PARTNERS)
    assert (await redact(story, version=None)).status_code == 428
    seen = await version_of(story)
    assert (await redact(story, version='"1"')).status_code == 412
    first = await redact(story, version=seen)
    again = await redact(story, version=seen)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    other = await redact(story, EDITS | {"text": "Other words."}, version=seen)
    assert other.status_code == 412
    assert (await shared(story)).json()["text"] == EDITED


async def test_what_others_would_read_is_shown_to_the_team(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PARTNERS)
    before = (await shared(story, "partner")).json()
    assert (before["text"], before["is_redacted"], before["reasons"]) == (
        TEXT,
        False,
        [],
    )
    answer = await redact(story)
    after = await shared(story)
    assert after.headers["etag"] == answer.headers["etag"]
    assert after.headers["cache-control"] == "no-store"
    assert after.json() == {
        "story_id": story.story_id,
        "sequence": answer.json()["sequence"],
        "is_redacted": True,
        "text": EDITED,
        "moments": [{"kind": "magic", "step": "first_contact", "text": "A hot drink."}],
        "reasons": ["staff_name"],
    }
    undone = {"text": TEXT, "moments": ["Tea."], "reasons": ["other"]}
    assert (await redact(story, undone)).status_code == 200
    assert (await shared(story)).json()["is_redacted"] is False


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"moments": []}, "/moments"),
        ({"moments": ["a", "b"]}, "/moments"),
        ({"moments": [3]}, "/moments/0"),
        ({"text": ""}, "/text"),
        ({"text": "a\u0000b"}, "/text"),
        ({"reasons": []}, "/reasons"),
        ({"reasons": ["criticism"]}, "/reasons/0"),
    ],
)
async def test_a_redaction_that_does_not_fit_is_refused_and_not_stored(
    stories: httpx.AsyncClient, token: Token, wrong: dict[str, Any], pointer: str
) -> None:
    story = await tell(stories, token, PARTNERS)
    before = await version_of(story)
    refused = await redact(story, EDITS | wrong)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert await version_of(story) == before


async def test_after_a_withdrawal_nobody_reads_or_edits(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PARTNERS)
    await redact(story)
    await story.consent("none", "2026-03-05")
    for answer in (
        await shared(story),
        await redact(story, EDITS | {"text": "Others."}),
        await story.text("moderator", org="RX1"),
    ):
        assert answer.status_code == 410
        assert EDITED not in answer.text


async def test_redaction_is_for_moderators_of_the_storys_organisation(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PARTNERS)
    path = f"/stories/{story.reference}/redaction"
    assert (await stories.put(path, json=EDITS)).status_code == 401
    assert (await stories.get(path)).status_code == 401
    assert (await redact(story, role="partner")).status_code == 403
    assert (await redact(story, org="RX2")).status_code == 404
    assert (await shared(story, "viewer")).status_code == 403
    nobody = f"/stories/{a_reference('N')}/redaction"
    headers = story.headers("moderator", org="RX1")
    assert (await stories.get(nobody, headers=headers)).status_code == 404


async def test_no_edited_word_is_in_an_event(
    stories: httpx.AsyncClient, token: Token, shared_system: System
) -> None:
    story = await tell(stories, token, PUBLIC)
    await redact(story, EDITS | {"text": "Zanzibar", "moments": ["Zanzibar"]})
    [row] = await shared_system.fetch(
        "stories", "select state, kept from story where id = $1", story.story_id
    )
    assert "Zanzibar" not in row["state"]
    assert row["kept"].count("Zanzibar") == 2
    assert TEXT in row["kept"]


async def test_the_teller_sees_by_a_link_what_others_read(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PARTNERS)
    made = await stories.post(
        "/links",
        json={"stories": [story.reference], "expires_in_days": 7},
        headers=story.headers("partner", org="RX1"),
    )
    assert made.status_code == 201, made.text
    path = httpx.URL(made.json()["url"]).path
    assert "What others read" not in (await stories.get(path)).text
    assert (await redact(story)).status_code == 200
    page = (await stories.get(path)).text
    assert page.index(TEXT) < page.index("What others read") < page.index(EDITED)
    await story.consent("none", "2026-03-05")
    page = (await stories.get(path)).text
    assert EDITED not in page
    assert TEXT not in page
