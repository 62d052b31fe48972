"""What the desk finds and counts, over HTTP on a real PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from tests.integration.stories.coding import Team, Token, a_team
from tests.integration.stories.desk import at_desk, fields_of
from tests.system import System

FOUND = re.compile(r'<h2><a href="/desk/stories/([0-9a-f-]+)"')
OpenStory = Any


@pytest.fixture
async def open_story(shared_system: System, team: Team) -> AsyncIterator[OpenStory]:
    """Return what opens a team's stories at the desk."""
    async with at_desk(shared_system, team) as opening:
        yield opening


async def found(client: AsyncClient, sought: str, state: str = "") -> list[str]:
    form = fields_of((await client.get("/desk")).text)
    led = await client.post("/desk", data={**form, "q": sought})
    assert led.status_code == 303, led.text
    address = led.headers["location"]
    answer = await client.get(f"{address}&state={state}" if state else address)
    assert answer.status_code == 200, answer.text
    return FOUND.findall(answer.text)


async def told_by_link(team: Team, prefix: str = "") -> str:
    """Tell a story under a reference that a phone or a sheet of paper made."""
    reference = str(uuid4()) if not prefix else prefix + uuid4().hex[:8]
    body = {
        "reference": reference,
        "kind": "bubble",
        "told_on": "2026-04-20",
        "text": "Somebody walked with me.",
    }
    told = await team.client.post("/stories", json=body, headers=team.partner)
    assert told.status_code == 201, told.text
    return reference


@pytest.mark.parametrize("prefix", ["", "paper-"])
async def test_a_story_is_found_by_the_receipt_of_its_teller(
    open_story: OpenStory, team: Team, prefix: str
) -> None:
    reference = await told_by_link(team, prefix)
    await told_by_link(team)
    desk = await open_story(known=reference)
    digits = reference.removeprefix(prefix)[:8]
    receipt = f"{digits[:4]}-{digits[4:]}".upper()
    for sought in (receipt, digits, f" {receipt.lower()} ", receipt.replace("-", "–")):
        assert await found(desk.client, sought) == [desk.id]
    assert receipt in await desk.show()


async def test_a_story_is_found_by_the_organisations_own_reference_in_any_state(
    open_story: OpenStory,
) -> None:
    desk = await open_story()
    await open_story()
    assert await found(desk.client, desk.reference) == [desk.id]
    assert await found(desk.client, "no-such-reference") == []
    await desk.team.withdraw(desk.reference)
    assert await found(desk.client, desk.reference) == [desk.id]


async def test_nobody_finds_a_story_of_others_by_its_reference_or_receipt(
    open_story: OpenStory, stories: AsyncClient, token: Token
) -> None:
    desk = await open_story()
    theirs = await told_by_link(a_team(stories, token))
    for sought in (theirs, theirs[:8]):
        assert await found(desk.client, sought) == []


@pytest.mark.parametrize("sought", ["%", "____-____", "________", "ffff", "a\0b", '"'])
async def test_a_search_for_anything_else_finds_no_more_than_its_words(
    open_story: OpenStory, team: Team, sought: str
) -> None:
    desk = await open_story(known=await told_by_link(team))
    assert await found(desk.client, sought) == []


@pytest.mark.parametrize("sought", ["partners", "magic", "bubble"])
async def test_a_code_is_not_a_word_of_the_story(
    open_story: OpenStory, sought: str
) -> None:
    desk = await open_story(
        kind="bubble",
        moments=[{"kind": "magic", "step": "support"}],
        consent={"level": "partners", "given_on": "2026-04-20"},
    )
    assert await found(desk.client, sought) == []


async def test_a_story_that_is_found_by_name_and_by_words_is_there_once(
    open_story: OpenStory,
) -> None:
    desk = await open_story(text="kettlewords")
    other = await open_story(text=f"As {desk.reference} said.")
    assert (await found(desk.client, desk.reference))[0] == desk.id
    assert await found(desk.client, "kettlewords") == [desk.id]
    assert other.id != desk.id


