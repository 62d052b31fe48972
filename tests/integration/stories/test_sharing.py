"""Consent, moderation and the text, over HTTP on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders import a_story

Token = Callable[..., str]
TEXT = "They listened."
PUBLIC = {"level": "public", "given_on": "2026-03-02", "expires_on": None}


@dataclass
class Told:
    """A story that was told, and how its organisation and others ask about it."""

    client: httpx.AsyncClient
    token: Token
    reference: str
    story_id: str

    def headers(self, *roles: str, org: str, person: str = "u1") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(org, *roles, subject=person)}"}

    async def consent(self, level: str, given_on: str) -> httpx.Response:
        body = {"level": level, "given_on": given_on}
        return await self._put("consent", body, self.headers("partner", org="RX1"))

    async def moderate(self, state: str, person: str = "u1") -> httpx.Response:
        headers = self.headers("moderator", org="RX1", person=person)
        return await self._put("moderation", {"state": state}, headers)

    async def _put(
        self, what: str, body: dict[str, str], headers: dict[str, str]
    ) -> httpx.Response:
        path = f"/stories/{self.reference}/{what}"
        return await self.client.put(path, json=body, headers=headers)

    async def text(self, *roles: str, org: str | None = None) -> httpx.Response:
        headers = self.headers(*roles, org=org) if org else None
        return await self.client.get(f"/stories/{self.story_id}/text", headers=headers)

    async def detail(self) -> dict[str, object]:
        answer = await self.client.get(
            f"/stories/{self.reference}", headers=self.headers("partner", org="RX1")
        )
        found: dict[str, object] = answer.json()
        return found


async def tell(
    stories: httpx.AsyncClient, token: Token, consent: dict[str, Any] | None = None
) -> Told:
    body = a_story(
        told_on="2026-03-01",
        text=TEXT,
        language=None,
        moments=[{"kind": "magic", "step": "first_contact", "text": "Tea."}],
        recommendations=["Ring back."],
        consent=consent,
    )
    headers = {"Authorization": f"Bearer {token('RX1', 'partner')}"}
    answer = await stories.post("/stories", json=body, headers=headers)
    assert answer.status_code == 201
    return Told(stories, token, body["reference"], answer.json()["story_id"])


async def publish(story: Told) -> None:
    for state, person in (("in_review", "u1"), ("approved", "u1"), ("published", "u2")):
        assert (await story.moderate(state, person)).status_code == 200


async def test_a_published_text_is_read_by_everyone_and_kept_by_no_cache(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    assert (await story.text()).status_code == 404
    await publish(story)
    answer = await story.text()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "story_id": story.story_id,
        "language": None,
        "is_redacted": False,
        "text": TEXT,
        "moments": [{"kind": "magic", "step": "first_contact", "text": "Tea."}],
        "replies": [],
    }


async def test_partners_read_what_moderation_approved(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, {"level": "partners", "given_on": "2026-03-01"})
    assert (await story.text("viewer", org="RX2")).status_code == 404
    await story.moderate("in_review")
    await story.moderate("approved")
    assert (await story.text("viewer", org="RX2")).status_code == 200
    assert (await story.text("partner", org="RX2")).status_code == 404
    assert (await story.text()).status_code == 404


async def test_a_text_without_consent_is_read_by_the_collecting_team_alone(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token)
    assert (await story.text("partner", org="RX1")).json()["text"] == TEXT
    assert (await story.text("moderator", org="RX1")).status_code == 200
    assert (await story.text("viewer", org="RX1")).status_code == 404
    assert (await story.text("partner", org="RX2")).status_code == 404


async def test_a_text_that_is_not_yours_answers_as_one_that_does_not_exist(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token)
    hidden = await story.text()
    absent = await stories.get(f"/stories/{uuid4()}/text")
    assert (hidden.status_code, hidden.text) == (absent.status_code, absent.text)
    assert hidden.headers["cache-control"] == "no-store"


async def test_a_story_id_that_is_none_and_a_bad_token_are_refused(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    await publish(story)
    assert (await stories.get("/stories/S-1/text")).status_code == 422
    forged = await stories.get(
        f"/stories/{story.story_id}/text", headers={"Authorization": "Bearer x"}
    )
    assert forged.status_code == 401


async def test_narrowed_consent_holds_from_the_next_request_on(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    await publish(story)
    assert (await story.consent("partners", "2026-03-03")).status_code == 200
    assert (await story.text()).status_code == 404
    assert (await story.text("viewer", org="RX2")).status_code == 200
    assert (await story.consent("internal", "2026-03-04")).status_code == 200
    assert (await story.text("viewer", org="RX2")).status_code == 404
    assert (await story.text("partner", org="RX1")).status_code == 200


async def test_a_withdrawn_text_is_gone_for_everyone_and_nothing_is_forgotten(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    await publish(story)
    assert (await story.consent("none", "2026-03-03")).status_code == 200
    for answer in (
        await story.text(),
        await story.text("partner", org="RX1"),
        await story.text("viewer", org="RX2"),
    ):
        assert answer.status_code == 410
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["type"] == "urn:livingwell:problem:story-withdrawn"
        assert TEXT not in answer.text
    detail = await story.detail()
    assert detail["moderation"] == "withdrawn"
    assert detail["recommendations"] == []
    assert detail["consents"] == [
        PUBLIC,
        {"level": "none", "given_on": "2026-03-03", "expires_on": None},
    ]


async def test_consent_after_a_withdrawal_needs_a_later_date_and_a_new_review(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    await publish(story)
    await story.consent("none", "2026-03-03")
    assert (await story.consent("public", "2026-03-03")).status_code == 409
    assert (await story.moderate("in_review")).status_code == 409
    assert (await story.consent("public", "2026-03-04")).status_code == 200
    assert (await story.detail())["moderation"] == "submitted"
    assert (await story.text()).status_code == 404


async def test_a_consent_given_earlier_is_refused_in_a_clear_sentence(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    refused = await story.consent("internal", "2026-03-01")
    assert refused.status_code == 409
    assert refused.json()["detail"] == (
        "The consent held was given on 2026-03-02; yours is earlier."
    )


async def test_the_same_consent_again_changes_nothing(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    first = await story.consent("internal", "2026-03-03")
    second = await story.consent("internal", "2026-03-03")
    assert second.json() == first.json()


async def test_consent_of_the_future_is_refused(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token)
    assert (await story.consent("public", "9999-12-31")).status_code == 422


async def test_two_people_make_a_story_public(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    await story.moderate("in_review", "u1")
    await story.moderate("approved", "u1")
    refused = await story.moderate("published", "u1")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:livingwell:problem:second-person-needed"
    assert (await story.moderate("published", "u2")).status_code == 200


async def test_a_wider_consent_does_not_make_one_persons_publication_public(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, {"level": "partners", "given_on": "2026-03-01"})
    for state in ("in_review", "approved", "published"):
        assert (await story.moderate(state, "u1")).status_code == 200
    await story.consent("public", "2026-03-02")
    assert (await story.text()).status_code == 404
    assert (await story.moderate("published", "u1")).status_code == 409
    assert (await story.moderate("published", "u2")).status_code == 200
    assert (await story.text()).status_code == 200


async def test_a_step_that_moderation_does_not_have_is_refused(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    refused = await story.moderate("published")
    assert refused.status_code == 409
    assert refused.json()["detail"] == (
        "The story is submitted; it can become in_review."
    )
    assert (await story.moderate("withdrawn")).status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "role", "wrong_role"),
    [
        ("consent", PUBLIC, "partner", "moderator"),
        ("moderation", {"state": "in_review"}, "moderator", "partner"),
    ],
)
async def test_sharing_is_for_the_right_role_of_the_storys_organisation(
    stories: httpx.AsyncClient,
    token: Token,
    path: str,
    body: dict[str, Any],
    role: str,
    wrong_role: str,
) -> None:
    story = await tell(stories, token)
    address = f"/stories/{story.reference}/{path}"
    assert (await stories.put(address, json=body)).status_code == 401
    refused = await stories.put(
        address, json=body, headers=story.headers(wrong_role, org="RX1")
    )
    assert refused.status_code == 403
    elsewhere = await stories.put(
        address, json=body, headers=story.headers(role, org="RX2")
    )
    assert elsewhere.status_code == 404


async def test_a_withdrawal_beside_moderation_is_never_lost(
    stories: httpx.AsyncClient, token: Token
) -> None:
    story = await tell(stories, token, PUBLIC)
    steps = ["in_review", "approved", "in_review", "changes_proposed", "approved"]
    answers = await asyncio.gather(
        *(story.moderate(state) for state in steps),
        story.consent("none", "2026-03-03"),
    )
    assert answers[-1].status_code == 200
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert (await story.text("partner", org="RX1")).status_code == 410
