"""The table of who reads which words, asked over HTTP: every story, some callers."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from itertools import product

import httpx
import pytest

from tests.builders import a_story
from tests.system import System
from tests.unit.stories.who_reads import (
    CONSENTS,
    EDITED,
    EDITED_MOMENT,
    OWNER,
    STATES,
    TOLD,
    TOLD_MOMENT,
    Case,
    every_case,
)

SEED = 20_260_301
CALLERS_OF_EACH = 5
EDITS = {"text": EDITED, "moments": [EDITED_MOMENT], "reasons": ["staff_name"]}
STEPS = {
    "submitted": [],
    "in_review": ["in_review"],
    "changes_proposed": ["in_review", "changes_proposed"],
    "approved": ["in_review", "approved"],
    "published": ["in_review", "approved", "published"],
    "withdrawn": ["in_review", "approved", "published"],
}
# What the passing of years does.
AGE = """
update story set kept =
  replace(kept::text, '2199-12-31', '2026-04-21')::json where id = $1
"""


@pytest.fixture(scope="module")
async def client(shared_system: System) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of stories."""
    async with shared_system.client("stories") as client:
        yield client


class Teller:
    """Tells stories and brings them to where they are to stand, over HTTP."""

    def __init__(self, system: System, client: httpx.AsyncClient) -> None:
        self._system = system
        self._client = client

    def headers(self, org: str, *roles: str, person: str = "u1") -> dict[str, str]:
        """Return what says who asks."""
        token = self._system.token(org, *roles, subject=person)
        return {"Authorization": f"Bearer {token}"}

    async def tell(self, consent: str, moderation: str, is_edited: bool) -> str:
        """Return the id of a story that stands as it is said."""
        moment = {"kind": "miserable", "step": "support", "text": TOLD_MOMENT}
        given = {"level": consent, "given_on": "2026-04-20"}
        if consent == "expired":
            given |= {"level": "public", "expires_on": "2199-12-31"}
        body = a_story(text=TOLD, moments=[moment], consent=given)
        if consent == "none":
            body["consent"] = None
        told = await self._client.post(
            "/stories", json=body, headers=self.headers(OWNER, "partner")
        )
        version, path = told.headers["etag"], f"/stories/{body['reference']}"
        changes: list[tuple[str, dict[str, object], str]] = [
            ("moderation", {"state": state}, "b" if state == "published" else "a")
            for state in STEPS[moderation]
        ]
        if is_edited:
            changes.insert(0, ("redaction", dict(EDITS), "a"))
        for part, change, person in changes:
            headers = self.headers(OWNER, "moderator", person=person)
            headers["If-Match"] = version
            answer = await self._client.put(
                f"{path}/{part}", json=change, headers=headers
            )
            assert answer.status_code == 200, answer.text
            version = answer.headers["etag"]
        story: str = told.json()["story_id"]
        if consent == "expired":
            await self._system.fetch("stories", AGE, story)
        if moderation == "withdrawn":
            answer = await self._client.put(
                f"{path}/consent",
                json={"level": "none", "given_on": "2026-05-01"},
                headers=self.headers(OWNER, "partner"),
            )
            assert answer.status_code == 200, answer.text
        return story

    async def ask(self, story: str, case: Case) -> str:
        """Return which words a caller gets."""
        headers = self.headers(case.organisation, case.role)
        if case.role == "none":
            headers = {} if case.is_own else self.headers(case.organisation)
        answer = await self._client.get(f"/stories/{story}/text", headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        if answer.status_code != 200:
            for word in (TOLD, EDITED, TOLD_MOMENT, EDITED_MOMENT):
                assert word not in answer.text
            return {404: "hidden", 410: "gone"}[answer.status_code]
        found = answer.json()
        said = (found["text"], found["moments"][0]["text"])
        which = {(TOLD, TOLD_MOMENT): "told", (EDITED, EDITED_MOMENT): "edited"}[said]
        assert found["is_redacted"] == (which == "edited")
        return which


@pytest.mark.parametrize(
    ("consent", "is_edited"), list(product(CONSENTS, (False, True)))
)
async def test_over_http_too_everybody_reads_the_words_of_the_table(
    shared_system: System, client: httpx.AsyncClient, consent: str, is_edited: bool
) -> None:
    teller, chance = Teller(shared_system, client), random.Random(SEED)
    wrong = []
    for moderation in STATES:
        story = await teller.tell(consent, moderation, is_edited)
        cases = [
            case
            for case in every_case()
            if case[:3] == (consent, moderation, is_edited)
        ]
        for case in chance.sample(cases, CALLERS_OF_EACH):
            answer = await teller.ask(story, case)
            if answer != case.expected:
                wrong.append((case, answer))
    assert wrong == []
