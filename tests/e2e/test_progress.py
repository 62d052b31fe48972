"""A person opens a link on a phone: own goals, own scores, own stories, withdrawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.builders import a_goal, a_story, an_assessment
from tests.e2e.browser import (
    DESK,
    NARROWEST,
    PHONE,
    faults_of,
    overflow_of,
    small_targets_of,
)
from tests.system import System

pytestmark = pytest.mark.browser

REFERRAL = "LW-0001"
BETTER = {"items": [3, 2, 2, 3, 3, 4, 2, 3, 2, 3], "physical_health": 3}
GAPS = {"items": [1, None, None, 3, 1, 4, 2, 1, 2, 1]}


@dataclass(frozen=True)
class Partner:
    """The partner that makes links, at a running system."""

    system: System
    organisation: str

    async def send(self, service: str, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        token = self.system.token(self.organisation, "partner")
        async with self.system.client(service, token) as client:
            answer = await client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def revoke(self, service: str, link: dict[str, Any]) -> None:
        token = self.system.token(self.organisation, "partner")
        async with self.system.client(service, token) as client:
            answer = await client.delete(f"/links/{link['link_id']}")
        assert answer.status_code == 204

    async def link(self, service: str, **more: str) -> dict[str, Any]:
        body = {"referrals": [REFERRAL], **more}
        found: dict[str, Any] = await self.send(service, "/links", body)
        return found


async def tell_everything(partner: Partner) -> None:
    """Record goals, scores, an answer in own words and stories of one person."""
    goal = a_goal(REFERRAL)
    await partner.send("measures", "/goals", goal)
    for on, value in (("2026-04-20", 3), ("2026-06-30", 6)):
        rating = {"rated_on": on, "value": value}
        path = f"/goals/{goal['reference']}/ratings"
        await partner.send("measures", path, rating)
    scaled = a_goal(REFERRAL, kind="gas", words="Go to the allotment", baseline=-1)
    await partner.send("measures", "/goals", scaled)
    path = f"/goals/{scaled['reference']}/ratings"
    await partner.send("measures", path, {"rated_on": "2026-06-30", "value": 0})
    times: list[tuple[str, dict[str, Any]]] = [
        ("2026-03-10", {"items": [1, 2, 2, 3, 1, 4, 2, 1, 2, 1]}),
        ("2026-05-10", GAPS),
        ("2026-06-30", BETTER),
    ]
    for on, responses in times:
        body = an_assessment(REFERRAL, completed_on=on, responses=responses)
        await partner.send("measures", "/assessments", body)
    others: list[tuple[str, dict[str, Any]]] = [
        ("phq9", {"items": [2, 2, 1, 1, 1, 1, 2, 0, 3]}),
        ("dialog", {"items": [3, 4, 2, 5, 4, 5, 6, 5, 5, 4, 6]}),
        ("safety", {"text": "Safe at my sister's, not on the stairs."}),
    ]
    for instrument, responses in others:
        body = an_assessment(REFERRAL, instrument=instrument, responses=responses)
        await partner.send("measures", "/assessments", body)
    await partner.send("stories", "/stories", a_story(referral=REFERRAL))
    bubble = a_story(
        referral=REFERRAL,
        kind="bubble",
        text="We walked by the river.",
        moments=[],
        consent=None,
    )
    await partner.send("stories", "/stories", bubble)
    reply = {
        "reference": "R-1",
        "replied_on": "2026-05-04",
        "text": "We will walk there again.",
        "change": {"what": "There is a walk each week.", "changed_on": "2026-05-02"},
    }
    path = f"/stories/{bubble['reference']}/replies"
    await partner.send("stories", path, reply)


@pytest.fixture(scope="module")
async def partner(shared_system: System) -> Partner:
    """Return a partner of a system whose pages lead on to each other."""
    partner = Partner(shared_system, "RX17")
    await tell_everything(partner)
    return partner


async def opened(context: BrowserContext, url: str) -> Page:
    """Open a page and see that it asked for nothing else than its style sheet."""
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: pytest.fail(f"an error on the page: {error}"))
    await page.goto(url)
    origin = url.partition("/my/")[0]
    assert asked == [url, f"{origin}/static/my.css"]
    return page


async def test_a_person_reads_withdraws_and_the_page_goes_away(
    partner: Partner, browser: Browser
) -> None:
    goals = await partner.link("measures")
    stories = await partner.link("stories", next=goals["url"])
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = await opened(context, stories["url"])
    story = page.get_by_role("article", name="A story you told")
    await expect(story).to_contain_text("Then Sunday lunch happened.")
    await expect(story).to_contain_text("You agreed that partner organisations may")
    await story.get_by_role("button", name="Withdraw this story").tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Withdraw this story?"
    )
    assert page.url == stories["url"]
    await page.get_by_role("button", name="No, keep it").tap()
    await expect(story).to_contain_text("Then Sunday lunch happened.")
    await story.get_by_role("button", name="Withdraw this story").tap()
    await page.get_by_role("button", name="Yes, withdraw it").tap()
    await expect(story).to_contain_text("Withdrawn on")
    await expect(page.get_by_text("Sunday lunch")).to_have_count(0)
    await expect(page.get_by_text("We walked by the river.")).to_be_visible()
    bubble = page.get_by_role("article", name="A moment you told")
    await expect(bubble).to_contain_text("We will walk there again.")
    await expect(bubble).to_contain_text("There is a walk each week. 2 May 2026")

    await page.get_by_role("link", name="Go on to your goals").tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your own progress")
    await expect(page.get_by_text("Cook for my sister once a week")).to_be_visible()
    await expect(page.get_by_text("You started at 2 out of 10")).to_be_visible()

    await partner.revoke("measures", goals)
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "This page is closed"
    )
    await partner.revoke("stories", stories)
    answer = await page.goto(stories["url"])
    assert answer
    assert answer.status == 410
    await context.close()


async def test_goals_and_scores_are_told_in_plain_words(
    partner: Partner, browser: Browser
) -> None:
    link = await partner.link("measures")
    context = await browser.new_context(viewport=PHONE)
    page = await opened(context, link["url"])
    scaled = page.get_by_role("article").filter(has_text="Go to the allotment")
    await expect(scaled).to_contain_text("You started at “less than expected”")
    reqol = page.get_by_role("article").filter(has_text="How life has been")
    await expect(reqol).to_contain_text("8 higher than the first time")
    await expect(reqol).to_contain_text("changes under 5 points often are")
    await reqol.get_by_text("Every time you answered").click()
    row = reqol.get_by_role("row").filter(has_text="10 May 2026")
    await expect(row).to_contain_text("not enough answers")
    await expect(page.get_by_text("not on the stairs")).to_be_visible()
    await expect(page.get_by_role("link", name="Call 116 123")).to_be_visible()
    shown = (await page.inner_text("body")).lower()
    for word in ("clinical", "caseness", "item9", "self-harm", REFERRAL.lower()):
        assert word not in shown
    await context.close()


@pytest.mark.parametrize("service", ["measures", "stories"])
async def test_a_page_is_complete_without_javascript(
    partner: Partner, browser: Browser, service: str
) -> None:
    link = await partner.link(service)
    context = await browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = await opened(context, link["url"])
    if service == "measures":
        await page.get_by_text("All your ratings").first.click()
        await expect(
            page.get_by_role("row").filter(has_text="20 April")
        ).to_be_visible()
    else:
        story = page.get_by_role("article", name="A moment you told")
        await story.get_by_role("button", name="Withdraw this story").click()
        await expect(page.get_by_text("What cannot be called back")).to_be_visible()
    await context.close()


@pytest.mark.parametrize("size", [NARROWEST, PHONE, DESK], ids=["320", "390", "1280"])
@pytest.mark.parametrize("service", ["measures", "stories"])
async def test_a_page_can_be_used_by_everybody(
    partner: Partner, browser: Browser, service: str, size: ViewportSize
) -> None:
    link = await partner.link(service)
    context = await browser.new_context(viewport=size)
    page = await opened(context, link["url"])
    for summary in await page.locator("summary").all():
        await summary.click()
    assert await faults_of(page) == ""
    assert await overflow_of(page) == 0
    assert await small_targets_of(page) == []
    if service == "stories":
        await page.get_by_role("button", name="Withdraw this story").first.click()
        assert await faults_of(page) == ""
        assert await overflow_of(page) == 0
    await page.goto(link["url"][:-1] + "!")
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "This page is closed"
    )
    assert await faults_of(page) == ""
    await context.close()


async def test_a_page_is_read_by_keyboard_from_the_top(
    partner: Partner, browser: Browser
) -> None:
    link = await partner.link("stories")
    context = await browser.new_context(viewport=DESK, reduced_motion="reduce")
    page = await opened(context, link["url"])
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    await expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Help now")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Call 999")).to_be_in_viewport()
    await context.close()


async def test_a_printed_page_has_every_rating_and_no_button(
    partner: Partner, browser: Browser
) -> None:
    context = await browser.new_context(viewport=DESK)
    page = await opened(context, (await partner.link("measures"))["url"])
    await page.emulate_media(media="print")
    await expect(page.get_by_role("row").filter(has_text="20 April")).to_be_visible()
    await page.goto((await partner.link("stories"))["url"])
    await expect(page.get_by_text("We walked by the river.")).to_be_visible()
    await expect(page.get_by_role("button")).to_have_count(0)
    await context.close()
