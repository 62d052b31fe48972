"""Somebody tells a team on a phone: with and without a network, script and mouse."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.e2e.browser import (
    DESK,
    NARROWEST,
    PHONE,
    faults_of,
    overflow_of,
    small_targets_of,
)
from tests.e2e.phone import a_phone, opened, tell_bubble, tell_story
from tests.integration.stories.telling import Team, a_team
from tests.system import System, until

pytestmark = pytest.mark.browser

IN_THE_CLEAR = """async (words) => {
  const open = indexedDB.open("tell");
  const database = await new Promise(
    (done) => open.onsuccess = () => done(open.result));
  const all = database.transaction("told").objectStore("told").getAll();
  const told = await new Promise((done) => all.onsuccess = () => done(all.result));
  const readable = told.map((one) => JSON.stringify(one)
    + new TextDecoder("latin1").decode(one.box)).join();
  const stores = JSON.stringify([{...localStorage}, {...sessionStorage}]);
  return { kept: told.length, found: (readable + stores).includes(words) };
}"""


@pytest.fixture
async def team(shared_system: System) -> AsyncIterator[Team]:
    async with shared_system.client("stories") as client:
        yield a_team(shared_system, client)


@pytest.fixture
async def url(team: Team) -> str:
    made: str = (await team.link())["url"]
    return made


async def texts_of(team: Team) -> list[str]:
    return sorted(one["kept"]["told"]["text"] for one in await team.told())


async def test_told_without_a_network_it_arrives_once_when_there_is_one(
    team: Team, url: str, browser: Browser
) -> None:
    context = await a_phone(browser)
    page = await opened(context, url)
    await context.set_offline(True)
    await tell_bubble(page, "Somebody rang me back.")
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Kept on this device")
    code = await page.locator(".receipt").inner_text()
    assert await page.evaluate(IN_THE_CLEAR, "rang me") == {"kept": 1, "found": False}
    await page.goto(url)
    await tell_bubble(page, "And then again.")
    await expect(heading).to_have_text("Kept on this device")
    await page.reload()
    await expect(page.locator("#waiting")).to_contain_text("Waiting to be sent: 2")
    assert await faults_of(page) == ""
    assert await team.told() == []
    await context.set_offline(False)
    await expect(page.locator("#sent")).to_contain_text("Sent just now: 2")
    assert await texts_of(team) == ["And then again.", "Somebody rang me back."]
    await page.reload()
    assert await page.evaluate(IN_THE_CLEAR, "rang me") == {"kept": 0, "found": False}
    assert len(await team.told()) == 2
    references = [one["kept"]["told"]["reference"] for one in await team.told()]
    assert code.replace("-", "").lower() in {one[:8] for one in references}
    await context.close()


async def test_a_story_with_two_moments_is_told_and_can_be_read_by_its_link(
    team: Team, url: str, browser: Browser
) -> None:
    context = await a_phone(browser)
    page = await opened(context, url)
    await tell_story(
        page,
        "At first nobody rang.",
        [
            ("Miserable", "Being introduced", "Three weeks of silence."),
            ("Magic", "Moving on", "They waved."),
        ],
    )
    await expect(page.get_by_text("You agreed that partner org")).to_be_visible()
    assert await faults_of(page) == ""
    [story] = await team.told()
    assert story["state"]["consent"]["level"] == "partners"
    moments = [(m["kind"], m["step"]) for m in story["kept"]["told"]["moments"]]
    assert moments == [("miserable", "introduction"), ("magic", "ending")]
    assert "silence" not in json.dumps(story["state"])
    await page.locator(".address a").tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your own stories")
    await page.get_by_role("button", name="Withdraw this story").tap()
    await page.get_by_role("button", name="Yes, withdraw it").tap()
    await expect(page.get_by_text("Withdrawn on")).to_be_visible()
    await context.close()


async def test_a_revoked_link_keeps_what_it_refuses_and_says_so(
    team: Team, browser: Browser
) -> None:
    made = await team.link()
    context = await a_phone(browser)
    page = await opened(context, made["url"])
    await context.set_offline(True)
    await tell_bubble(page, "Nobody came.")
    await expect(page.locator("#waiting")).to_contain_text("Waiting to be sent: 1")
    await team.revoke(made["link_id"])
    await context.set_offline(False)
    refused = page.locator("#refused")
    await expect(refused).to_contain_text("The page it was told on is closed.")
    await refused.get_by_role("button", name="Show my words").tap()
    await expect(refused).to_contain_text("Nobody came.")
    assert await faults_of(page) == ""
    await refused.get_by_role("button", name="Remove it").tap()
    await refused.get_by_role("button", name="Yes, remove it").tap()
    await expect(page.locator("#queue")).to_be_hidden()
    answer = await page.goto(made["url"])
    assert answer
    assert answer.status == 410
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "This page is closed"
    )
    await context.close()


async def test_without_javascript_it_is_an_ordinary_form(
    team: Team, url: str, browser: Browser
) -> None:
    context = await a_phone(browser, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{url}?way=story")
    await page.get_by_label("Your story").fill("On paper, nearly.")
    await page.get_by_role("button", name="Add another moment").tap()
    await expect(page.get_by_label("Your story")).to_have_value("On paper, nearly.")
    await page.locator("#moment-2-text").fill("Tea.")
    await page.get_by_role("button", name="Send").tap()
    await expect(page.get_by_role("alert")).to_contain_text("how this moment was")
    block = page.locator("[data-moment='2']")
    await block.get_by_role("radio", name="Mixed").tap()
    await block.get_by_role("radio", name="During support").tap()
    await page.get_by_role("button", name="Send").tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    await page.reload()
    await expect(page.get_by_text("It had arrived already.")).to_be_visible()
    assert await texts_of(team) == ["On paper, nearly."]
    await context.close()


async def test_it_is_told_by_keyboard_alone(
    team: Team, url: str, browser: Browser
) -> None:
    context = await browser.new_context(viewport=DESK)
    page = await opened(context, url)
    await page.get_by_role("radio", name="Magic").focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.type("It was all right.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    [story] = await team.told()
    assert story["kept"]["told"]["moments"][0]["kind"] == "mixed"
    assert story["kept"]["told"]["consent"]["level"] == "none"
    await context.close()


@pytest.mark.parametrize("size", [NARROWEST, PHONE, DESK], ids=["320", "390", "1280"])
@pytest.mark.parametrize("query", ["", "?way=story", "?lang=en-easy", "?paper=1"])
async def test_a_page_can_be_used_by_everybody(
    url: str, browser: Browser, size: ViewportSize, query: str
) -> None:
    context = await browser.new_context(viewport=size)
    page = await opened(context, url + query)
    for summary in await page.locator("summary").all():
        await summary.click()
    assert await faults_of(page) == ""
    assert await overflow_of(page) == 0
    assert await small_targets_of(page) == []
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_be_focused()
    assert await faults_of(page) == ""
    await context.close()


async def test_too_much_at_once_waits_and_is_not_lost(
    team: Team, url: str, browser: Browser
) -> None:
    context = await a_phone(browser)
    page = await opened(context, url)
    path = url[url.index("/tell/") :]
    while (await team.tell(path)).status_code != 429:
        pass  # A minute may end in between.
    await tell_bubble(page, "One too many.")
    await expect(page.locator("#waiting")).to_contain_text("Waiting to be sent: 1")

    async def is_sent() -> bool:
        if "One too many." in await texts_of(team):
            return True
        await page.reload()
        return False

    await until(is_sent, "a minute is over", 90)
    assert (await texts_of(team)).count("One too many.") == 1
    await context.close()
