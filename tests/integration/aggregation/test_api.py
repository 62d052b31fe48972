"""Figures over HTTP: counted, rounded, hidden, for every month and group."""

from __future__ import annotations

from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from services.aggregation.indicators import INDICATORS
from services.aggregation.rules import GROUPS
from shared.contract_files import CONTRACT
from shared.events import (
    Decision,
)
from tests.integration.aggregation.asking import ask, fill, seen
from tests.integration.aggregation.states import (
    a_referral,
)
from tests.integration.intake.answers import problem


async def test_nothing_is_shown_before_all_is_counted(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    assert not await database.fetchval("select is_counted from progress")
    answer = await api.get("/indicators/access_count")
    not_counted = problem(answer, 503)
    assert not_counted["type"] == "urn:livingwell:problem:not-counted"
    page = await api.get("/")
    assert page.status_code == 503
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Being counted" in page.text
    assert "card" not in page.text
    assert answer.headers["Retry-After"] == page.headers["Retry-After"] != ""


OWN_GROUPS = {
    "reason": ("already_seen", "not_for_this_service", "incomplete", "not_known"),
    "theme": (),
    "half_year": ("before", "after"),
}


async def test_the_catalogue_lists_every_indicator_and_place(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [])
    catalogue = (await api.get("/indicators")).json()
    assert [one["code"] for one in catalogue["indicators"]] == list(INDICATORS)
    assert len(INDICATORS) == 71
    by = {one["code"]: one["breakdowns"] for one in catalogue["indicators"]}
    assert by["source_mix"] == ["source"]
    assert by["access_count"] == list(GROUPS)
    assert catalogue["places"] == ["Hillside", "Riverside"]


@pytest.mark.parametrize("code", INDICATORS)
async def test_every_indicator_answers_for_every_month_and_group(
    database: asyncpg.Connection, api: httpx.AsyncClient, code: str
) -> None:
    await fill(database, seen(1, 12, ethnicity="A") + seen(20, 3, ethnicity="M"))
    only = INDICATORS[code].only_breakdown
    for by in (None, *GROUPS, *OWN_GROUPS):
        if by not in (None, *([only] if only else GROUPS)):
            problem(await api.get(f"/indicators/{code}", params={"by": by or ""}), 422)
        else:
            answer = await ask(api, code, None, **({"by": by} if by else {}))
            check_figures(answer, code, by or only)


def check_figures(answer: dict[str, Any], code: str, by: str | None) -> None:
    groups: list[str | None] = list({**GROUPS, **OWN_GROUPS}[by]) if by else [None]
    months = [f"2025-{number:02}" for number in range(7, 13)]
    months += [f"2026-{number:02}" for number in range(1, 7)]
    if INDICATORS[code].kind == "stock":  # up to the newest event
        months.pop()
    if INDICATORS[code].looks_ahead:  # up to the newest month that is over
        months = months[:-2]
    assert [(f["month"], f["group"]) for f in answer["figures"]] == [
        (month, group) for month in months for group in groups
    ]
    assert [f["group"] for f in answer["totals"]] == groups
    assert answer["breakdown"] == by
    assert (answer["from"], answer["to"]) == ("2025-07", "2026-06")
    assert answer["scope"] == "system"
    assert answer["as_of"].startswith("2026-05-02T12:00:01")
    assert answer["notes"][0] == INDICATORS[code].caveat
    assert "not zero" in answer["notes"][1]
    for figure in answer["figures"] + answer["totals"]:
        assert figure["numerator"] == "suppressed" or figure["numerator"] >= 5
        assert figure["value"] != 0
        assert figure["value"] is not None


async def test_figures_are_counted_rounded_and_hidden(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 12, ethnicity="A") + seen(20, 9, ethnicity="M"))
    [total] = (await ask(api, "access_count"))["totals"]
    assert (total["value"], total["denominator"]) == (20, 20)
    [wait] = (await ask(api, "wait_days"))["totals"]
    assert (wait["value"], wait["p90"], wait["within_28"]) == (14, 14, 100)
    by_group = (await ask(api, "access_count", by="ethnicity"))["totals"]
    shown = {figure["group"]: figure["value"] for figure in by_group}
    assert shown["white"] == 10
    assert shown["black"] == "suppressed", "5 hidden zeros need one that is not"
    hidden = {group for group, value in shown.items() if value == "suppressed"}
    assert hidden == set(shown) - {"white"}
    march = next(
        figure
        for figure in (await ask(api, "access_count"))["figures"]
        if figure["month"] == "2026-03"
    )
    assert march["value"] == 20
    assert march["completeness"] == 50, "one of two partners told of anything"


