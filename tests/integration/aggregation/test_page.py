"""The page for people: figures in words, places, quotes, and nothing that is hidden."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from html.parser import HTMLParser

import asyncpg
import httpx
import pytest

from services.aggregation.pages.everyone import SHOWN
from services.aggregation.quotes import origin_of
from services.aggregation.settings import Settings
from tests.integration.aggregation.asking import fill, seen
from tests.integration.aggregation.states import a_story

WORDS = {
    "text": "A long story.",
    "moments": [
        {"kind": "magic", "step": "support", "text": "Sunday <b>lunch</b> together."},
        {"kind": "miserable", "step": "introduction", "text": "Nobody rang."},
    ],
}


class Page(HTMLParser):
    """What a person finds in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.text = ""
        self.feed(html)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.sources += [value or "" for name, value in attrs if name == "src"]

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


async def show(api: httpx.AsyncClient, path: str = "/") -> Page:
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


@asynccontextmanager
async def a_stories_service(
    answer: bytes | None, asked: list[bytes] | None = None
) -> AsyncIterator[str]:
    """Serve one answer to every request, or none at all; yield the address.

    What was `asked` is noted.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(request)
        if answer is not None:
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n"
            writer.write(head.encode() + answer)
            await writer.drain()
            writer.close()
        else:
            await reader.read()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/stories/1/text"
    finally:
        server.close()


async def test_the_page_says_the_figures_in_words(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    introduced = seen(1, 12) + seen(20, 9, organisation="ORG2")
    introduced += seen(40, 30, source="A1") + seen(80, 9, source="G4")
    await fill(database, introduced)
    page = await show(api)
    assert "About 60 people were seen for the first time." in page.text
    assert "Half of about 60 people waited 14 days or less" in page.text
    assert "GPs and primary care 50%" in page.text
    assert "Hospitals" not in page.text
    assert "counted across 2 partners together" in page.text
    assert "Partner 1" in page.text
    assert "as of 2 May 2026, 12:00 UTC" in page.text


async def test_what_is_hidden_is_said_in_words_and_never_zero(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 3))
    page = await show(api)
    assert page.text.count("too few to show") == len(SHOWN)
    assert "It is not zero." in page.text
    assert "Too few to show." in page.text
    assert not re.search(r"(?<![\d:.])0( people| days|%| in 100)", page.text)
    assert "suppressed" not in page.text
    assert "None" not in page.text


async def test_a_place_is_chosen_by_a_link(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 12) + seen(20, 30, organisation="ORG2"))
    page = await show(api)
    assert "/?place=Riverside" in page.links
    assert "/?place=Hillside" in page.links
    there = await show(api, "/?place=Riverside")
    assert "About 10 people were seen for the first time." in there.text
    assert "Partner 2" not in there.text
    assert (await show(api, "/?place=")).text == page.text


async def test_the_page_needs_no_script_and_nothing_from_elsewhere(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 12))
    page = await show(api)
    assert page.tags.count("script") == 1
    assert page.sources == ["/static/live.js"]
    assert [link for link in page.links if "//" in link] == []
    style = await api.get("/static/style.css")
    assert style.status_code == 200
    assert style.headers["content-type"].startswith("text/css")
    assert "http" not in style.text


async def test_moments_are_quoted_as_text_whatever_is_in_them(
    database: asyncpg.Connection, aggregation_settings: Settings, api: httpx.AsyncClient
) -> None:
    async with a_stories_service(json.dumps(WORDS).encode()) as dataref:
        aggregation_settings.story_origins = origin_of(dataref)
        story = a_story(told_on=date(2026, 3, 20), dataref=dataref)
        await fill(database, seen(1, 12), [story])
        page = await show(api)
    assert "Sunday <b>lunch</b> together." in page.text
    assert "b" not in page.tags
    assert "Nobody rang." in page.text
    assert page.text.index("Nobody rang.") < page.text.index("Sunday")
    assert "Being introduced, March 2026" in page.text


@pytest.mark.parametrize("answer", [b"{}", b"\xff", b"[]", b'{"text": 1}', b""])
async def test_the_page_stands_when_stories_answers_nonsense(
    database: asyncpg.Connection,
    aggregation_settings: Settings,
    api: httpx.AsyncClient,
    answer: bytes,
) -> None:
    async with a_stories_service(answer) as dataref:
        aggregation_settings.story_origins = origin_of(dataref)
        await fill(
            database, seen(1, 12), [a_story(told_on=date(2026, 3, 20), dataref=dataref)]
        )
        page = await show(api)
    assert "Stories cannot be shown just now." in page.text
    assert "About 10 people were seen" in page.text


@pytest.mark.parametrize(
    "dataref", ["http://127.0.0.1:9/x", "nonsense", "http://[", "", "file:///x", None]
)
async def test_the_page_stands_when_stories_is_down_or_its_address_is_nonsense(
    database: asyncpg.Connection, api: httpx.AsyncClient, dataref: str | None
) -> None:
    await fill(
        database, seen(1, 12), [a_story(told_on=date(2026, 3, 20), dataref=dataref)]
    )
    page = await show(api)
    assert "Stories cannot be shown just now." in page.text
    assert "About 10 people were seen" in page.text


async def test_the_page_does_not_wait_for_stories(
    database: asyncpg.Connection, aggregation_settings: Settings, api: httpx.AsyncClient
) -> None:
    async with a_stories_service(None) as dataref:
        aggregation_settings.story_origins = origin_of(dataref)
        await fill(
            database, seen(1, 12), [a_story(told_on=date(2026, 3, 20), dataref=dataref)]
        )
        began = time.monotonic()
        page = await show(api)
        assert time.monotonic() - began < 10
    assert "Stories cannot be shown just now." in page.text


async def test_no_address_is_called_but_those_of_the_settings(
    database: asyncpg.Connection, aggregation_settings: Settings, api: httpx.AsyncClient
) -> None:
    async with a_stories_service(json.dumps(WORDS).encode()) as dataref:
        aggregation_settings.story_origins = "http://stories.example"
        story = a_story(told_on=date(2026, 3, 20), dataref=dataref)
        await fill(database, seen(1, 12), [story])
        page = await show(api)
    assert "Stories cannot be shown just now." in page.text
