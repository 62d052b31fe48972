"""Pages of frameworks in a browser: on a phone, at a desk, without script, printed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.builders import a_referral, an_organisation
from tests.e2e.browser import (
    DESK,
    NARROWEST,
    PHONE,
    faults_of,
    overflow_of,
    small_targets_of,
)
from tests.frameworks import a_measure, an_outcome, as_yaml, with_outcomes
from tests.system import System

pytestmark = pytest.mark.browser

ORGANISATION, PLACE, PEOPLE = "FW1", "Fernside", 12
PERIOD = "from=2025-07&to=2026-11"
PAGES = (
    "/frameworks",
    "/frameworks/eastholme",
    "/frameworks/living-well-core",
    "/frameworks/fernside",
    f"/frameworks/fernside/report?{PERIOD}",
)


def own_frameworks() -> list[dict[str, object]]:
    """Return what a place agreed on, and what it became in the middle of the year."""
    seen = an_outcome(matches=["person_centred_help"], indicators=[a_measure()])
    waits = an_outcome(
        "soon",
        words="Somebody comes soon.",
        matches="no match",
        indicators=[
            a_measure("wait_days", statutory=True, asked_by=None, asked_on=None),
            a_measure("source_mix"),
            a_measure("beds", not_measured_yet="Nobody sends it."),
        ],
    )
    of_fernside = {"id": "fernside", "places": [PLACE], "shared": "living-well-core"}
    return [
        with_outcomes(
            seen, title="What Fernside wants", valid_from="2024-01-01", **of_fernside
        ),
        with_outcomes(
            *(seen, waits),
            title="What Fernside wants",
            valid_from="2025-10-01",
            **of_fernside,
        ),
    ]


@pytest.fixture(scope="module")
async def fernside(shared_system: System) -> System:
    """Return the system with a place of its own, its people, and its framework."""
    steward = shared_system.token("STEWARD", "steward")
    async with shared_system.client("intake", steward) as intake:
        body = an_organisation(place=PLACE)
        await intake.put(f"/organisations/{ORGANISATION}", json=body)
    partner = shared_system.token(ORGANISATION, "partner")
    async with shared_system.client("intake", partner) as intake:
        people = [a_referral() for _ in range(PEOPLE)]
        await intake.post("/referrals/batch", json=people)
        for one in people:
            contact = {"reference": "C1", "contact_on": "2026-03-16", "attended": True}
            path = f"/referrals/{one['reference']}/contacts"
            assert (await intake.post(path, json=contact)).status_code == 201
    async with shared_system.client("aggregation", steward) as aggregation:
        etag = ""
        for framework in own_frameworks():
            answer = await aggregation.put(
                "/frameworks/fernside",
                content=as_yaml(framework),
                headers={"If-Match": etag} if etag else {},
            )
            assert answer.status_code == 201, answer.text
            etag = answer.headers["ETag"]
    await shared_system.quiet()
    return shared_system


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Return a page on a phone."""
    context = await browser.new_context(viewport=PHONE)
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_of_frameworks_has_no_fault_on_a_phone_or_at_a_desk(
    fernside: System, page: Page, path: str
) -> None:
    await page.goto(fernside.urls["aggregation"] + path)
    for size in (PHONE, NARROWEST, DESK):
        await page.set_viewport_size(size)
        assert await overflow_of(page) <= 0
        assert not await small_targets_of(page)
    assert not await faults_of(page)
    await page.set_viewport_size(PHONE)
    for summary in await page.locator("summary").all():
        await summary.click()
    assert not await faults_of(page)
    assert await overflow_of(page) <= 0


async def test_the_way_leads_from_the_view_to_who_asked_for_a_figure(
    fernside: System, page: Page
) -> None:
    await page.goto(fernside.urls["aggregation"])
    await page.get_by_role("link", name="What we agreed to look for").click()
    await page.get_by_role("link", name="What Fernside wants", exact=True).click()
    await expect(page.get_by_text("In effect from 1 October 2025")).to_be_visible()
    await expect(page.get_by_text("No shared outcome says the same.")).to_be_visible()
    await expect(page.get_by_text("Required by law.")).to_be_visible()
    asked = "Asked for by the people's panel, 3 November 2025."
    await expect(page.get_by_text(asked).first).to_be_visible()
    await page.get_by_role("link", name="What is known of it").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "What Fernside wants"
    )


async def test_a_report_is_read_without_script_by_keyboard_and_on_paper(
    fernside: System, browser: Browser
) -> None:
    context = await browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = await context.new_page()
    url = fernside.urls["aggregation"] + f"/frameworks/fernside/report.html?{PERIOD}"
    await page.goto(url)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**#view")
    parts = page.locator("section.part")
    await expect(parts).to_have_count(2)
    await expect(parts.nth(0).locator("h2")).to_have_text("July 2025 to September 2025")
    seen, waited = parts.nth(1).locator(".value").all(), "too few to show"
    assert [await one.inner_text() for one in await seen] == ["10", waited]
    await expect(parts.nth(1)).to_contain_text("Not measured yet. Nobody sends it.")
    await expect(parts.nth(0)).to_contain_text("It is not zero.")
    assert "suppressed" not in await page.content()
    await page.emulate_media(media="print")
    await expect(page.get_by_role("navigation")).to_have_count(0)
    await expect(parts.nth(1)).to_contain_text(waited)
    await expect(page.locator("details").first).to_be_hidden()
    await context.close()
