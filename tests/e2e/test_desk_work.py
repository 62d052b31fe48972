"""The work at the desk in a real browser: code, edit, approve, answer, publish."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.browser import (
    DESK,
    PHONE,
    faults_of,
    overflow_of,
    sign_in,
    small_targets_of,
)
from tests.e2e.test_desk import tell
from tests.system import System

pytestmark = pytest.mark.browser

TEXT = "Sarah Jones rang me on 07700 900123. She walked me to the bus."
SHARED = "[a name] rang me on 07700 900123. She walked me to the bus."
PUBLIC = {"level": "public", "given_on": "2026-04-20"}
MEANING = {"themes": ["kindness"], "sliders": {"in_control": 0.25}}
MOST_TABS = 120
Story = dict[str, Any]


@pytest.fixture
def organisation() -> str:
    return f"D{uuid4().hex[:6].upper()}"


@pytest.fixture
async def story(shared_system: System, organisation: str) -> Story:
    """Return a story that anybody may read once two people have seen to it."""
    told = {"text": TEXT, "consent": PUBLIC, "meaning": MEANING}
    return await tell(shared_system, organisation, **told)


@pytest.fixture
async def bare(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Return a browser that runs no script."""
    context = await browser.new_context(viewport=DESK, java_script_enabled=False)
    yield context
    await context.close()


async def tab_to(page: Page, target: Locator) -> None:
    """Move on with the keyboard until something has the focus."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await target.and_(page.locator(":focus")).count():
            return
    raise AssertionError(f"not to be reached: {target}")


async def press(page: Page, target: Locator, key: str = "Enter") -> None:
    await tab_to(page, target)
    await page.keyboard.press(key)


async def follow(page: Page, name: str, role: Any = "link") -> None:  # noqa: ANN401
    """Go on by a link or a button, with the keyboard alone."""
    await press(page, page.get_by_role(role, name=name, exact=True))


async def read_by_all(system: System, story: Story) -> dict[str, Any]:
    """Return the words as the public reads them."""
    async with system.client("stories") as client:
        answer = await client.get(f"/stories/{story['story_id']}/text")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_story_is_coded_edited_answered_and_published_with_the_keyboard_alone(
    shared_system: System, organisation: str, story: Story, bare: BrowserContext
) -> None:
    page = await bare.new_page()
    await page.goto(shared_system.urls["stories"] + "/desk")
    await sign_in(page, organisation, "moderator")
    await press(page, page.locator(".queue a"))
    await follow(page, "Code")
    await expect(page.get_by_role("heading", name="What is it about?")).to_be_visible()
    assert "in control" not in await page.content()
    await press(page, page.get_by_label("Kindness and respect", exact=True), "Space")
    await follow(page, "Save my coding", "button")
    await expect(page.get_by_role("status")).to_have_text("Your coding is saved.")
    await expect(page.get_by_text("“in control”: 25 of 100")).to_be_visible()
    await follow(page, "Edit the words")
    await press(page, page.get_by_label("Sarah Jones a name"), "Space")
    await follow(page, "Save what others read", "button")
    await expect(page.get_by_text(SHARED)).to_be_visible()
    await expect(page.get_by_text(TEXT)).to_be_visible()
    for step in ("Take into review", "Approve", "Publish"):
        await follow(page, step, "button")
    await expect(page.get_by_role("alert")).to_contain_text("another person publishes")
    await follow(page, "Answer")
    await tab_to(page, page.get_by_label("Your answer"))
    await page.keyboard.type("Thank you.")
    await tab_to(page, page.get_by_label("What changed"))
    await page.keyboard.type("Somebody rings every week.")
    await follow(page, "Save the answer", "button")
    await expect(page.get_by_role("alert")).to_contain_text("on which day it changed")
    await tab_to(page, page.get_by_label("Since"))
    await page.keyboard.type("06062026")
    await follow(page, "Save the answer", "button")
    await expect(page.get_by_role("status")).to_have_text("Your answer is saved.")
    await bare.clear_cookies()
    await page.goto(f"{shared_system.urls['stories']}/desk?state=approved")
    await sign_in(page, organisation, "moderator", name="second")
    await press(page, page.locator(".queue a"))
    await follow(page, "Publish", "button")
    await expect(page.get_by_text("Anybody can read this now.")).to_be_visible()
    read = await read_by_all(shared_system, story)
    assert (read["text"], read["is_redacted"]) == (SHARED, True)
    [reply] = read["replies"]
    assert reply["text"] == "Thank you."
    assert reply["change"]["changed_on"] == "2026-06-06"


async def test_every_page_of_the_desk_is_free_of_faults_on_a_phone_and_on_a_desk(
    shared_system: System, browser: Browser, organisation: str, story: Story
) -> None:
    await code_by_two(shared_system, organisation, story["reference"])
    desk = shared_system.urls["stories"] + "/desk"
    work = f"{desk}/stories/{story['story_id']}"
    context = await browser.new_context(viewport=PHONE)
    page = await context.new_page()
    await page.goto(f"{shared_system.urls['stories']}/sign-in/done?state=none")
    await is_fine(page, "Signing in did not work")
    await page.goto(desk)
    await sign_in(page, organisation, "moderator")
    for address, heading in (
        (desk, "Stories that wait for you"),
        (work, "What was told"),
        (f"{work}/coding", "What is it about?"),
        (f"{work}/words", "What others will read"),
        (f"{work}/answers", "We did"),
        (f"{desk}/agreement", "To talk about"),
    ):
        await page.goto(address)
        await is_fine(page, heading)
    await page.goto(desk)
    await page.get_by_role("searchbox").fill(story["reference"])
    await page.get_by_role("button", name="Search").click()
    await is_fine(page, "Stories with")
    await page.goto(f"{work}/coding")
    await page.get_by_role("button", name="Save my coding").click()
    await is_fine(page, "side by side")
    await page.goto(f"{work}/words")
    await page.get_by_role("button", name="Save what others read").click()
    await is_fine(page, "What others will read")
    await page.get_by_label("Sarah Jones a name").check()
    await page.get_by_role("button", name="Save what others read").click()
    await is_fine(page, "What others read")
    await page.goto(f"{work}/answers")
    await page.get_by_label("Your answer").fill("Thank you for this.")
    await page.get_by_role("button", name="Save the answer").click()
    await is_fine(page, "Answered so far")
    await page.get_by_role("link", name="Correct").click()
    await is_fine(page, "Correct your answer")
    await context.clear_cookies()
    await page.get_by_role("button", name="Save the correction").click()
    await is_fine(page, "What you wrote was not saved")
    await context.close()


async def is_fine(page: Page, heading: str) -> None:
    """Check a page that shows a heading, at both widths."""
    shown = page.get_by_role("heading", name=re.compile(re.escape(heading)))
    await expect(shown.first).to_be_visible()
    for size in (PHONE, DESK):
        await page.set_viewport_size(size)
        assert not await faults_of(page), heading
        assert await overflow_of(page) <= 0, heading
        assert not await small_targets_of(page), heading


async def code_by_two(system: System, organisation: str, reference: Any) -> None:  # noqa: ANN401
    """Let two coders disagree about a story."""
    async with system.client("stories", system.token(organisation, "moderator")) as c:
        newest = (await c.get("/codebook")).json()["version"]
        for coder, themes in (("c1", ["kindness"]), ("c2", [])):
            body = {"coder": coder, "codebook": newest, "themes": themes}
            answer = await c.post(f"/stories/{reference}/codings", json=body)
            assert answer.status_code == 200, answer.text
