"""GET /updates: what is told, where it goes on, and how many may listen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from services.aggregation.disclosure import Gate
from services.aggregation.releases import release
from services.aggregation.settings import Settings
from services.aggregation.updates import (
    MOST_REMEMBERED,
    Memory,
    Update,
    Updates,
)
from shared.database import Database, open_pool
from shared.problems import Unavailable
from tests.builders import a_referral, an_organisation
from tests.integration.aggregation.asking import fill, seen
from tests.integration.aggregation.test_releases import arrive
from tests.system import System, until

PATIENCE_SECONDS = 30
NOT_TOLD = {"changed": None, "as_of": None, "is_late": None}


@dataclass
class Event:
    """An event as it came."""

    id: str
    data: dict[str, Any]


async def events(
    client: httpx.AsyncClient, last: str | None = None
) -> AsyncGenerator[Event]:
    headers = {"Last-Event-ID": last} if last else {}
    async with client.stream("GET", "/updates", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        found: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if line:
                found[name] = value
            elif "data" in found:
                assert found["event"] == "figures"
                yield Event(found["id"], json.loads(found["data"]))
                found = {}


async def next_of(stream: AsyncIterator[Event]) -> Event:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await anext(stream)


async def next_on_time(stream: AsyncIterator[Event]) -> Event:
    """Return the next event of a moment in which something is, and is counted."""
    while True:
        event = await next_of(stream)
        if event.data["as_of"] and not event.data["is_late"]:
            return event


async def introduce_somebody(system: System) -> None:
    steward, partner = system.token("UP0", "steward"), system.token("UP1", "partner")
    async with system.client("intake", steward) as client:
        await client.put("/organisations/UP1", json=an_organisation())
    async with system.client("intake", partner) as client:
        answer = await client.post("/referrals", json=a_referral())
        assert answer.status_code == 201, answer.text


async def test_a_listener_is_told_and_goes_on_where_it_stopped(
    shared_system: System,
) -> None:
    await introduce_somebody(shared_system)
    await shared_system.quiet()
    token = shared_system.token("UP1", "partner")
    async with shared_system.client("aggregation", token) as client:
        async with aclosing(events(client)) as stream:
            first = await next_on_time(stream)
        async with aclosing(events(client, first.id)) as stream:
            waiting = asyncio.create_task(next_on_time(stream))
            await introduce_somebody(shared_system)
            second = await waiting
        assert second.id != first.id
        assert second.data["as_of"] > first.data["as_of"]
        async with aclosing(events(client, first.id)) as stream:
            missed = await next_on_time(stream)
        assert missed.data["as_of"] >= second.data["as_of"]


async def test_everybody_is_told_of_releases_and_not_when_somebody_came(
    shared_system: System,
) -> None:
    await introduce_somebody(shared_system)
    async with (
        shared_system.client("aggregation") as client,
        aclosing(events(client)) as stream,
    ):
        event = await next_of(stream)
    about_releases = {name: event.data[name] for name in ("releases", "released_as_of")}
    assert event.data == about_releases | NOT_TOLD
    assert event.data["releases"].keys() == event.data["released_as_of"].keys()
    assert event.id.isdigit()


@pytest.fixture
async def own_database(aggregation_settings: Settings) -> AsyncIterator[Database]:
    pool = await open_pool(aggregation_settings)
    yield Database(pool, 5)
    await pool.close()


@pytest.fixture
async def updates(
    database: asyncpg.Connection, own_database: Database, aggregation_settings: Settings
) -> AsyncIterator[Updates]:
    await fill(database, seen(1, 12))
    changes = {"updates_interval_seconds": 0.01, "updates_most_listeners": 1_000}
    updates = Updates(own_database, aggregation_settings.model_copy(update=changes))
    task = asyncio.create_task(updates.run())
    yield updates
    task.cancel()
    await asyncio.wait([task])


async def test_a_thousand_listen_to_one_look(
    database: asyncpg.Connection, updates: Updates
) -> None:
    async def listen() -> list[bool | None]:
        told: list[bool | None] = []
        async with (
            updates.place(),
            aclosing(updates.follow(None, is_inside=True)) as stream,
        ):
            async for update in stream:
                told.append(update.is_late)
                if update.is_late:
                    break
        return told

    listeners = [asyncio.create_task(listen()) for _ in range(1_000)]

    async def all_listen() -> bool:
        return updates.listeners == len(listeners)

    await until(all_listen, "a thousand listen")
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(Unavailable):
            async with updates.place():
                pass
        await database.execute(
            "insert into stale (unit, occurred_at) values (gen_random_uuid(), $1)",
            datetime.now(UTC) - timedelta(hours=1),
        )
        told = await asyncio.gather(*listeners)
    assert {tuple(one) for one in told} <= {(False, True), (True,)}
    assert updates.listeners == 0


async def test_who_knows_the_newest_is_told_nothing(updates: Updates) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        async with aclosing(updates.follow(None, is_inside=True)) as stream:
            newest = await anext(stream)
        async with aclosing(updates.follow(newest.id, is_inside=True)) as stream:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(stream), 0.2)


async def released_by(updates: Updates, number: int) -> None:
    async def is_seen() -> bool:
        seen = updates.newest
        return bool(seen and number in seen.public.releases.values())

    await until(is_seen, "the release is seen")


async def first_of(updates: Updates, last: str | None) -> Update:
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        aclosing(updates.follow(last, is_inside=False)) as stream,
    ):
        return await anext(stream)


async def test_who_comes_back_is_told_all_that_releases_changed_meanwhile(
    database: asyncpg.Connection, updates: Updates
) -> None:
    async def release_more(first: int, **changes: Any) -> int:  # noqa: ANN401
        await arrive(database, seen(first, 20, **changes))
        made = await release(database, Gate(), "LIVINGWELL")
        [system] = [one.number for one in made if one.scope == "system"]
        await released_by(updates, system)
        return system

    before = await release_more(100)
    knows = str(before)
    await release_more(200, source="A1")
    newest = await release_more(300, organisation="ORG2", first_contact_on=None)
    told = await first_of(updates, knows)
    assert told.releases["system"] == newest
    assert told.changed is not None
    assert told.changed.keys() == {"system", "place:Riverside", "place:Hillside"}
    assert {"access_count", "source_mix"} <= set(told.changed["system"])
    assert "still_waiting" in told.changed["place:Hillside"]
    assert "access_count" not in told.changed["place:Hillside"]
    assert "goals_attained" not in told.changed["system"]


@pytest.mark.parametrize("last", [None, "", "x/late", "999999999", "-1"])
async def test_who_knows_nothing_of_releases_is_not_told_what_changed(
    updates: Updates, last: str | None
) -> None:
    assert (await first_of(updates, last)).changed is None


async def test_what_changes_between_releases_is_told_to_nobody(
    database: asyncpg.Connection, updates: Updates
) -> None:
    """Not even inside: the figure that is shown may well be the same."""
    async with aclosing(updates.follow(None, is_inside=True)) as stream:
        first = await anext(stream)
        await arrive(database, seen(100, 1), 9)
        second = first
        async with asyncio.timeout(PATIENCE_SECONDS):
            while second.as_of == first.as_of:
                second = await anext(stream)
    assert second.changed == {}


def test_what_was_forgotten_is_said_to_be_unknown() -> None:
    memory = Memory()
    for number in range(1, 2 * MOST_REMEMBERED + 1):
        memory.add([(number, "system", [f"code_{number}"])])
    assert memory.changed(str(MOST_REMEMBERED - 1)) is None
    told = memory.changed(str(MOST_REMEMBERED))
    assert told is not None
    assert len(told["system"]) == MOST_REMEMBERED
    late = Memory()
    late.add([(number, "system", []) for number in range(50, 50 + MOST_REMEMBERED)])
    assert late.changed("48") is None
    assert late.changed("49") == {}