async def test_a_mistyped_year_does_not_shorten_the_queue(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    waiting = [a_referral(number) for number in range(1, 11)]
    mistyped = seen(20, 10, received_on=date(206, 3, 2))
    await fill(database, waiting + mistyped)
    answer = await ask(api, "still_waiting")
    assert [f["value"] for f in answer["figures"][-3:]] == [10, 10, 10]


async def test_a_mistyped_year_does_not_move_the_period(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [*seen(1, 12), a_referral(20, received_on=date(2206, 3, 2))])
    answer = (await api.get("/indicators/access_count")).json()
    assert (answer["from"], answer["to"]) == ("2025-04", "2026-03")


async def test_sums_are_of_twelve_months_that_end_with_a_quarter_and_nothing_else(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, seen(1, 12))
    for first, last, year in (
        ("2025-04", "2026-03", ("2025-04", "2026-03")),
        ("2025-04", "2026-05", ("2025-04", "2026-03")),
        ("2024-01", "2026-06", ("2025-07", "2026-06")),
        ("2025-05", "2026-05", None),
        ("2026-01", "2026-03", None),
        ("2026-03", "2026-03", None),
    ):
        period = {"from": first, "to": last}
        answer = await ask(api, "access_count", None, **period)
        assert (answer["totals_from"], answer["totals_to"]) == (year or (None, None))
        assert [t["value"] for t in answer["totals"]] == ([10] if year else [])


async def test_a_stock_is_given_up_to_the_month_of_the_newest_event(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [a_referral(number) for number in range(1, 11)])
    answer = await ask(api, "still_waiting", to="2026-12")
    assert [f["month"] for f in answer["figures"]][-1] == "2026-05"
    assert answer["totals"][0]["value"] == 10
    later = await ask(
        api, "still_waiting", None, **{"from": "2027-01", "to": "2027-02"}
    )
    assert later["figures"] == []
    assert later["totals"] == []


async def test_completeness_does_not_tell_that_nobody_is_there(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    """Nobody, and two people, must look the same."""
    await fill(database, [])
    nobody = (await ask(api, "access_count", by="ethnicity"))["totals"]
    await fill(database, seen(1, 2, ethnicity="A"))
    two = (await ask(api, "access_count", by="ethnicity"))["totals"]
    assert nobody == two


async def test_decisions_are_a_rate_whose_rest_may_not_be_few(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    def decided(outcome: str) -> Decision:
        return Decision.model_validate(
            {"outcome": outcome, "decided_on": date(2026, 3, 4), "reason": "02"}
        )

    refused = [
        a_referral(number, decision=decided("not_for_us")) for number in range(1, 9)
    ]
    accepted = [
        a_referral(number, decision=decided("accepted")) for number in range(20, 28)
    ]
    await fill(database, refused + accepted)
    [total] = (await ask(api, "ineligible_rate"))["totals"]
    assert (total["value"], total["numerator"], total["denominator"]) == (60, 10, 15)
    await fill(database, [])
    await database.execute("truncate referral")
    await fill(database, refused + accepted[:4])
    [total] = (await ask(api, "ineligible_rate"))["totals"]
    assert (total["value"], total["numerator"], total["denominator"]) == (
        "suppressed",
        "suppressed",
        10,
    )


async def test_the_contract_is_served_as_it_is_committed(
    api: httpx.AsyncClient,
) -> None:
    answer = await api.get("/asyncapi.json")
    assert answer.content == (CONTRACT / "asyncapi.json").read_bytes()
    assert answer.headers["content-type"] == "application/json"
    for path in sorted((CONTRACT / "schemas").glob("*.json")):
        schema = await api.get(f"/schemas/{path.stem}")
        assert schema.content == path.read_bytes()
        assert schema.headers["content-type"] == "application/schema+json"


@pytest.mark.parametrize(
    "name", ["nothing", "..%2F..%2Fasyncapi", "%2e%2e", "referral.json", "%00"]
)
async def test_what_is_no_schema_is_not_found(
    api: httpx.AsyncClient, name: str
) -> None:
    problem(await api.get(f"/schemas/{name}"), 404)
