"""A story goes all the way through the real pages, and can be taken back from all."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import Response
from playwright.async_api import Browser, BrowserContext, Page, expect

from shared.events import STORIES
from tests.builders import a_referral, a_story, an_organisation
from tests.e2e.browser import PHONE, sign_in
from tests.e2e.phone import a_phone, opened, tell_bubble, tell_story
from tests.integration.shared.topics import read_topic_of
from tests.integration.stories.telling import Team, a_team
from tests.system import System, until

pytestmark = pytest.mark.browser

PARTNER = "RX8"  # Of the same system: it was told nine moments before.
BUBBLE = "Somebody held the umbrella."
STORY = "For weeks I watched the letter box."
MAGIC, MISERABLE = "We fed the herons together.", "The telephone only rang out."
WORDS = (STORY, MAGIC, MISERABLE)
# With the story told here 6 of 11 moments are magic: without it, too few are not.
OTHERS = (("magic", 5), ("miserable", 4))
SECONDS_TO_FOLLOW = 1.0
VIEWER = (PARTNER, "viewer")
AUDIENCES = ((), VIEWER, (PARTNER, "platform"), (PARTNER, "steward"))


@dataclass
class Town:
    """A team that people tell, who works there, and who else looks at it."""

    system: System
    team: Team
    browser: Browser
    contexts: list[BrowserContext]

    async def page(self) -> Page:
        """Open a browser of somebody's own."""
        context = await self.browser.new_context(viewport=PHONE)
        self.contexts.append(context)
        return await context.new_page()

    async def signed_in(self, address: str, organisation: str, role: str) -> Page:
        """Return a page whose reader signed in there."""
        page = await self.page()
        await page.goto(address)
        link = page.get_by_role("link", name="Sign in", exact=True)
        if await link.count():
            await link.click()
        await sign_in(page, organisation, role)
        return page

    async def ask(
        self, service: str, path: str, organisation: str = "", *roles: str
    ) -> Response:
        """Return an answer to somebody, or to the public."""
        token = self.system.token(organisation, *roles) if roles else None
        async with self.system.client(service, token) as client:
            return await client.get(path)


@pytest.fixture
async def town(system: System, browser: Browser) -> AsyncIterator[Town]:
    """Return a town where another partner has been told nine moments already."""
    async with system.client("stories") as client:
        team = a_team(system, client)
        for organisation in (team.organisation, PARTNER):
            await register(system, organisation)
        for kind, count in OTHERS:
            moment = {"kind": kind, "step": "support", "text": "Somebody else's."}
            await send(
                system,
                "stories",
                "/stories",
                a_story(told_on=today(), moments=[moment] * count, consent=partners()),
                PARTNER,
            )
        await system.quiet()
        town = Town(system, team, browser, [])
        yield town
        for context in town.contexts:
            await context.close()


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def partners() -> dict[str, str]:
    return {"level": "partners", "given_on": today()}


async def send(
    system: System, service: str, path: str, body: object, organisation: str
) -> None:
    token = system.token(organisation, "partner")
    async with system.client(service, token) as client:
        answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text


async def register(system: System, organisation: str) -> None:
    """Register an organisation to which somebody was introduced this month."""
    async with system.client("intake", system.token("XYZ", "steward")) as client:
        path = f"/organisations/{organisation}"
        assert (await client.put(path, json=an_organisation())).is_success
    referral = a_referral(received_on=today())
    await send(system, "intake", "/referrals", referral, organisation)


async def test_a_story_goes_all_the_way_and_can_be_taken_back_from_all(
    town: Town,
) -> None:
    phone = await a_phone(town.browser)
    town.contexts.append(phone)
    page = await opened(phone, (await town.team.link())["url"])
    await a_bubble_is_told_offline_and_seen_once(town, phone, page)
    story = await a_story_is_told(town, page)
    assert not await is_seen_by(await town.page(), town)
    await it_is_moderated(town, story)
    theme = await it_is_coded(town, story)
    viewer = await it_is_seen_by_a_viewer_and_not_by_the_public(town, story, theme)
    await it_is_withdrawn(page)
    await the_figures_follow(town)
    await it_is_gone(town, story, viewer)


async def a_bubble_is_told_offline_and_seen_once(
    town: Town, phone: BrowserContext, page: Page
) -> None:
    await phone.set_offline(True)
    await tell_bubble(page, BUBBLE)
    title = page.get_by_role("heading", level=1)
    await expect(title).to_have_text("Kept on this device")
    assert await town.team.told() == []
    await phone.set_offline(False)
    await expect(title).to_have_text("Thank you")
    await page.get_by_role("link", name="Tell something else").tap()
    await expect(title).to_have_text("Tell us what happened")
    desk = await at_desk(town)
    for _ in range(2):
        await expect(desk.get_by_text("Feedback bubble")).to_have_count(1)
        await desk.reload()
    await desk.get_by_role("link", name="Feedback bubble").click()
    await expect(desk.get_by_text(BUBBLE)).to_be_visible()


async def at_desk(town: Town) -> Page:
    address = town.system.urls["stories"] + "/desk"
    return await town.signed_in(address, town.team.organisation, "moderator")


async def a_story_is_told(town: Town, page: Page) -> dict[str, Any]:
    """Tell a story with two moments for partners; the phone keeps its private link."""
    moments = [
        ("Miserable", "Being introduced", MISERABLE),
        ("Magic", "During support", MAGIC),
    ]
    await tell_story(page, STORY, moments)
    told = await town.team.told()
    [story] = [one for one in told if one["kept"]["told"]["text"] == STORY]
    return story


