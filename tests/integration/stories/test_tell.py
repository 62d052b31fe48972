"""Telling a team by its link, over HTTP, on a real PostgreSQL."""

from __future__ import annotations

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
        "consent": {"level": "none", "given_on": today},
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
