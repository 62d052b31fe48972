"""The desk in a real browser: sign in, search, moderate; then the view, by audience."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.builders import a_referral, a_story, an_organisation
from tests.e2e.browser import (
    DESK,
    PHONE,
    faults_of,
    overflow_of,
    sign_in,
    small_targets_of,
)
from tests.system import System, until

pytestmark = pytest.mark.browser

ORGANISATION, OTHERS = "RX7", "RX8"
WORDS = "They sat with me by the heron pond until I could say it."


async def tell(system: System, organisation: str, **more: object) -> dict[str, object]:
    body = a_story(**more)
    token = system.token(organisation, "partner")
    async with system.client("stories", token) as client:
        answer = await client.post("/stories", json=body)
    assert answer.status_code == 201, answer.text
    return {**answer.json(), "reference": body["reference"]}


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Return a phone whose every page is free of errors."""
    context = await browser.new_context(viewport=PHONE)
    yield context
    await context.close()


async def test_a_moderator_finds_a_story_and_takes_it_to_approval(
    shared_system: System, context: BrowserContext
) -> None:
    await tell(shared_system, ORGANISATION, text=WORDS)
    await tell(shared_system, ORGANISATION, text="About the garden.")
    await tell(shared_system, OTHERS, text=WORDS)
    page = await context.new_page()
    desk = shared_system.urls["stories"] + "/desk"
    await page.goto(desk)
    await sign_in(page, ORGANISATION, "moderator")
    assert page.url == desk
    await expect(page.locator(".queue > li")).to_have_count(2)
    assert WORDS not in await page.content()
    await page.get_by_label(re.compile("Search the words")).fill("herons")
    await page.keyboard.press("Enter")
    await expect(page.locator(".queue > li")).to_have_count(1)
    await page.locator(".queue a").click()
    await expect(page.get_by_text(WORDS)).to_be_visible()
    for step in ("Take into review", "Approve"):
        assert not await faults_of(page)
        assert await overflow_of(page) <= 0
        assert not await small_targets_of(page)
        await page.get_by_role("button", name=step).click()
    await expect(page.get_by_role("button", name="Publish")).to_be_visible()
    await page.set_viewport_size(DESK)
    assert not await faults_of(page)
    await page.goto(desk)
    assert not await faults_of(page)
    assert await overflow_of(page) <= 0


async def test_who_is_no_moderator_is_told_so_and_can_sign_in_as_somebody_else(
    shared_system: System, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.goto(shared_system.urls["stories"] + "/desk")
    await sign_in(page, ORGANISATION, "viewer")
    await expect(page.get_by_text("not as a moderator")).to_be_visible()
    assert not await faults_of(page)
    await page.get_by_role("button", name=re.compile("somebody else")).click()
    await expect(page.get_by_text("You are signed out")).to_be_visible()
    assert not await faults_of(page)
    await page.get_by_role("link", name="Sign in again").click()
    await sign_in(page, ORGANISATION, "moderator")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("wait for you")


async def test_who_is_signed_out_meanwhile_is_told_so_and_comes_back_to_the_story(
    shared_system: System, context: BrowserContext
) -> None:
    story = await tell(shared_system, ORGANISATION, text=WORDS)
    page = await context.new_page()
    address = f"{shared_system.urls['stories']}/desk/stories/{story['story_id']}"
    await page.goto(address)
    await sign_in(page, ORGANISATION, "moderator")
    await context.clear_cookies()
    await page.get_by_role("button", name="Take into review").click()
    await expect(page.get_by_text("You are signed out")).to_be_visible()
    await page.get_by_role("link", name="Sign in again").click()
    await sign_in(page, ORGANISATION, "moderator")
    assert page.url == address
    await page.get_by_role("button", name="Take into review").click()
    await expect(page.get_by_role("button", name="Approve")).to_be_visible()


async def test_a_story_of_another_organisation_is_not_at_this_desk(
    shared_system: System, context: BrowserContext
) -> None:
    story = await tell(shared_system, OTHERS, text=WORDS)
    page = await context.new_page()
    await page.goto(f"{shared_system.urls['stories']}/desk/stories/{story['story_id']}")
    await sign_in(page, ORGANISATION, "moderator")
    await expect(page.get_by_text("has no such story")).to_be_visible()
    assert WORDS not in await page.content()


async def test_the_view_shows_a_viewer_what_the_public_does_not_see_until_withdrawn(
    shared_system: System, browser: Browser, context: BrowserContext
) -> None:
    system = shared_system
    said = "A marked sentence about the kettle."
    code = "RX9"
    async with system.client("intake", system.token("XYZ", "steward")) as client:
        where = an_organisation(place="Kettleham")
        answer = await client.put(f"/organisations/{code}", json=where)
        assert answer.is_success, answer.text
    referral = a_referral(received_on="2026-04-02")
    async with system.client("intake", system.token(code, "partner")) as client:
        assert (await client.post("/referrals", json=referral)).status_code == 201
    story = await tell(
        system,
        code,
        referral=referral["reference"],
        text=said,
        moments=[{"kind": "magic", "step": "support", "text": said}],
        consent={"level": "partners", "given_on": "2026-10-01"},
    )
    for state in ("in_review", "approved"):
        token = system.token(code, "moderator")
        async with system.client("stories", token) as client:
            path = f"/stories/{story['reference']}/moderation"
            answer = await client.put(path, json={"state": state})
            assert answer.is_success, answer.text
    view = system.urls["aggregation"] + "/?place=Kettleham"
    viewer = await context.new_page()

    async def is_open() -> bool:
        await viewer.goto(view)
        return await viewer.get_by_role("link", name="Sign in").count() == 1

    await until(is_open, "the view is shown to everybody")
    await viewer.get_by_role("link", name="Sign in").click()
    await sign_in(viewer, OTHERS, "viewer")

    async def is_shown() -> bool:
        await viewer.goto(view)
        return said in await viewer.content()

    await until(is_shown, "the moment is on the viewer's page")
    stranger = await (await browser.new_context()).new_page()
    await stranger.goto(view)
    assert said not in await stranger.content()
    assert not await faults_of(viewer)
    async with system.client("stories", system.token(code, "partner")) as client:
        consent = {"level": "none", "given_on": "2026-11-01"}
        path = f"/stories/{story['reference']}/consent"
        assert (await client.put(path, json=consent)).is_success
    assert not await is_shown()
    await viewer.get_by_role("button", name="Sign out").click()
    await expect(viewer.get_by_role("link", name="Sign in")).to_be_visible()
