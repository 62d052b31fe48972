"""Pages of learning labs over HTTP: who may open them, and what they refuse."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.integration.stories.coding import Team, Token, a_team
from tests.integration.stories.labs import (
    Lab,
    a_trial,
    an_idea,
    at_desk,
    kept_of,
    lab_at_desk,
    plan,
    session,
)
from tests.system import System

FORM = re.compile(r'name="form" value="([0-9a-f]{64})"')
PAGES = ("", "/change", "/pack")
IDEA = {"do": "add-idea", "reference": "I-9", "words": "Tea & cake"}


PARTICULARS = {
    "title": "Second weeks",
    "held_on": "2026-05-13",
    "audience": "public",
    "question": "And then?",
}


@pytest.fixture
async def lab(team: Team) -> Lab:
    """Return a lab with an idea and a trial of it."""
    lab = await plan(team)
    await lab.added(("ideas", an_idea()), ("trials", a_trial(idea="I-1")))
    return lab


@pytest.fixture
async def others(stories: httpx.AsyncClient, token: Token) -> Team:
    """Return another organisation."""
    return a_team(stories, token)


async def send(
    team: Team, address: str, fields: dict[str, Any], path: str = ""
) -> httpx.Response:
    """Send a form of the page that has it, in the state it is in now."""
    page = await at_desk(team, address)
    form = FORM.search(page.text)
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert form
    assert version
    sent = {"form": form[1], "version": version[1], **fields}
    return await team.client.post(address + path, data=sent, headers=session(team))


async def test_pages_of_a_lab_are_for_moderators_of_its_organisation(
    team: Team, lab: Lab, others: Team, shared_system: System
) -> None:
    address = await lab_at_desk(shared_system, lab)
    for path in PAGES:
        assert (await at_desk(team, address, path)).status_code == 200
        assert (await at_desk(others, address, path)).status_code == 404
        assert (await at_desk(team, address, path, "partner")).status_code == 403
        assert (await team.client.get(address + path)).status_code == 303
    assert (await at_desk(team, "/desk/labs", "", "viewer")).status_code == 403
    assert "first weeks" in (await at_desk(team, "/desk/labs")).text
    assert "first weeks" not in (await at_desk(others, "/desk/labs")).text


async def test_a_form_of_another_session_or_organisation_changes_nothing(
    team: Team, lab: Lab, others: Team, shared_system: System
) -> None:
    address = await lab_at_desk(shared_system, lab)
    before = await kept_of(shared_system, lab)
    for path in ("", "/change"):
        strange = {**IDEA, **PARTICULARS, "form": "0" * 64}
        assert (await send(team, address, strange, path)).status_code == 422
        page = await at_desk(others, "/desk/labs/new")
        form = FORM.search(page.text)
        assert form
        for who, status in ((session(others), 404), ({}, 401)):
            sent = {**IDEA, "form": form[1], "version": "1", **PARTICULARS}
            answer = await team.client.post(address + path, data=sent, headers=who)
            assert answer.status_code == status
    assert await kept_of(shared_system, lab) == before


async def test_a_form_does_what_the_call_does_and_sent_twice_does_it_once(
    team: Team, lab: Lab, shared_system: System
) -> None:
    address = await lab_at_desk(shared_system, lab)
    for _ in range(2):
        answer = await send(team, address, IDEA)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"{address}#ideas",
        )
    words = [one["words"] for one in (await lab.read())["ideas"]]
    assert words == [an_idea()["words"], "Tea & cake"]
    assert "Tea &amp; cake" in (await at_desk(team, address)).text
    figure = {"indicator": "wait_days", "from": "2026-01", "to": "2026-02"}
    for _ in range(2):
        answer = await send(team, address, {"do": "add-figure", **figure})
        assert answer.status_code == 303
    assert len((await lab.read())["figures"]) == 2
    answer = await send(team, address, {"do": "take-out-figure", "place": "0"})
    assert answer.status_code == 303
    [left] = (await lab.read())["figures"]
    assert left == {**figure, "by": None, "noted": None}
    assert (await send(team, address, PARTICULARS, "/change")).status_code == 303
    found = await lab.read()
    assert {key: found[key] for key in PARTICULARS} == PARTICULARS
    assert found["figures"] == [left]


async def test_a_story_is_put_into_a_lab_and_taken_out_again(
    team: Team, lab: Lab, others: Team, shared_system: System
) -> None:
    address = await lab_at_desk(shared_system, lab)
    reference = await team.tell(text="We sat by the heron pond.")
    story = (await team.read(reference))["story_id"]
    led = await send(team, address, {"q": "herons"}, "/search")
    assert "herons" not in led.headers["location"]
    found = await at_desk(team, led.headers["location"])
    assert story in found.text
    assert "heron pond" not in found.text
    for do, expected in (("add-story", [reference]), ("take-out-story", [])):
        answer = await send(team, address, {"do": do, "story": story})
        assert answer.headers["location"] == f"{address}#stories"
        assert (await lab.read())["stories"] == expected
    theirs = (await others.read(await others.tell()))["story_id"]
    before = await lab.read()
    answer = await send(team, address, {"do": "add-story", "story": theirs})
    assert answer.status_code == 404
    assert await lab.read() == before


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"do": "add-idea", "reference": "I-1", "words": "Another"}, 409),
        ({"do": "add-idea", "reference": "I-7", "words": " "}, 422),
        ({"do": "add-idea", "words": "No reference"}, 422),
        ({"do": "add-figure", "indicator": "a b", "from": "2026-01"}, 422),
        ({"do": "add-trial", "reference": "T-7", "who": "x", "what": "y"}, 422),
        ({"do": "take-out-idea", "idea": "I-1", "version": "1"}, 412),
        ({"do": "tell-outcome", "trial": "T-1", "came_of_it": "Much"}, 422),
        ({"do": "nothing"}, 422),
        ({}, 422),
        ({"do": "tell-outcome", "trial": "T-9", "came_of_it": "Much"}, 422),
        ({"do": "take-out-trial", "trial": "T-9"}, 404),
        ({"do": "take-out-figure", "place": "-1"}, 404),
        ({"do": "take-out-figure", "place": "9" * 5000}, 404),
        ({"do": "add-story", "story": "nothing"}, 404),
    ],
    ids=range(14),
)
async def test_what_a_form_should_not_say_changes_nothing(
    team: Team, lab: Lab, shared_system: System, fields: dict[str, str], status: int
) -> None:
    address = await lab_at_desk(shared_system, lab)
    before = await kept_of(shared_system, lab)
    answer = await send(team, address, fields)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert await kept_of(shared_system, lab) == before


async def test_a_new_lab_is_planned_once_by_its_form(team: Team) -> None:
    page = await at_desk(team, "/desk/labs/new")
    form = FORM.search(page.text)
    reference = re.search(r'name="reference" value="([^"]+)"', page.text)
    assert form
    assert reference
    sent = {**PARTICULARS, "form": form[1], "reference": reference[1]}
    answers = [
        await team.client.post("/desk/labs", data=sent, headers=session(team))
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    answer = await team.client.get("/labs", headers=team.moderator)
    assert [one["title"] for one in answer.json()["labs"]] == ["Second weeks"]
    other = sent | {"title": ""}
    refused = await team.client.post("/desk/labs", data=other, headers=session(team))
    assert refused.status_code == 422
    assert "Say in a few words what the lab is about." in refused.text
    assert "And then?" in refused.text


@pytest.mark.parametrize("name", ["labs", "pack"])
async def test_style_sheets_are_for_everybody(
    stories: httpx.AsyncClient, name: str
) -> None:
    answer = await stories.get(f"/desk/labs/{name}.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert (await stories.get("/desk/labs/other.css")).status_code == 404
