"""The journey of one person through running services, found in the system view."""

from __future__ import annotations

from typing import Any

import httpx

from tests.builders import a_goal, a_referral, a_story, an_assessment, an_organisation
from tests.system import System

ORGANISATION = "G7H8J"
LATER_ITEMS = [3, 2, 3, 2, 3, 2, 3, 2, 3, 2]
PEOPLE = 12


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    response = await client.post(path, json=body)
    assert response.status_code == 201, response.text


async def put(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    response = await client.put(path, json=body)
    assert response.status_code == 200, response.text


async def live_a_journey(system: System) -> None:
    """Send one person's referral, decision, contacts, scores, goal and story."""
    token = system.token(ORGANISATION, "partner")
    referral = a_referral()
    path = f"/referrals/{referral['reference']}"
    async with system.client("intake", token) as intake:
        await post(intake, "/referrals", referral)
        decision = {"outcome": "accepted", "decided_on": "2026-03-04"}
        await put(intake, f"{path}/decision", decision)
        for number, day in enumerate(("2026-03-16", "2026-04-02")):
            contact = {"reference": f"C{number}", "contact_on": day, "attended": True}
            await post(intake, f"{path}/contacts", contact)
        await put(
            intake, f"{path}/closure", {"closed_on": "2026-06-30", "reason": "02"}
        )
    async with system.client("measures", token) as measures:
        await post(measures, "/assessments", an_assessment(referral["reference"]))
        later = an_assessment(
            referral["reference"],
            completed_on="2026-06-20",
            responses={"items": LATER_ITEMS, "physical_health": 3},
        )
        await post(measures, "/assessments", later)
        goal = a_goal(referral["reference"])
        await post(measures, "/goals", goal)
        rating = {"rated_on": "2026-06-10", "value": 6}
        await post(measures, f"/goals/{goal['reference']}/ratings", rating)
    async with system.client("stories", token) as stories:
        await post(stories, "/stories", a_story(referral=referral["reference"]))


async def figure(system: System, code: str, **question: str) -> dict[str, Any]:
    token = system.token("XYZ12", "viewer")
    async with system.client("aggregation", token) as aggregation:
        period = {"from": "2025-10", "to": "2026-09"}
        response = await aggregation.get(
            f"/indicators/{code}", params=period | question
        )
    assert response.status_code == 200, response.text
    total: dict[str, Any] = response.json()["totals"][0]
    return total


async def test_a_journey_is_found_in_every_figure_of_the_system_view(
    system: System,
) -> None:
    steward = system.token("STEWARD", "steward")
    async with system.client("intake", steward) as intake:
        await put(intake, f"/organisations/{ORGANISATION}", an_organisation())
    for _ in range(PEOPLE):
        await live_a_journey(system)
    await system.quiet()

    for question in ({}, {"organisation": ORGANISATION}, {"place": "Riverside"}):
        seen = await figure(system, "access_count", **question)
        assert seen["value"] == 10, "12 people"
        waited = await figure(system, "wait_days", **question)
        median = "suppressed" if question else 14  # of one organisation from 20 on
        assert (waited["value"], waited["p90"]) == (median, "suppressed")
        improved = await figure(system, "reliable_improvement", **question)
        assert (improved["value"], improved["denominator"]) == (100, 10)
        paired = await figure(system, "pairing_rate", **question)
        assert (paired["value"], paired["numerator"]) == (100, 10)
        attained = await figure(system, "goals_attained", **question)
        assert (attained["value"], attained["denominator"]) == (100, 10)
        magic = await figure(system, "magic_rate", **question)
        # 12 of 24; of one organisation counts are told to the nearest 10.
        told = (60, 20) if question else (40, 25)
        assert (magic["value"], magic["denominator"]) == told
        ineligible = await figure(system, "ineligible_rate", **question)
        assert (ineligible["value"], ineligible["denominator"]) == ("suppressed", 10)
        waiting = await figure(system, "still_waiting", **question)
        assert waiting["value"] == "suppressed"
