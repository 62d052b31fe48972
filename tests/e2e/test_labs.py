"""Learning labs in a real browser: planned, held, followed up, and printed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.browser import (
    DESK,
    NARROWEST,
    PHONE,
    faults_of,
    overflow_of,
    sign_in,
    small_targets_of,
)
from tests.e2e.printed import words_of
from tests.e2e.test_desk import tell
from tests.integration.stories.labs import a_lab
from tests.system import System

pytestmark = pytest.mark.browser

ORGANISATION, KEYS, PRINTERS = "RX10", "RX11", "RX12"
MOST_TABS = 60
FOCUSED = """() => {
  const one = document.activeElement;
  return (one.labels?.[0] ?? one).textContent.trim() || one.ariaLabel || "";
}"""


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Return a phone; the policy of the pages lets it run no script."""
    context = await browser.new_context(viewport=PHONE)
    yield context
    await context.close()


async def labs_page(system: System, context: BrowserContext, code: str) -> Page:
    """Return the list of labs, as a moderator of an organisation reads it."""
    page = await context.new_page()
    await page.goto(system.urls["stories"] + "/desk/labs")
    await sign_in(page, code, "moderator")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Learning labs")
    return page


async def check(page: Page) -> None:
    """Find nothing wrong with a page as it is shown, on a phone and on a desk."""
    for size in (NARROWEST, PHONE, DESK):
        await page.set_viewport_size(size)
        assert await overflow_of(page) <= 0
    assert not await faults_of(page)
    await page.set_viewport_size(PHONE)
    assert not await faults_of(page)
    assert not await small_targets_of(page)


async def fill(page: Page, **fields: str) -> None:
    """Fill in fields by the names that their forms have for them."""
    for name, value in fields.items():
        await page.locator(f'[name="{name.strip("_")}"]:visible').last.fill(value)


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def plan(page: Page, title: str) -> None:
    await page.get_by_role("link", name="Plan a lab").click()
    await check(page)
    await fill(page, title=title, question="What helps?", held_on="2026-05-12")
    await press(page, "Plan this lab")
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def test_a_lab_is_planned_held_and_followed_up_without_scripts(
    shared_system: System, context: BrowserContext
) -> None:
    await tell(shared_system, ORGANISATION, text="We sat by the heron pond.")
    page = await labs_page(shared_system, context, ORGANISATION)
    await expect(page.get_by_text("No lab was planned yet.")).to_be_visible()
    await check(page)
    await plan(page, "The first weeks")
    await fill(page, q="herons")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name=re.compile("^Add: Story")).click()
    await expect(page.get_by_text("In the pack")).to_be_visible()
    await page.get_by_text("Add a figure").click()
    await fill(page, indicator="wait_days", from_="2026-01", to="2026-04")
    await fill(page, noted="Longer in spring.")
    await press(page, "Add this figure")
    await expect(page.get_by_text("Longer in spring.")).to_be_visible()
    await fill(page, words="A call within a week")
    await press(page, "Add this idea")
    await fill(page, what="Ring on day five", who="The desk", until="2026-06-30")
    await page.get_by_label(re.compile("Out of which")).select_option(index=1)
    await press(page, "Add this")
    await expect(page.get_by_text("Out of the idea")).to_be_visible()
    await check(page)
    await page.get_by_role("link", name="Learning labs").click()
    await expect(page.get_by_text("Overdue:")).to_be_visible()
    await check(page)
    await page.get_by_role("link", name="Ring on day five").click()
    await page.get_by_text("Say what came of it").click()
    await fill(page, came_of_it="Fewer waited alone.", seen_on="2026-07-02")
    await check(page)
    await press(page, "Save")
    await expect(page.locator(".came")).to_contain_text("Fewer waited alone.")
    await page.get_by_role("link", name=re.compile("pack")).click()
    await expect(page.get_by_text("We sat by the heron pond.")).to_be_visible()
    await check(page)
    await page.get_by_role("link", name="Back to the lab").click()
    await page.get_by_role("link", name="Learning labs").click()
    await expect(page.get_by_text("Nothing is open.")).to_be_visible()


