"""The pages of the system view in a real browser: by audience, keyboard, no script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import pytest
import textstat
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.builders import a_referral, an_organisation
from tests.e2e.browser import (
    DESK,
    NARROWEST,
    PHONE,
    faults_of,
    overflow_of,
    sign_in,
    small_targets_of,
)
from tests.e2e.test_desk_work import press, tab_to
from tests.system import System, until

pytestmark = pytest.mark.browser

PARTNERS = {"PA1": "Riverside", "PA2": "Hillside"}
PUBLIC = (
    "/",
    "/easy",
    "/about",
    "/about/wait_days",
    "/about/access_count?by=age",
    "/about/ineligible_rate?by=gender",
    "/about/source_mix",
    "/about/nothing",
)
INSIDE = ("/partners", "/partners?indicator=access_count", "/team")
# Automated Readability Index (textstat): letters, words and sentences, so that it needs
# no dictionary of syllables. It reads like a school year.
MOST_FOR_EVERYBODY, MOST_FOR_EASY = 7, 3
TOLD_IN = ("p", "li", "dd", "figcaption")


class Prose(HTMLParser):
    """Whole sentences of a page, but not what people told in their own words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sentences: list[str] = []
        self._text: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag in TOLD_IN:
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag in TOLD_IN and self._text is not None:
            text = re.sub(r"\s+", " ", self._text).strip()
            if text.endswith((".", "?")):
                self.sentences.append(text)
            self._text = None


def grade_of(html: str) -> float:
    """Return how many years at school the sentences of a page ask for."""
    sentences = Prose(html).sentences
    assert len(sentences) > 3
    return float(textstat.automated_readability_index(" ".join(sentences)))


@pytest.fixture(scope="module")
async def view(system: System) -> str:
    """Return the address of a view with two partners and forty people each."""
    async with system.client("intake", system.token("STEWARD", "steward")) as client:
        for code, place in PARTNERS.items():
            body = an_organisation(name=f"Partner {code}", place=place)
            answer = await client.put(f"/organisations/{code}", json=body)
            assert answer.is_success, answer.text
    for code in PARTNERS:
        token = system.token(code, "partner")
        async with system.client("intake", token) as client:
            people = [a_referral() for _ in range(40)]
            answer = await client.post("/referrals/batch", json=people)
            assert answer.status_code == 200, answer.text
    await system.quiet()
    return system.urls["aggregation"]


@pytest.fixture
async def bare(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Return a phone that runs no script."""
    context = await browser.new_context(viewport=PHONE, java_script_enabled=False)
    yield context
    await context.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport=PHONE)
    yield context
    await context.close()


async def check(page: Page) -> None:
    """Look for what is wrong on a phone, a desk and the narrowest screen."""
    for size in (PHONE, DESK):
        await page.set_viewport_size(size)
        assert not await faults_of(page)
        assert not await small_targets_of(page)
    await page.set_viewport_size(NARROWEST)
    assert await overflow_of(page) <= 0
    await page.set_viewport_size(PHONE)
    assert await overflow_of(page) <= 0


@pytest.mark.parametrize("path", PUBLIC)
async def test_a_page_for_everybody_is_for_everybody(
    view: str, context: BrowserContext, path: str
) -> None:
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on(
        "request",
        lambda asked: (
            complaints.append(asked.url) if not asked.url.startswith(view) else None
        ),
    )
    await page.goto(view + path)
    await check(page)
    assert [one for one in complaints if "404" not in one] == []


async def test_pages_for_those_who_work_here(
    view: str, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.goto(f"{view}/team")
    await sign_in(page, "PA1", "viewer", "partner")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Partner PA1")
    for path in INSIDE:
        await page.goto(view + path)
        await check(page)


async def test_a_chart_is_there_with_a_sentence_and_a_table(
    view: str, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.goto(f"{view}/about/access_count?by=age")
    chart = page.get_by_role("img", name=re.compile("by age: Under 18 too few to show"))
    await chart.scroll_into_view_if_needed()
    is_drawn = "one => one.complete && one.naturalWidth > 100"

    async def has_come() -> bool:
        return bool(await chart.evaluate(is_drawn))

    await until(has_come, "the chart is drawn")
    row = page.get_by_role("row").filter(has_text="Under 18")
    await expect(row).to_contain_text("hidden")


async def test_the_way_from_a_figure_to_its_groups_needs_only_a_keyboard(
    view: str, bare: BrowserContext
) -> None:
    page = await bare.new_page()
    await page.goto(view)
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the figures")
    await expect(skip).to_be_focused()
    await page.keyboard.press("Enter")
    await press(page, page.get_by_role("link", name="People seen for the first time"))
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "People seen for the first time"
    )
    table = page.locator("summary", has_text="The chart as a table")
    await press(page, table)
    await expect(page.get_by_role("row").nth(1)).to_be_visible()
    await press(page, page.get_by_role("link", name="By age"))
    await expect(page.get_by_role("row").filter(has_text="25 to 34")).to_be_visible()
    await press(page, page.get_by_role("link", name="Riverside"))
    await expect(page).to_have_url(re.compile("access_count.by=age&place=Riverside$"))
    await press(page, page.get_by_role("link", name="Easy read"))
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Easy read: Riverside"
    )


async def test_partners_choose_a_figure_without_script(
    view: str, bare: BrowserContext
) -> None:
    page = await bare.new_page()
    await page.goto(f"{view}/partners")
    await sign_in(page, "PA2", "viewer")
    await tab_to(page, page.get_by_label("Which figure"))
    await page.keyboard.type("People still")
    await press(page, page.get_by_role("button", name="Show"))
    heading = page.get_by_role("heading", level=2, name="People still waiting")
    await expect(heading).to_be_visible()


async def test_a_page_that_is_open_says_when_there_are_new_figures(
    view: str, system: System, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.goto(view)
    async with system.client("intake", system.token("PA1", "partner")) as client:
        people = [a_referral() for _ in range(40)]
        answer = await client.post("/referrals/batch", json=people)
        assert answer.status_code == 200
    said = page.get_by_role("status")
    await expect(said).to_contain_text("There are new figures", timeout=30_000)
    assert not await faults_of(page)
    await said.get_by_role("link", name="Show them").click()
    await expect(said).to_be_hidden()


async def test_print_leaves_out_what_paper_cannot_do(
    view: str, bare: BrowserContext
) -> None:
    page = await bare.new_page()
    await page.goto(view)
    await page.emulate_media(media="print")
    await expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/", MOST_FOR_EVERYBODY),
        ("/about/wait_days", MOST_FOR_EVERYBODY),
        ("/about/access_count?by=age", MOST_FOR_EVERYBODY),
        ("/about/reliable_improvement", MOST_FOR_EVERYBODY),
        ("/easy", MOST_FOR_EASY),
    ],
)
async def test_a_page_can_be_read_by_those_who_left_school_early(
    view: str, path: str, most: int
) -> None:
    async with httpx.AsyncClient(base_url=view) as client:
        page = await client.get(path)
    assert grade_of(page.text) <= most


async def test_hidden_figures_are_easy_to_read_too(view: str) -> None:
    async with httpx.AsyncClient(base_url=view) as client:
        page = await client.get("/easy?place=Riverside")
    assert "It does not mean zero." in page.text
    assert grade_of(page.text) <= MOST_FOR_EASY
