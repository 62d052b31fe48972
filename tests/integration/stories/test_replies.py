"""Answering a story, over HTTP on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.builders import a_story
from tests.system import System

Token = Callable[..., str]
MARK = "Zanzibar"
CHANGE = {"what": f"A kettle in {MARK}.", "changed_on": "2026-05-20"}
REPLY: dict[str, Any] = {
    "reference": "R-1",
    "replied_on": "2026-05-04",
    "text": f"You said, we did, in {MARK}.",
    "change": None,
}
RIGHT = {**REPLY, "change": CHANGE}
READ = {key: RIGHT[key] for key in ("replied_on", "text", "change")}
BOTH = pytest.mark.parametrize("method", ["PUT", "DELETE"])


@dataclass
class Told:
    """A story, and what is asked of it in some role."""

    client: httpx.AsyncClient
    token: Token
    reference: str
    story_id: str

    async def ask(
        self,
        method: str,
        path: str,
        role: str = "partner",
        **more: Any,  # noqa: ANN401
    ) -> httpx.Response:
        organisation = more.pop("org", "RX1")
        tag = more.pop("tag", None)
        bearer = self.token(organisation, role, subject=more.pop("person", "u1"))
        headers = {"Authorization": f"Bearer {bearer}"}
        headers |= {"If-Match": tag} if tag else {}
        address = f"/stories/{self.reference}{path}"
        return await self.client.request(method, address, headers=headers, **more)

    async def reply(self, **changes: object) -> httpx.Response:
        return await self.ask("POST", "/replies", json=REPLY | changes)

    async def replies(self) -> list[Any]:
        found: list[Any] = (await self.ask("GET", "")).json()["replies"]
        return found

    async def moderate(self, *states: str) -> None:
        for state in states:
            body = {"state": state}
            person = "u2" if state == "published" else "u1"
            answer = await self.ask(
                "PUT", "/moderation", "moderator", json=body, person=person
            )
            assert answer.status_code == 200

    async def consent(self, level: str, given_on: str) -> None:
        body = {"level": level, "given_on": given_on}
        answer = await self.ask("PUT", "/consent", json=body)
        assert answer.status_code == 200

    async def text(self, *roles: str, org: str = "RX2") -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(org, *roles)}"}
        address = f"/stories/{self.story_id}/text"
        return await self.client.get(address, headers=headers if roles else {})

    async def state(self, system: System) -> tuple[str | None, str | None, str]:
        """Return both days of answers, and all that was put into the outbox."""
        [row] = await system.fetch(
            "stories",
            "select state ->> 'replied_on', state ->> 'changed_on', state::text"
            " from story where id = $1",
            self.story_id,
        )
        return tuple(row)


@pytest.fixture
async def told(stories: httpx.AsyncClient, token: Token) -> Told:
    consent = {"level": "partners", "given_on": "2026-04-20"}
    body = a_story(told_on="2026-04-20", consent=consent)
    headers = {"Authorization": f"Bearer {token('RX1', 'partner')}"}
    answer = await stories.post("/stories", json=body, headers=headers)
    assert answer.status_code == 201
    return Told(stories, token, body["reference"], answer.json()["story_id"])


def problem(answer: httpx.Response, status: int) -> list[str]:
    """Check that it is a problem that says no word, and return its pointers."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert MARK not in answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_a_reply_is_told_once_and_published_as_days_without_words(
    told: Told, shared_system: System
) -> None:
    assert (await told.state(shared_system))[:2] == (None, None)
    first = await told.reply(change=CHANGE)
    assert first.status_code == 201
    assert first.headers["ETag"] == f'"{first.json()["sequence"]}"'
    again = await told.reply(change=CHANGE)
    assert (again.status_code, again.json()) == (200, first.json())
    assert await told.replies() == [RIGHT]
    replied_on, changed_on, state = await told.state(shared_system)
    assert (replied_on, changed_on) == ("2026-05-04", "2026-05-20")
    assert MARK not in state
    assert "R-1" not in state
    types = await shared_system.fetch(
        "stories", "select type from audit where record = $1 order by id", told.story_id
    )
    assert [row[0].split(".")[3] for row in types] == ["told", "replied", "read"]


async def test_a_moderator_answers_too(told: Told) -> None:
    answer = await told.ask("POST", "/replies", "moderator", json=REPLY)
    assert answer.status_code == 201


async def test_another_reply_of_the_same_reference_is_refused(told: Told) -> None:
    await told.reply()
    problem(await told.reply(text=f"Not in {MARK}."), 409)
    assert await told.replies() == [REPLY]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"reference": "9434765919"}, ["/reference"]),
        ({"replied_on": "2026-04-19"}, ["/replied_on"]),
        ({"replied_on": "4 May"}, ["/replied_on"]),
        ({"text": ""}, ["/text"]),
        ({"text": "\x00"}, ["/text"]),
        ({"change": {**CHANGE, "changed_on": "2199-01-01"}}, ["/change/changed_on"]),
        ({"change": {"what": MARK}}, ["/change/changed_on"]),
        ({"change": {**CHANGE, "what": ""}}, ["/change/what"]),
        ({MARK: MARK}, [""]),
    ],
    ids=range(9),
)
async def test_what_is_no_reply_is_refused_and_not_stored(
    told: Told, wrong: dict[str, object], where: list[str]
) -> None:
    assert problem(await told.reply(**wrong), 422) == where
    assert await told.replies() == []


