"""Groups compared over HTTP: ratios of published counts, coverage, who is heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from services.aggregation.indicators import INDICATORS
from services.aggregation.rules import GROUPS
from shared.events import ASSESSMENTS, Decision, ReferralState
from tests.integration.aggregation.asking import PERIOD, ask, fill, release_anew, seen
from tests.integration.aggregation.states import (
    a_delivery,
    a_referral,
    a_story,
    an_assessment,
    entity,
)
from tests.integration.aggregation.test_figures import deliver, settle
from tests.integration.intake.answers import pointers, problem

PATHS = ("/indicators/ineligible_rate/equity", "/voice-gap")
DECIDED_ON = date(2026, 3, 4)


async def get(
    api: httpx.AsyncClient, path: str, headers: dict[str, str] | None = None, **q: str
) -> dict[str, Any]:
    answer = await api.get(path, params=PERIOD | q, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def decided(first: int, refused: int, accepted: int, **groups: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield referrals with decisions, numbered from `first`."""
    for number in range(first, first + refused + accepted):
        outcome = "not_for_us" if number < first + refused else "accepted"
        decision = {"outcome": outcome, "decided_on": DECIDED_ON, "reason": "02"}
        yield a_referral(number, decision=Decision.model_validate(decision), **groups)


def by_ethnicity() -> list[ReferralState]:
    """Return decisions: white 10 of 40, black 21 of 31, asian 3 of 20, and others."""
    return [
        *decided(1, 10, 30, ethnicity="A"),
        *decided(100, 21, 10, ethnicity="M"),
        *decided(200, 3, 17, ethnicity="H"),
        *decided(300, 6, 9, ethnicity="Z"),
        *decided(400, 6, 14, ethnicity=None),
        *decided(500, 1, 4, ethnicity="D"),
        *decided(600, 1, 5, ethnicity="S"),
    ]


async def test_ratios_rest_on_the_published_counts_and_on_nothing_else(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, by_ethnicity())
    answer = await get(api, PATHS[0], by="ethnicity")
    assert answer["reference"] == "white"
    groups = {one["group"]: one for one in answer["groups"]}
    assert list(groups) == ["white", "mixed", "asian", "black", "other"]
    black = groups["black"]
    assert (black["figure"]["numerator"], black["figure"]["denominator"]) == (20, 30)
    assert black["ratio"] == 2.67, "20/30 to 10/40, and not 21/31"
    assert black["ratio_low"] < black["ratio"] < black["ratio_high"]
    assert (black["gap"], black["is_clear"]) == (41.7, True)
    assert groups["white"]["is_reference"]
    assert groups["white"]["ratio"] is None
    for hidden in ("asian", "mixed", "other"):
        for name in ("ratio", "ratio_low", "ratio_high", "gap", "is_clear"):
            assert groups[hidden][name] == "suppressed"
    figures = (await ask(api, "ineligible_rate", by="ethnicity"))["totals"]
    kept_apart = [answer["not_stated"], answer["not_known"]]
    assert [one["figure"] for one in answer["groups"]] + kept_apart == figures


async def test_not_asked_and_declined_are_kept_apart_and_in_the_coverage(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, by_ethnicity())
    answer = await get(api, PATHS[0], by="ethnicity")
    assert answer["coverage"] == 80, "102 of 137, in steps of 20"
    assert (answer["not_stated"]["group"], answer["not_stated"]["denominator"]) == (
        "not_stated",
        15,
    )
    assert answer["not_known"]["denominator"] == 20
    assert (await get(api, PATHS[0], by="age"))["not_stated"] is None
    assert "rounded counts" in " ".join(answer["notes"])