async def test_the_page_of_agreement_says_what_the_call_says(
    open_story: OpenStory, team: Team
) -> None:
    first, second = await open_story(), await open_story()
    await team.coded(first.reference, c1=["waiting", "crisis"], c2=["waiting"])
    await team.coded(second.reference, c1=[], c2=[])
    figures = {one["theme"]: one for one in (await team.agreement())["themes"]}
    address = "/desk/agreement?version=1"
    before = await reads_of(first.system, first.id)
    page = (await first.client.get(address)).text
    assert "2 stories coded by two people" in page
    row = re.search(r"Crisis</th>(.*?)</tr>", page, re.DOTALL)
    assert row
    assert f"{figures['crisis']['alpha']['value']:.2f}" in row[1]
    assert first.path in page
    assert second.path not in page
    assert "found by c1, not by c2" in page
    assert await reads_of(first.system, first.id) == before + 1
    assert "As coded now" in (await first.client.get(f"{address}&first=true")).text
    assert (await first.client.get("/desk/agreement?version=999999")).status_code == 404


async def reads_of(system: System, story: str) -> int:
    query = (
        "select count(*) from audit where record = $1 and type like '%story.read.v1'"
    )
    [row] = await system.fetch("stories", query, story)
    return int(row[0])


async def test_disagreements_are_closed_to_who_has_not_coded_the_story(
    open_story: OpenStory, team: Team
) -> None:
    desk = await open_story()
    assert (
        "No story was coded by two" in (await desk.client.get("/desk/agreement")).text
    )
    newest = (await team.newest())["version"]
    for coder, themes in (("c1", ["waiting"]), ("c2", [])):
        answer = await team.code_story(desk.reference, coder, themes, newest)
        assert answer.status_code == 200
    page = (await desk.client.get("/desk/agreement")).text
    assert "<details>" in page
    await desk.send("/coding", {"theme": []})
    page = (await desk.client.get("/desk/agreement")).text
    assert "<details>" not in page
    assert "found by c1, not by c2, you" in page


async def test_more_disagreements_are_on_the_next_page(
    open_story: OpenStory, team: Team
) -> None:
    desks = [await open_story() for _ in range(21)]
    for desk in desks:
        await team.coded(desk.reference, c1=["waiting"], c2=[])
    client = desks[0].client
    page = (await client.get("/desk/agreement?version=1")).text
    assert page.count('<article class="card">') == 20
    onward = re.search(r'href="([^"]*after=[^"]*)"', page)
    assert onward
    page = (await client.get(onward[1].replace("&amp;", "&"))).text
    assert page.count('<article class="card">') == 1


async def test_what_somebody_searched_for_is_in_no_address_and_nobody_elses_to_read(
    open_story: OpenStory, shared_system: System, team: Team
) -> None:
    desk = await open_story()
    form = fields_of((await desk.client.get("/desk")).text)
    led = await desk.client.post("/desk", data={**form, "q": "Zanzibar"})
    address = led.headers["location"]
    assert "Zanzibar" not in address
    assert "Zanzibar" in (await desk.client.get(address)).text
    async with at_desk(shared_system, team, "u2") as open_as_another:
        other = await open_as_another(known=desk.reference)
        assert "Zanzibar" not in (await other.client.get(address)).text
    for broken in ("/desk?found=Zanzibar", "/desk?found=%E2%82%AC", address[:-3]):
        shown = await desk.client.get(broken)
        assert shown.status_code == 200
        assert "Stories that wait" in shown.text
    refused = await desk.client.post("/desk", data={"q": "Zanzibar"})
    assert refused.status_code == 422
    for nothing in ("", " ", "\0"):
        led = await desk.client.post("/desk", data={**form, "q": nothing})
        assert led.headers["location"] == "/desk"