async def test_what_does_not_fit_is_said_at_its_field_and_what_was_typed_stays(
    shared_system: System, context: BrowserContext
) -> None:
    page = await labs_page(shared_system, context, ORGANISATION)
    await plan(page, "What is refused")
    await fill(page, what="Ring sooner", who="The desk", until="2026-05-11")
    await press(page, "Add this")
    field = page.get_by_label("Until", exact=True)
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(
        re.compile("This day is before the lab was held.")
    )
    await expect(page.locator('[name="what"]')).to_have_value("Ring sooner")
    await check(page)
    await fill(page, until="2026-06-30")
    await press(page, "Add this")
    await expect(page.get_by_role("article")).to_contain_text("Ring sooner")
    await page.get_by_role("link", name=re.compile("Change title")).click()
    other = await context.new_page()
    await other.goto(page.url)
    await fill(other, title="Changed meanwhile")
    await press(other, "Save")
    await fill(page, title="Changed too late")
    await press(page, "Save")
    await expect(page.get_by_role("alert")).to_contain_text("has changed since")
    await expect(page.locator('[name="title"]')).to_have_value("Changed too late")
    await check(page)


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if (await page.evaluate(FOCUSED)).startswith(name):
            return
    pytest.fail(f"Tab leads to no {name}")


async def test_a_lab_is_held_with_nothing_but_a_keyboard(
    shared_system: System, browser: Browser
) -> None:
    context = await browser.new_context(viewport=DESK)
    page = await labs_page(shared_system, context, KEYS)
    keys = page.keyboard
    await tab_to(page, "Plan a lab")
    await keys.press("Enter")
    await page.wait_for_url("**/labs/new")
    await tab_to(page, "Title")
    await keys.type("By keyboard")
    await tab_to(page, "The question")
    await keys.type("What helps?")
    await tab_to(page, "Our own team")
    await keys.press("ArrowDown")
    await tab_to(page, "Plan this lab")
    await keys.press("Enter")
    await expect(page.locator(".lead")).to_contain_text("Partner organisations")
    await tab_to(page, "Another idea")
    await keys.type("Tea first")
    await tab_to(page, "Add this idea")
    await keys.press("Enter")
    await expect(page.locator(".said")).to_have_text("Tea first")
    await tab_to(page, "Open the pack")
    await keys.press("Enter")
    await expect(page.get_by_text("Tea first")).to_be_visible()
    assert not await faults_of(page)
    await context.close()


async def moderate(
    system: System, story: dict[str, Any], words: str, *states: str
) -> None:
    """Edit a story, and take it through moderation; another person publishes."""
    body: dict[str, Any] = {"text": words, "moments": [], "reasons": ["staff_name"]}
    path, tag = f"/stories/{story['reference']}", f'"{story["sequence"]}"'
    steps = [("redaction", body), *(("moderation", {"state": one}) for one in states)]
    for part, step in steps:
        person = "b" if step.get("state") == "published" else "a"
        token = system.token(PRINTERS, "moderator", subject=person)
        async with system.client("stories", token) as client:
            headers = {"If-Match": tag}
            answer = await client.put(f"{path}/{part}", json=step, headers=headers)
        assert answer.status_code == 200, answer.text
        tag = answer.headers["ETag"]


async def withdraw(system: System, reference: str) -> None:
    consent = {"level": "none", "given_on": "2026-10-01"}
    path = f"/stories/{reference}/consent"
    async with system.client("stories", system.token(PRINTERS, "partner")) as client:
        assert (await client.put(path, json=consent)).status_code == 200


async def test_a_printed_pack_holds_the_words_that_its_readers_may_read_and_no_others(
    shared_system: System, context: BrowserContext
) -> None:
    stories = {}
    for level in ("none", "internal", "partners", "public"):
        given = {"level": level, "given_on": "2026-04-20"}
        stories[level] = await tell(
            shared_system, PRINTERS, text=f"Told, {level}.", moments=[], consent=given
        )
    approved = ("in_review", "approved")
    await moderate(shared_system, stories["partners"], "Edited, partners.", *approved)
    published = (*approved, "published")
    await moderate(shared_system, stories["public"], "Edited, public.", *published)
    references = [str(one["reference"]) for one in stories.values()]
    lab = a_lab(title="On paper", audience="partners", stories=references)
    token = shared_system.token(PRINTERS, "moderator")
    async with shared_system.client("stories", token) as client:
        answer = await client.post("/labs", json=lab)
        assert answer.status_code == 201, answer.text
    page = await labs_page(shared_system, context, PRINTERS)
    await page.get_by_role("link", name="On paper").click()
    await page.get_by_role("link", name=re.compile("pack")).click()

    async def printed() -> str:
        await page.reload()
        return words_of(await page.pdf(prefer_css_page_size=True))

    said = await printed()
    assert "For partner organisations only" in said
    assert re.findall(r"(?:Told|Edited), \w+\.", said) == [
        "Edited, partners.",
        "Edited, public.",
    ]
    assert "2 stories that were chosen are not here" in said
    await withdraw(shared_system, references[2])
    said = await printed()
    assert re.findall(r"(?:Told|Edited), \w+\.", said) == ["Edited, public."]
    assert "3 stories that were chosen are not here" in said
    assert not any(one in said for one in references)
