"""Charts as pictures: drawn by a process of their own, kept, and never waited for."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import asyncpg
import httpx
import pytest

from services.aggregation.charts import artist as artists
from services.aggregation.charts.artist import Artist
from shared.problems import Unavailable
from tests.integration.aggregation.asking import fill, seen
from tests.system import until

SVG = "{http://www.w3.org/2000/svg}"
A_BAR = {
    "data": {"values": [{"a": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}
FROM_ELSEWHERE = A_BAR | {"data": {"url": "http://127.0.0.1:9/data.json"}}


@pytest.fixture
async def artist() -> AsyncIterator[Artist]:
    artist = Artist()
    yield artist
    await artist.close()


def texts_of(svg: str) -> str:
    root = ElementTree.fromstring(svg)
    return " ".join(one.text or "" for one in root.iter(f"{SVG}text"))


async def test_a_chart_is_drawn_with_its_words_and_as_large_as_the_page_says(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 12))
    page = await api.get("/about/access_count")
    answer = await api.get("/charts/access_count.svg")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "People" in texts_of(answer.text)
    assert "×" in texts_of(answer.text)
    root = ElementTree.fromstring(answer.text)
    size = f'width="{root.get("width")}" height="{root.get("height")}"'
    assert size in page.text
    by_age = await api.get("/charts/access_count.svg?by=age")
    assert "too few to show" in texts_of(by_age.text)
    assert "Under 18" in texts_of(by_age.text)


async def test_a_chart_that_did_not_change_is_not_sent_again(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 12))
    path = "/charts/access_count.svg"
    first = await api.get(path)
    known = {"If-None-Match": first.headers["etag"]}
    again = await api.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    await fill(database, seen(20, 30))
    changed = await api.get(path, headers=known)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_nothing_is_drawn_until_asked_and_the_same_is_drawn_once(
    artist: Artist,
) -> None:
    assert artist.process_id is None
    one, other = await asyncio.gather(artist.draw(A_BAR), artist.draw(A_BAR))
    assert one is other
    assert one.startswith("<svg")
    assert artist.process_id is not None


async def test_an_artist_that_died_is_followed_by_another(artist: Artist) -> None:
    await artist.draw(A_BAR)
    first = artist.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert (await artist.draw(A_BAR | {"mark": "point"})).startswith("<svg")
    assert artist.process_id != first


async def test_what_cannot_be_drawn_is_refused_and_nothing_is_fetched(
    artist: Artist,
) -> None:
    for wrong in ({"mark": "nothing"}, FROM_ELSEWHERE):
        with pytest.raises(Unavailable):
            await artist.draw(wrong)
    assert (await artist.draw(A_BAR)).startswith("<svg")


async def test_who_goes_away_spoils_no_chart_of_another(artist: Artist) -> None:
    await artist.draw(A_BAR)
    gone = asyncio.create_task(artist.draw(A_BAR | {"width": 300}))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    drawn = await artist.draw(A_BAR | {"width": 200, "mark": "point"})
    assert 'width="300"' not in drawn


async def test_the_artist_ends_when_idle_and_with_the_service(
    artist: Artist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artists, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(artists, "IDLE_SECONDS", 0.0)
    await artist.draw(A_BAR)
    task = asyncio.create_task(artist.run())

    async def has_ended() -> bool:
        return artist.process_id is None

    await until(has_ended, "the artist has ended")
    task.cancel()
    await asyncio.wait([task])
    assert artist.process_id is None


async def test_not_everybody_may_wait_and_not_everything_is_kept(
    artist: Artist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artists, "MOST_WAITING", 2)
    monkeypatch.setattr(artists, "MOST_KEPT_BYTES", 5_000)
    charts = [A_BAR | {"width": width} for width in (100, 110, 120)]
    drawn = await asyncio.gather(*map(artist.draw, charts), return_exceptions=True)
    assert [isinstance(one, Unavailable) for one in drawn] == [False, False, True]
    assert artist.kept_bytes <= 5_000
