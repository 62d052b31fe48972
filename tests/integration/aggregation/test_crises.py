"""Crises before and after the start: who counts, once, and in which months."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import asyncpg
import httpx

from services.aggregation.figures import recount
from shared.events import REFERRALS, CrisisContact, ReferralState
from tests.integration.aggregation.asking import ask, fill, release_anew, seen
from tests.integration.aggregation.states import a_delivery
from tests.integration.aggregation.test_figures import cells, deliver

START = date(2025, 9, 1)
# The month in which 183 days from the start end.
MONTH = date(2026, 3, 1)


def days(*offsets: int) -> dict[str, list[CrisisContact]]:
    """Return contacts in a crisis so many days after the start."""
    told = (START + timedelta(days=offset) for offset in offsets)
    return {"crisis_contacts": [CrisisContact(kind="admission", on=on) for on in told]}


def started(first: int, count: int, **changes: Any) -> list[ReferralState]:  # noqa: ANN401
    """Return referrals of people who were first seen on the day of the start."""
    return seen(first, count, **{"first_contact_on": START} | changes)


async def counted(
    database: asyncpg.Connection, referrals: Iterable[ReferralState], scope: str
) -> dict[str, tuple[int, int]]:
    """Deliver referrals; return numerator and denominator of each group of a scope."""
    await deliver(database, [(REFERRALS, a_delivery(one)) for one in referrals])
    await recount(database)
    return {
        key[4]: counts
        for key, counts in (await cells(database)).items()
        if key[:4] == ("crisis_use", scope, "half_year", MONTH)
    }


async def test_both_times_are_183_days_and_the_start_is_after(
    database: asyncpg.Connection,
) -> None:
    people = [
        *(started(number, 1, **days(offset))[0] for number, offset in BOUNDARIES),
        *started(50, 1, **days(-20, -10, 30, 40)),
        *started(60, 1),
    ]
    found = await counted(database, people, "system")
    assert found == {"": (0, 8), "before": (3, 0), "after": (3, 0)}


BOUNDARIES = [(1, -184), (2, -183), (3, -1), (4, 0), (5, 182), (6, 183)]


async def test_a_person_is_counted_once_whoever_told_of_the_crises(
    database: asyncpg.Connection,
) -> None:
    same: dict[str, Any] = {"person": "the same person"}
    people = [
        *started(1, 1, **same),
        *seen(2, 1, first_contact_on=date(2025, 9, 9), organisation="ORG2", **same),
        *seen(3, 1, first_contact_on=None, organisation="ORG3", **same, **days(-9, 4)),
    ]
    once = {"": (0, 1), "before": (1, 0), "after": (1, 0)}
    assert await counted(database, people, "system") == once
    assert await counted(database, [], "organisation:ORG1") == once
    later = {"": (0, 1), "before": (1, 0)}
    assert await counted(database, [], "organisation:ORG2") == later
    assert await counted(database, [], "organisation:ORG3") == {}


async def test_what_was_taken_back_or_erased_is_in_no_figure(
    database: asyncpg.Connection,
) -> None:
    [person] = started(1, 1, **days(-9))
    assert (await counted(database, [person], "system"))["before"] == (1, 0)
    right = person.model_copy(update={"crisis_contacts": []})
    await deliver(database, [(REFERRALS, a_delivery(right, 2))])
    assert await counted(database, [], "system") == {"": (0, 1)}
    await deliver(database, [(REFERRALS, a_delivery(person, 3))])
    await deliver(database, [(REFERRALS, a_delivery(None, 4, person.id))])
    assert await counted(database, [], "system") == {}
    assert not await database.fetch("select from fact_crisis")


async def test_before_and_after_are_told_of_all_who_started(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    both = started(1, 10, **days(-9, 9))
    await fill(database, both + started(20, 20, **days(-3)) + started(50, 70))
    answer = await ask(api, "crisis_use")
    assert answer["breakdown"] == "half_year"
    told = {one["group"]: (one["value"], one["numerator"]) for one in answer["totals"]}
    assert told == {"before": (30, 30), "after": (10, 10)}
    assert {one["denominator"] for one in answer["totals"]} == {100}
    assert "no proof" in answer["notes"][0]


async def test_few_crises_are_hidden_and_are_not_zero(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, started(1, 4, **days(9)) + started(10, 96))
    totals = (await ask(api, "crisis_use"))["totals"]
    assert {one["value"] for one in totals} == {"suppressed"}
    assert {one["denominator"] for one in totals} == {100}


async def test_a_month_is_told_of_when_it_is_over(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    """Nobody's six months have ended that are to end later than now, 2 May 2026."""
    late = seen(1, 40, first_contact_on=date(2025, 11, 1), **days(-9, 70))
    await fill(database, started(100, 40, **days(-9)) + late)
    answer = await ask(api, "crisis_use", None, **{"to": "2026-12"})
    assert max(one["month"] for one in answer["figures"]) == "2026-04"
    in_may = (await ask(api, "crisis_use", None, **{"from": "2026-05"}))["figures"]
    assert in_may == []
    await release_anew(database)
    rows = await database.fetch("select state from figure")
    states = [json.loads(row["state"]) for row in rows]
    found = {s["denominator"] for s in states if s["indicator"] == "crisis_use"}
    assert found == {40}, "nor is more published"