async def test_a_reply_is_not_dated_ahead(told: Told) -> None:
    ahead = datetime.now(UTC) + timedelta(days=2)
    refused = await told.reply(replied_on=ahead.date().isoformat())
    assert problem(refused, 422) == ["/replied_on"]


async def test_a_change_is_added_to_a_reply_by_correcting_it(
    told: Told, shared_system: System
) -> None:
    answer = await told.reply()
    tag = answer.headers["ETag"]
    corrected = await told.ask("PUT", "/replies/R-1", json=RIGHT, tag=tag)
    assert corrected.status_code == 200
    assert corrected.json()["sequence"] > answer.json()["sequence"]
    assert await told.replies() == [RIGHT]
    days = (await told.state(shared_system))[:2]
    assert days == ("2026-05-04", "2026-05-20")
    again = await told.ask("PUT", "/replies/R-1", json=RIGHT, tag=tag)
    assert again.status_code == 200, "what is so already may be told again"
    assert again.json() == corrected.json()


async def test_a_reply_is_taken_back(told: Told, shared_system: System) -> None:
    answer = await told.reply(change=CHANGE)
    tag = answer.headers["ETag"]
    gone = await told.ask("DELETE", "/replies/R-1", tag=tag)
    assert gone.status_code == 200
    assert await told.replies() == []
    assert (await told.state(shared_system))[:2] == (None, None)
    problem(await told.ask("DELETE", "/replies/R-1", tag=gone.headers["ETag"]), 404)


@BOTH
async def test_a_correction_names_the_version_that_was_read(
    told: Told, method: str
) -> None:
    await told.reply()
    body: dict[str, Any] = {"json": RIGHT} if method == "PUT" else {}
    problem(await told.ask(method, "/replies/R-1", **body), 428)
    problem(await told.ask(method, "/replies/R-1", **body, tag='"1"'), 412)
    assert await told.replies() == [REPLY]


async def test_a_version_that_is_named_holds_for_a_new_reply_too(told: Told) -> None:
    problem(await told.ask("POST", "/replies", json=REPLY, tag='"1"'), 412)
    assert await told.replies() == []


@BOTH
async def test_a_reply_that_is_not_there_or_not_yours_is_not_found(
    told: Told, method: str
) -> None:
    tag = (await told.reply()).headers["ETag"]
    body: dict[str, Any] = {"json": RIGHT} if method == "PUT" else {}
    address = "/replies/R-1"
    problem(await told.ask(method, address, **body, tag=tag, org="RX2"), 404)
    body = {"json": {**RIGHT, "reference": "R-2"}} if method == "PUT" else {}
    problem(await told.ask(method, "/replies/R-2", **body, tag=tag), 404)
    assert await told.replies() == [REPLY]


async def test_the_reference_of_a_correction_is_that_of_its_address(told: Told) -> None:
    tag = (await told.reply()).headers["ETag"]
    problem(await told.ask("PUT", "/replies/R-9", json=RIGHT, tag=tag), 422)
    early = {**REPLY, "replied_on": "2026-04-01"}
    refused = await told.ask("PUT", "/replies/R-1", json=early, tag=tag)
    assert problem(refused, 422) == ["/replied_on"]
    assert await told.replies() == [REPLY]


async def test_nobody_answers_the_story_of_another_organisation(told: Told) -> None:
    problem(await told.ask("POST", "/replies", json=REPLY, org="RX2"), 404)
    problem(await told.ask("POST", "/replies", "viewer", json=REPLY), 403)
    bare = await told.client.post(f"/stories/{told.reference}/replies", json=REPLY)
    problem(bare, 401)
    assert await told.replies() == []


async def test_whoever_may_read_a_story_reads_its_replies_and_nobody_else(
    told: Told,
) -> None:
    await told.reply(change=CHANGE)
    team = await told.text("partner", org="RX1")
    assert team.json()["replies"] == [READ], "without the reference"
    assert MARK not in (await told.text("viewer")).text
    await told.moderate("in_review", "approved")
    assert (await told.text("viewer")).json()["replies"] == [READ]
    assert (await told.text()).status_code == 404
    await told.consent("public", "2026-05-21")
    await told.moderate("published")
    assert (await told.text()).json()["replies"] == [READ]
    await told.consent("internal", "2026-05-22")
    for answer in (await told.text(), await told.text("viewer")):
        assert answer.status_code == 404
        assert MARK not in answer.text


async def test_of_a_story_that_is_not_shared_any_more_no_day_is_published(
    told: Told, shared_system: System
) -> None:
    await told.reply(change=CHANGE)
    await told.consent("internal", "2026-05-22")
    assert (await told.state(shared_system))[:2] == (None, None)
    await told.consent("partners", "2026-05-23")
    days = (await told.state(shared_system))[:2]
    assert days == ("2026-05-04", "2026-05-20")


async def test_after_a_withdrawal_replies_are_neither_shown_nor_taken(
    told: Told, shared_system: System
) -> None:
    await told.reply(change=CHANGE)
    await told.consent("none", "2026-05-22")
    assert await told.replies() == []
    gone = await told.text("partner", org="RX1")
    problem(gone, 410)
    detail = await told.ask("GET", "")
    tag = detail.headers["ETag"]
    problem(await told.reply(reference="R-2"), 410)
    problem(await told.ask("PUT", "/replies/R-1", json=REPLY, tag=tag), 410)
    problem(await told.ask("DELETE", "/replies/R-1", tag=tag), 410)
    assert (await told.state(shared_system))[:2] == (None, None)
    assert MARK not in detail.text
