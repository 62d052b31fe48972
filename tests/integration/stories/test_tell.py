"""Telling a team by its link, over HTTP, on a real PostgreSQL."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from services.stories.api.telling import latest_date
from tests.integration.links import is_closed
from tests.integration.stories.telling import HTML, JSON, Team, a_bubble, a_team
from tests.system import System


@pytest.fixture
def team(shared_system: System, stories: AsyncClient) -> Team:
    return a_team(shared_system, stories)


async def test_a_bubble_is_stored_with_nothing_but_what_was_told(team: Team) -> None:
    made = await team.link()
    answer = await team.tell(made["path"], reference=(reference := str(uuid4())))
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "reference": reference,
        "receipt": f"{reference[:4]}-{reference[4:8]}".upper(),
    }
    [story] = await team.told()
    today = latest_date().isoformat()
    told = {name: value for name, value in story["kept"]["told"].items() if value}
    assert told == {
        "reference": reference,
        "kind": "bubble",
        "told_on": today,
        "text": "Somebody walked with me.",
        "moments": [{"kind": "magic", "step": "first_contact", "text": None}],
        "consent": {"level": "none", "given_on": today, "expires_on": None},
    }
    assert story["kept"]["referral_id"] is None
    assert story["state"]["moments"] == []
    assert await team.audited(story["id"]) == [
        (f"link:{made['link_id']}", "uk.livingwell.story.told.v1")
    ]


async def test_sent_twice_it_is_stored_once(team: Team) -> None:
    path, sent = (await team.link())["path"], a_bubble()
    first = await team.client.post(path, data=sent, headers=JSON)
    again = await team.client.post(path, data=sent, headers=JSON)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(await team.told()) == 1


async def test_other_words_under_the_same_reference_are_refused(team: Team) -> None:
    path, reference = (await team.link())["path"], str(uuid4())
    await team.tell(path, reference=reference)
    answer = await team.tell(path, reference=reference, text="Something else.")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:livingwell:problem:story-differs"
    page = await team.tell(path, HTML, reference=reference, text="Something else.")
    assert page.status_code == 409
    assert "Something else." in page.text
    assert reference not in page.text
    [story] = await team.told()
    assert story["kept"]["told"]["text"] == "Somebody walked with me."


async def test_by_a_revoked_link_nothing_is_stored(team: Team) -> None:
    made = await team.link()
    await team.revoke(made["link_id"])
    assert is_closed(await team.tell(made["path"]), 410)
    assert await team.told() == []


async def test_a_bubble_for_partners_is_announced_without_its_words(
    team: Team,
) -> None:
    path = (await team.link())["path"]
    await team.tell(path, consent="partners", text="Zanzibar was kind.")
    [story] = await team.told()
    assert story["state"]["moments"] == [{"kind": "magic", "step": "first_contact"}]
    assert "Zanzibar" not in str(story["state"])


@pytest.mark.parametrize(
    "change",
    [
        {"text": None},
        {"text": "\x00"},
        {"text": "x" * 2_001},
        {"kind": "poem"},
        {"step": "Dr_Zanzibar"},
        {"reference": "S-1"},
        {"reference": "9991234578"},
        {"told_on": "2999-01-01"},
        {"consent": "everyone"},
        {"strength": "Zanzibar"},
    ],
    ids=range(10),
)
async def test_what_breaks_the_form_is_refused_and_not_stored(
    team: Team, change: dict[str, Any]
) -> None:
    path = (await team.link())["path"]
    answer = await team.tell(path, **change)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Zanzibar" not in answer.text
    page = await team.tell(path, HTML, **change)
    assert page.status_code == 422
    assert "Please look at this again" in page.text
    assert await team.told() == []


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"{}", b"%", b"a=1&" * 5_000, b"way=story"]
)
async def test_what_is_no_form_is_refused(team: Team, body: bytes) -> None:
    path = (await team.link())["path"]
    answer = await team.client.post(path, content=body, headers=JSON)
    assert answer.status_code == 422
    assert await team.told() == []


async def test_a_form_that_is_too_large_is_refused(team: Team) -> None:
    path = (await team.link())["path"]
    answer = await team.tell(path, text="x" * 500_000)
    assert answer.status_code == 413


async def test_too_many_in_a_minute_have_to_wait(team: Team) -> None:
    path, other = (await team.link())["path"], (await team.link())["path"]
    answers = [await team.tell(path) for _ in range(61)]
    assert {answer.status_code for answer in answers} == {201, 429}
    late = next(answer for answer in answers if answer.status_code == 429)
    assert late.headers["retry-after"] == "60"
    assert late.json()["type"] == "urn:livingwell:problem:too-many-told"
    stored = sum(answer.status_code == 201 for answer in answers)
    assert len(await team.told()) == stored
    assert (await team.tell(other)).status_code == 201


async def test_what_was_erased_is_not_taken_again(team: Team) -> None:
    path, sent = (await team.link())["path"], a_bubble()
    await team.client.post(path, data=sent, headers=JSON)
    erased = await team.client.post(
        "/erasures", json={"stories": [sent["reference"]]}, headers=team.headers
    )
    assert erased.status_code == 201
    again = await team.client.post(path, data=sent, headers=JSON)
    assert again.status_code == 410
    assert again.json()["type"] == "urn:livingwell:problem:erased"
    page = await team.client.post(path, data=sent, headers=HTML)
    assert page.status_code == 410
    assert "Somebody walked with me." in page.text


async def test_a_private_link_opens_the_story_alone(team: Team) -> None:
    path = (await team.link())["path"]
    await team.tell(path, text="Somebody else's.")
    sent = a_bubble(way="story", text="Mine.", back="yes")
    page = await team.client.post(path, data=sent, headers=HTML)
    found = re.search(r'href="http://[^/]+(/my/[^"]+)"', page.text)
    assert found
    own = await team.client.get(found[1])
    assert "Mine." in own.text
    assert "Somebody else" not in own.text


async def test_sheets_have_codes_of_their_own_and_are_stored_once(team: Team) -> None:
    path = (await team.link())["path"]
    paper = await team.client.get(f"{path}/paper?copies=3")
    codes = re.findall(r'<p class="code">([0-9A-F]{4}-[0-9A-F]{4})</p>', paper.text)
    assert len(set(codes)) == 3
    typed = {"reference": None, "code": codes[0].lower(), "told_on": "2026-03-01"}
    first = await team.tell(f"{path}?paper=1", **typed)
    again = await team.tell(f"{path}?paper=1", **typed)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["receipt"] == codes[0]
    [story] = await team.told()
    assert story["kept"]["told"]["told_on"] == "2026-03-01"


@pytest.mark.parametrize("copies", ["0", "-1", "999", "x", "²", "1e3", ""])
async def test_an_odd_number_of_sheets_is_no_error(team: Team, copies: str) -> None:
    path = (await team.link())["path"]
    answer = await team.client.get(f"{path}/paper", params={"copies": copies})
    assert answer.status_code == 200


async def test_the_token_and_the_words_are_in_no_log_and_no_metric(team: Team) -> None:
    made = await team.link()
    await team.tell(made["path"], text="Zanzibar was kind.")
    await team.tell(made["path"], HTML, text="Zanzibar", step="x")
    folder = team.system.settings.folder
    log = (folder / "logs" / "stories.log").read_text()
    metrics = (await team.client.get("/metrics")).text
    assert 'route="/tell/{token}"' in metrics
    for secret in (made["token"], "Zanzibar"):
        assert secret not in log + metrics


async def test_pages_load_nothing_from_elsewhere_and_are_not_kept(team: Team) -> None:
    path = (await team.link())["path"]
    answer = await team.client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    worker = await team.client.get("/tell/assets/worker.js")
    assert worker.headers["service-worker-allowed"] == "/tell/"
    manifest = await team.client.get(f"{path}/manifest.webmanifest")
    assert manifest.json()["start_url"] == path
    assert (await team.client.get("/tell/assets/tell.py")).status_code == 404
