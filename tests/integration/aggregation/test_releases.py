"""Releases: what the public sees, when it changes, and what is published of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from services.aggregation.disclosure import Gate
from services.aggregation.figures import recount
from services.aggregation.releases import release
from shared.events import REFERRALS, ReferralState
from tests.integration.aggregation.asking import ask, fill_unseen, seen
from tests.integration.aggregation.states import a_delivery, a_story
from tests.integration.aggregation.test_figures import deliver, settle
from tests.integration.intake.answers import problem

GATE = Gate()
PUBLISHER = "LIVINGWELL"


async def arrive(
    database: asyncpg.Connection, states: list[ReferralState], sequence: int = 1
) -> None:
    """Deliver referrals and count them, as the running service does."""
    await deliver(database, [(REFERRALS, a_delivery(one, sequence)) for one in states])
    await settle(database)


async def published(database: asyncpg.Connection) -> list[dict[str, Any]]:
    """Take what was announced, in order."""
    rows = await database.fetch(
        "delete from outbox returning id, type, sequence, state"
    )
    return [
        {"type": row["type"].split(".")[-2], **json.loads(row["state"])}
        for row in sorted(rows, key=lambda row: row["id"])
    ]


async def month(
    api: httpx.AsyncClient, headers: dict[str, str] | None = None, **more: str
) -> Any:  # noqa: ANN401 (a number or "suppressed")
    """Return how many were seen in March."""
    answer = await ask(api, "access_count", headers, **more)
    return next(f["value"] for f in answer["figures"] if f["month"] == "2026-03")


async def test_the_public_sees_the_latest_release_and_those_inside_what_is_now(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    bearer: Callable[..., dict[str, str]],
) -> None:
    await fill_unseen(database, seen(1, 20))
    await release(database, GATE, PUBLISHER)
    await arrive(database, seen(40, 20))
    assert await month(api) == 20
    for role in ("viewer", "platform", "steward", "partner", "moderator"):
        assert await month(api, bearer("ORG1", role)) == 40
    assert await month(api, bearer("ORG1")) == 20
    assert [one.scope for one in await release(database, GATE, PUBLISHER)] == [
        "system",
        "place:Riverside",
    ]
    assert await month(api) == 40


async def test_nothing_is_shown_before_the_first_release(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill_unseen(database, seen(1, 20))
    refused = problem(await api.get("/indicators/access_count"), 503)
    assert "once all is counted" in refused["detail"]
    assert (await api.get("/")).status_code == 503


async def test_a_change_of_few_people_waits_until_there_are_more(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    """From 12 to 13 the shown figure would flip, and tell who came that day."""
    await fill_unseen(database, seen(1, 12))
    await release(database, GATE, PUBLISHER)
    assert await month(api) == 10
    await arrive(database, seen(40, 1))
    assert await release(database, GATE, PUBLISHER) == []
    assert await month(api) == 10
    await arrive(database, seen(60, 9))
    assert await release(database, GATE, PUBLISHER) != []
    assert await month(api) == 20


async def test_an_old_release_stays_readable_as_it_was(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill_unseen(database, seen(1, 20))
    numbers = {r.scope: r.number for r in await release(database, GATE, PUBLISHER)}
    before = await ask(api, "access_count", by="ethnicity")
    await arrive(database, seen(40, 20, ethnicity="M"))
    await release(database, GATE, PUBLISHER)
    after = await ask(api, "access_count", by="ethnicity")
    assert after != before
    old = str(numbers["system"])
    assert await ask(api, "access_count", by="ethnicity", release=old) == before
    problem(await api.get("/indicators/access_count?release=999999"), 404)
    place = "/indicators/access_count?place=Riverside&release="
    assert (await api.get(place + str(numbers["place:Riverside"]))).status_code == 200
    problem(await api.get(place + old), 404)


async def test_what_made_a_release_can_be_read(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill_unseen(database, seen(1, 20))
    await release(database, GATE, PUBLISHER)
    listed = (await api.get("/releases")).json()["releases"]
    assert [one["scope"] for one in listed] == ["system"]
    answer = await ask(api, "access_count")
    assert answer["release"] == listed[0]["number"]
    made = (await api.get(f"/releases/{answer['release']}")).json()
    assert made.items() >= listed[0].items()
    assert made["indicators"]["access_count"] == answer["definition_version"]
    assert "access_count" in made["changed"]
    assert made["as_of"] == answer["as_of"]
    assert made["newest_month"] == "2026-03-01"
    assert len(made["definitions"]) == len(answer["definition_version"]) == 12
    there = (await api.get("/releases?scope=place:Riverside")).json()["releases"]
    assert [one["scope"] for one in there] == ["place:Riverside"]
    for number in ("0", "999999", str(2**70)):
        problem(await api.get(f"/releases/{number}"), 404)


async def test_only_a_steward_releases_at_once(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    bearer: Callable[..., dict[str, str]],
) -> None:
    await fill_unseen(database, seen(1, 20))
    problem(await api.post("/releases"), 401)
    problem(await api.post("/releases", headers=bearer("ORG1", "partner")), 403)
    steward = bearer("ICB", "steward")
    made = (await api.post("/releases", headers=steward)).json()["releases"]
    assert {one["scope"] for one in made} == {
        "system",
        "place:Riverside",
        "place:Hillside",
    }
    again = await api.post("/releases", headers=steward)
    assert again.json()["releases"] == []
    row = await database.fetchrow("select organisation, subject from release limit 1")
    assert row is not None
    assert row["organisation"] == "ICB"
    await database.execute("update progress set is_counted = false")
    problem(await api.post("/releases", headers=steward), 503)


async def test_each_figure_that_is_shown_is_published_once_and_revised_when_it_changes(
    database: asyncpg.Connection,
) -> None:
    await fill_unseen(database, seen(1, 20))
    await database.execute("delete from outbox")
    await release(database, GATE, PUBLISHER)
    first = await published(database)
    mine = [s for s in first if s["indicator"] == "access_count" and not s["place"]]
    assert {(s["period_from"], s["period"], s["value"]) for s in mine} == {
        (None, "2026-03", 20),
        ("2025-04", "2026-03", 20),
    }
    assert {s["type"] for s in first} == {"published"}
    assert len({s["id"] for s in first}) == len(first)
    await arrive(database, seen(40, 20))
    await release(database, GATE, PUBLISHER)
    second = await published(database)
    revised = {s["id"]: s["value"] for s in second if s["type"] == "revised"}
    assert {revised[s["id"]] for s in mine if s["breakdown"] is None} == {40}
    assert await release(database, GATE, PUBLISHER) == []
    assert await published(database) == []


async def test_a_figure_that_is_hidden_again_is_told_and_one_that_always_was_is_not(
    database: asyncpg.Connection,
) -> None:
    people = seen(1, 20)
    await fill_unseen(database, people + seen(40, 3, organisation="ORG2"))
    await database.execute("delete from outbox")
    await release(database, GATE, PUBLISHER)
    first = await published(database)
    assert all(s["value"] != "suppressed" for s in first)
    assert not [s for s in first if s["place"] == "Hillside"]
    gone = [one.model_copy(update={"is_withdrawn": True}) for one in people[:19]]
    await arrive(database, gone, 2)
    await release(database, GATE, PUBLISHER)
    later = [s for s in await published(database) if s["indicator"] == "access_count"]
    assert {s["value"] for s in later} == {"suppressed"}
    assert {s["type"] for s in later} == {"revised"}


async def test_what_is_divided_by_one_thing_only_is_published_by_that(
    database: asyncpg.Connection,
) -> None:
    told = {"told_on": date(2026, 3, 20), "themes": ["kindness", "waiting"]}
    stories = [a_story(number, **told) for number in range(1, 12)]
    await fill_unseen(database, seen(1, 20), stories)
    await database.execute("delete from outbox")
    await release(database, GATE, PUBLISHER)
    found = {
        (state["indicator"], state["breakdown"], state["group"], state["value"])
        for state in await published(database)
        if state["indicator"] == "theme_mix" and state["place"] is None
    }
    assert found == {
        ("theme_mix", "theme", "kindness", 100),
        ("theme_mix", "theme", "waiting", 100),
    }


async def test_the_topic_never_tells_a_small_number(
    database: asyncpg.Connection,
) -> None:
    groups = [
        {"ethnicity": code, "gender": str(1 + n % 3)} for n, code in enumerate("ADHMR")
    ]
    people: list[ReferralState] = []
    for number, group in enumerate(groups):
        people += seen(1 + 40 * number, 2 + 5 * number, **group)
    await fill_unseen(database, people)
    await database.execute("delete from outbox")
    await release(database, GATE, PUBLISHER)
    for state in await published(database):
        for name in ("numerator", "denominator"):
            shown = state[name]
            assert shown == "suppressed" or (shown >= 5 and shown % 5 == 0)


async def test_counting_anew_changes_no_release(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill_unseen(database, seen(1, 20, received_on=date(2026, 3, 1)))
    await release(database, GATE, PUBLISHER)
    before = await ask(api, "wait_days", by="age")
    await recount(database)
    assert await release(database, GATE, PUBLISHER) == []
    assert await ask(api, "wait_days", by="age") == before


@pytest.mark.parametrize("scope", ["%00", "nowhere", "organisation:ORG1"])
async def test_of_a_scope_that_is_never_released_nothing_is_listed(
    database: asyncpg.Connection, api: httpx.AsyncClient, scope: str
) -> None:
    await fill_unseen(database, seen(1, 20))
    await release(database, GATE, PUBLISHER)
    assert (await api.get(f"/releases?scope={scope}")).json()["releases"] == []