async def test_without_the_reference_group_nothing_is_compared(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    few = [*decided(1, 2, 1, ethnicity="A"), *decided(50, 20, 20, ethnicity="M")]
    await fill(database, [*few, *decided(100, 20, 20, ethnicity="H")])
    answer = await get(api, PATHS[0], by="ethnicity")
    found = {one["group"]: one for one in answer["groups"]}
    assert found["black"]["figure"]["value"] == 60
    assert found["black"]["ratio"] == found["asian"]["gap"] == "suppressed"


@pytest.mark.parametrize("code", ["access_count", "wait_days", "still_waiting"])
async def test_counts_and_waits_have_shares_and_no_ratio(
    database: asyncpg.Connection, api: httpx.AsyncClient, code: str
) -> None:
    contact = None if code == "still_waiting" else date(2026, 3, 16)
    women = seen(1, 150, gender="2", first_contact_on=contact)
    men = seen(200, 50, gender="1", first_contact_on=contact)
    unasked = seen(300, 10, first_contact_on=contact)
    declined = seen(400, 20, gender="Z", first_contact_on=contact)
    await fill(database, women + men + unasked + declined)
    answer = await get(api, f"/indicators/{code}/equity", by="gender")
    shares = {one["group"]: one["share"] for one in answer["groups"]}
    assert (shares["female"], shares["male"]) == (72, 24), "of 90% of 230"
    assert shares["other"] == "suppressed"
    assert all(one["ratio"] is None for one in answer["groups"])


@pytest.mark.parametrize("code", INDICATORS)
async def test_every_indicator_of_people_is_compared_by_every_group(
    database: asyncpg.Connection, api: httpx.AsyncClient, code: str
) -> None:
    await fill(database, [])
    only = INDICATORS[code].only_breakdown
    for by in [only] if only else GROUPS:
        path = f"/indicators/{code}/equity"
        if by not in GROUPS:
            problem(await api.get(path, params={"by": by or ""}), 422)
            continue
        answer = await get(api, path, by=by)
        known = [g for g in GROUPS[by] if g not in ("not_known", "not_stated")]
        assert [one["group"] for one in answer["groups"]] == known
        assert answer["coverage"] == "suppressed", "of nobody"
        assert [one["group"] for one in answer["groups"] if one["is_reference"]] == [
            answer["reference"]
        ]


async def test_who_is_served_measured_and_heard_stand_side_by_side(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    people = seen(1, 30, gender="2") + seen(101, 30, gender="1")
    people += seen(201, 10, gender="4") + seen(301, 8)
    stories = [
        a_story(number, referral=entity(number), told_on=date(2026, 3, 20))
        for number in [*range(1, 16), *range(101, 107), *range(201, 206)]
    ]
    await fill(database, people, stories)
    measured = [
        an_assessment(10 * number + day, referral=entity(number), completed_on=on)
        for number in [*range(1, 11), *range(101, 131), *range(201, 207)]
        for day, on in enumerate((date(2026, 3, 10), date(2026, 4, 10)))
    ]
    await deliver(database, [(ASSESSMENTS, a_delivery(one)) for one in measured])
    await settle(database)
    await release_anew(database)
    answer = await get(api, "/voice-gap", by="gender")
    groups = {one.pop("group"): one for one in answer["groups"]}
    assert groups["female"] == {
        "served": 47,
        "measured": 22,
        "heard": 60,
        "measured_gap": -25,
        "heard_gap": 13,
    }
    assert (groups["male"]["measured_gap"], groups["male"]["heard_gap"]) == (20, -27)
    other = groups["other"]
    assert (other["served"], other["measured"], other["heard_gap"]) == (
        16,
        "suppressed",
        "suppressed",
    )
    assert answer["served"]["coverage"] == 80, "70 of 80, in steps of 20"
    assert answer["served"]["not_known"]["value"] == "suppressed"
    assert answer["heard"]["indicator"] == "heard_count"
    assert answer["moments"]
    assert len(answer["notes"]) == len(set(answer["notes"]))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("query", "status", "where"),
    [
        ("", 422, ["/by"]),
        ("by=", 422, ["/by"]),
        ("by=postcode", 422, ["/by"]),
        ("by=gender&from=2026-13", 422, ["/from"]),
        ("by=gender&place=Riverside&organisation=ORG1", 422, []),
        ("by=gender&from=2026-01&to=2026-06", 422, []),
        ("by=gender&place=Atlantis", 404, []),
        ("by=gender&organisation=ORG1", 401, []),
    ],
)
async def test_what_cannot_be_compared_is_refused(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    path: str,
    query: str,
    status: int,
    where: list[str],
) -> None:
    await fill(database, [])
    assert pointers(problem(await api.get(f"{path}?{query}"), status)) == where


async def test_a_queue_of_months_to_come_is_not_compared(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 12))
    path = "/indicators/still_waiting/equity?by=gender"
    problem(await api.get(f"{path}&from=2027-01&to=2027-12"), 422)


async def test_groups_are_compared_over_a_year_and_it_says_which(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, by_ethnicity())
    more = {"from": "2024-01", "to": "2026-05"}
    for path in PATHS:
        answer = await get(api, path, None, by="ethnicity", **more)
        assert (answer["from"], answer["to"]) == ("2025-04", "2026-03")


async def test_an_unknown_indicator_has_no_equity(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [])
    problem(await api.get("/indicators/nothing/equity?by=gender"), 404)


@pytest.mark.parametrize("path", PATHS)
async def test_an_organisation_is_compared_for_itself_only(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    bearer: Callable[..., dict[str, str]],
    path: str,
) -> None:
    await fill(database, by_ethnicity())
    query = {"by": "ethnicity", "organisation": "ORG1"}
    answer = await get(api, path, bearer("ORG1", "partner"), **query)
    assert answer["scope"] == "organisation:ORG1"
    other = bearer("ORG2", "partner")
    problem(await api.get(path, params=query, headers=other), 404)


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_compared_before_all_is_counted(
    database: asyncpg.Connection, api: httpx.AsyncClient, path: str
) -> None:
    assert not await database.fetchval("select is_counted from progress")
    problem(await api.get(f"{path}?by=gender"), 503)