async def it_is_moderated(town: Town, story: dict[str, Any]) -> None:
    desk = await at_desk(town)
    await desk.goto(f"{desk.url}/stories/{story['id']}")
    for words in WORDS:
        await expect(desk.get_by_text(words)).to_be_visible()
    await desk.get_by_role("button", name="Take into review").click()
    await desk.get_by_role("button", name="Approve").click()
    await expect(desk.get_by_text("Partners can read this now.")).to_be_visible()


async def it_is_coded(town: Town, story: dict[str, Any]) -> str:
    """Put a theme of the codebook on the story at the desk; return its code."""
    [theme, *_] = (await town.ask("stories", "/codebook")).json()["themes"]
    desk = await at_desk(town)
    await desk.goto(f"{desk.url}/stories/{story['id']}/coding")
    await desk.get_by_label(theme["name"], exact=True).check()
    await desk.get_by_role("button", name="Save my coding").click()
    await expect(desk.get_by_role("status")).to_have_text("Your coding is saved.")
    code: str = theme["code"]
    return code


async def is_seen_by(page: Page, town: Town) -> bool:
    """Say whether the system view shows any word of the story."""
    await page.goto(town.system.urls["aggregation"] + "/")
    shown = await page.content()
    return any(words in shown for words in WORDS)


async def it_is_seen_by_a_viewer_and_not_by_the_public(
    town: Town, story: dict[str, Any], theme: str
) -> Page:
    await town.system.quiet()
    state = await state_of(town, story)
    assert state["themes"] == [theme]
    assert len(state["moments"]) == 2
    view = town.system.urls["aggregation"] + "/"
    viewer = await town.signed_in(view, *VIEWER)
    for words in (MAGIC, MISERABLE):
        await expect(viewer.get_by_text(words)).to_be_visible()
    assert await magic_in(town, state["told_on"]) == 60
    stranger = await town.page()
    assert not await is_seen_by(stranger, town)
    assert (await town.ask("stories", text_of(story))).status_code == 404
    assert (await town.ask("stories", text_of(story), *VIEWER)).status_code == 200
    data = {who: await figures_for(town, who) for who in AUDIENCES}
    assert not any(words in said for words in WORDS for said in data.values())
    assert [who for who in AUDIENCES if story["id"] in data[who]] == [VIEWER]
    return viewer


def text_of(story: dict[str, Any]) -> str:
    return f"/stories/{story['id']}/text"


async def figures_for(town: Town, who: Sequence[str]) -> str:
    """Return all figures and moments that somebody can have as data."""
    token = town.system.token(*who) if who else None
    async with town.system.client("aggregation", token) as client:
        catalogue = await client.get("/indicators")
        codes = [one["code"] for one in catalogue.json()["indicators"]]
        answers = [await client.get(f"/indicators/{code}") for code in codes]
    assert all(answer.status_code == 200 for answer in answers)
    return catalogue.text + "".join(answer.text for answer in answers)


async def it_is_withdrawn(page: Page) -> None:
    """Withdraw the story by its private link, on the phone that told it."""
    await page.locator(".address a").tap()
    await page.get_by_role("button", name="Withdraw this story").tap()
    async with page.expect_response(lambda answer: answer.status == 303):
        await page.get_by_role("button", name="Yes, withdraw it").tap()


async def the_figures_follow(town: Town) -> None:
    """Wait until only others' moments are counted: less than a second."""
    began = time.monotonic()

    async def is_counted_without() -> bool:
        return await magic_in(town, today()) == "suppressed"

    await until(is_counted_without, "the figures are without the story")
    assert time.monotonic() - began < SECONDS_TO_FOLLOW


async def magic_in(town: Town, day: str) -> object:
    """Return how many of 100 moments of a month were magic, as it is counted now."""
    answer = await town.ask("aggregation", "/indicators/magic_rate", *VIEWER)
    figures = answer.json()["figures"]
    [value] = [one["value"] for one in figures if one["month"] == day[:7]]
    return value


async def it_is_gone(town: Town, story: dict[str, Any], viewer: Page) -> None:
    assert not await is_seen_by(viewer, town)
    assert not await is_seen_by(await town.page(), town)
    own, reference = town.team.organisation, story["kept"]["told"]["reference"]
    for who in ((), VIEWER, (own, "partner"), (own, "moderator")):
        assert (await town.ask("stories", text_of(story), *who)).status_code == 410
    words = f"/stories/{reference}/redaction"
    assert (await town.ask("stories", words, own, "moderator")).status_code == 410
    listed = (await town.ask("stories", "/stories", own, "partner")).text
    data = "".join([await figures_for(town, who) for who in AUDIENCES])
    assert not any(words in listed + data for words in WORDS)
    assert story["id"] not in data
    state = await state_of(town, story)
    assert state["moderation"] == "withdrawn"
    assert state["consent"]["level"] == "none"
    assert state["themes"] == state["moments"] == []
    assert state.get("dataref") is None
    messages = await read_topic_of(town.system, STORIES.name)
    assert not [one for one in messages for words in WORDS if words in str(one)]


async def state_of(town: Town, story: dict[str, Any]) -> dict[str, Any]:
    """Return a story as it stands in the compacted topic."""
    messages = await read_topic_of(town.system, STORIES.name)
    newest = max(
        (one for one in messages if one.key == story["id"]), key=lambda m: m.sequence
    )
    state: dict[str, Any] = json.loads(newest.value or "{}")
    return state
