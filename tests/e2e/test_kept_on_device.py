"""What was told and is not sent yet: said at every moment, lost at none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    ViewportSize,
    expect,
)

from tests.e2e.browser import DESK, PHONE, faults_of, overflow_of, small_targets_of
from tests.e2e.phone import a_phone, opened, tell_bubble
from tests.integration.stories.telling import Team, a_team
from tests.system import System

pytestmark = pytest.mark.browser

LOSE_THE_KEY = """async () => {
  const open = indexedDB.open("tell");
  const database = await new Promise(
    (done) => open.onsuccess = () => done(open.result));
  const keys = database.transaction("keys", "readwrite").objectStore("keys").clear();
  await new Promise((done) => keys.onsuccess = done);
}"""


@dataclass(frozen=True)
class Device:
    """A device on which somebody tells a team, with and without a network."""

    team: Team
    context: BrowserContext
    page: Page
    url: str
    link: str

    async def tell_offline(self, words: str) -> None:
        await self.context.set_offline(True)
        await tell_bubble(self.page, words)
        await expect(self.title).to_have_text("Kept on this device")

    async def is_usable(self) -> None:
        """Check that everybody can use the page as it is shown."""
        assert await faults_of(self.page) == ""
        assert await overflow_of(self.page) == 0
        assert await small_targets_of(self.page) == []

    @property
    def title(self) -> Locator:
        return self.page.get_by_role("heading", level=1)


@pytest.fixture(params=[PHONE, DESK], ids=["390", "1280"])
async def device(
    request: pytest.FixtureRequest, shared_system: System, browser: Browser
) -> AsyncIterator[Device]:
    size: ViewportSize = request.param
    context = await a_phone(browser, viewport=size)
    async with shared_system.client("stories") as client:
        team = a_team(shared_system, client)
        made = await team.link()
        page = await opened(context, made["url"])
        yield Device(team, context, page, made["url"], made["link_id"])
    await context.close()


async def test_it_is_said_that_it_waits_that_it_still_waits_and_that_it_has_arrived(
    device: Device,
) -> None:
    page = device.page
    await device.tell_offline("Somebody rang me back.")
    await device.is_usable()
    await page.goto(device.url)
    await expect(page.locator("#waiting")).to_contain_text("Waiting to be sent: 1")
    await page.get_by_role("button", name="Try now").tap()
    await expect(page.get_by_role("status")).to_contain_text("could not be sent yet")
    await device.is_usable()
    await device.tell_offline("And then again.")
    await device.context.set_offline(False)
    await expect(device.title).to_have_text("Thank you")
    await expect(page.get_by_role("status")).to_contain_text("Sent just now: 2")
    await expect(page.locator("#waiting")).to_be_hidden()
    await expect(page.locator(".receipt")).to_be_visible()
    await device.is_usable()
    assert len(await device.team.told()) == 2


async def test_what_a_closed_page_did_not_take_is_still_there_when_it_is_opened(
    device: Device,
) -> None:
    page, words = device.page, "I waited until it was dark."
    await device.tell_offline(words)
    await device.team.revoke(device.link)
    await device.context.set_offline(False)
    await expect(device.title).to_have_text("This could not be taken")
    await device.is_usable()
    await page.goto(device.url)
    await expect(device.title).to_have_text("This page is closed")
    refused = page.locator("#refused")
    await expect(refused).to_contain_text("Ask the team for a new link")
    await refused.get_by_role("button", name="Show my words").tap()
    await expect(refused.get_by_text(words)).to_be_focused()
    await refused.get_by_role("button", name="Remove it from this device").tap()
    await device.is_usable()
    await page.reload()
    await expect(refused).to_be_visible()
    await refused.get_by_role("button", name="Remove it from this device").tap()
    await refused.get_by_role("button", name="Yes, remove it").tap()
    await expect(page.locator("#queue")).to_be_hidden()


async def test_what_a_device_cannot_open_any_more_is_said_and_holds_up_no_other(
    device: Device,
) -> None:
    page = device.page
    await device.tell_offline("This cannot be read any more.")
    await page.evaluate(LOSE_THE_KEY)
    await page.goto(device.url)
    await device.tell_offline("This can.")
    await device.context.set_offline(False)
    await expect(device.title).to_have_text("Thank you")
    refused = page.locator("#refused")
    await expect(refused).to_contain_text("This device cannot open it any more.")
    await expect(refused.get_by_role("button", name="Show my words")).to_be_hidden()
    await device.is_usable()
    assert len(await device.team.told()) == 1


async def test_what_a_device_has_no_room_for_stays_in_the_form(device: Device) -> None:
    page = device.page
    browser = await device.context.new_cdp_session(page)
    origin = await page.evaluate("location.origin")
    full = {"origin": origin, "quotaSize": 1}
    await browser.send("Storage.overrideQuotaForOrigin", full)
    await device.context.set_offline(True)
    await tell_bubble(page, "Nobody came.")
    await expect(page.get_by_role("alert")).to_contain_text("has no room to keep it")
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.get_by_label("In a few words")).to_have_value("Nobody came.")
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()
    await device.is_usable()
