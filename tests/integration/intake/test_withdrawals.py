"""Withdrawing a referral that was sent wrongly: it stays stored and counts nowhere."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from shared.events import REFERRALS
from tests.builders import a_goal, a_referral, an_organisation
from tests.integration.intake.answers import (
    detail,
    pointers,
    problem,
    referral,
    stored,
)
from tests.integration.intake.conftest import Partner
from tests.integration.shared.topics import read_topic_of
from tests.system import System

WITHDRAWAL = {"withdrawn_on": "2026-03-05", "reason": "It was meant for another team."}


async def withdraw(partner: Partner, reference: str) -> httpx.Response:
    answer = await partner.client.put(
        f"/referrals/{reference}/withdrawal", json=WITHDRAWAL
    )
    assert answer.status_code == 200, answer.text
    return answer


async def test_a_withdrawn_referral_stays_stored_and_is_withdrawn_once(
    partner: Partner, shared_system: System
) -> None:
    sent = a_referral()
    received = await referral(partner.client, sent)
    first = await withdraw(partner, sent["reference"])
    assert first.json()["sequence"] > received["sequence"]
    assert first.headers["ETag"] == f'"{first.json()["sequence"]}"'
    before = await stored(shared_system)
    assert (await withdraw(partner, sent["reference"])).json() == first.json()
    assert await stored(shared_system) == before
    read = await detail(partner.client, sent["reference"])
    assert read["withdrawal"] == WITHDRAWAL
    assert read["received"]["own_words"] == sent["own_words"]


async def test_it_is_published_as_withdrawn_without_the_reason(
    partner: Partner, shared_system: System
) -> None:
    sent = a_referral()
    received = await referral(partner.client, sent)
    withdrawn = await withdraw(partner, sent["reference"])
    await shared_system.quiet()
    found = [
        message
        for message in await read_topic_of(shared_system, REFERRALS.name)
        if message.key == received["referral_id"]
    ]
    assert [m.headers["ce_type"] for m in found] == [
        "uk.livingwell.referral.received.v1",
        "uk.livingwell.referral.withdrawn.v1",
    ]
    assert found[-1].sequence == withdrawn.json()["sequence"]
    state = json.loads(found[-1].value or "")
    assert state["is_withdrawn"]
    assert "another team" not in (found[-1].value or "")
    assert not json.loads(found[0].value or "")["is_withdrawn"]


async def figure(system: System, code: str, organisation: str) -> dict[str, Any]:
    """Return the total of an indicator for an organisation, all of 2026."""
    question = {"from": "2026-01", "to": "2026-12", "organisation": organisation}
    viewer = system.token("XYZ12", "viewer")
    async with system.client("aggregation", viewer) as aggregation:
        answer = await aggregation.get(f"/indicators/{code}", params=question)
    assert answer.status_code == 200, answer.text
    total: dict[str, Any] = answer.json()["totals"][0]
    return total


async def test_the_figures_fall_when_referrals_are_withdrawn_and_rise_when_taken_back(
    partner: Partner, steward: httpx.AsyncClient, shared_system: System
) -> None:
    await steward.put(f"/organisations/{partner.code}", json=an_organisation())
    references = [a_referral()["reference"] for _ in range(20)]
    token = shared_system.token(partner.code, "partner")
    async with shared_system.client("measures", token) as measures:
        for reference in references:
            await referral(partner.client, a_referral(reference=reference))
            contact = {"reference": "C", "contact_on": "2026-03-12", "attended": True}
            address = f"/referrals/{reference}/contacts"
            await partner.client.post(address, json=contact)
            goal = a_goal(reference)
            await measures.post("/goals", json=goal)
            rating = {"rated_on": "2026-06-10", "value": 6}
            await measures.post(f"/goals/{goal['reference']}/ratings", json=rating)

    async def counted() -> list[object]:
        await shared_system.quiet()
        seen = await figure(shared_system, "access_count", partner.code)
        attained = await figure(shared_system, "goals_attained", partner.code)
        return [seen["value"], attained["denominator"]]

    assert await counted() == [20, 20]
    for reference in references[:10]:
        await withdraw(partner, reference)
    assert await counted() == [10, 10]
    for reference in references[10:]:
        await withdraw(partner, reference)
    assert await counted() == ["suppressed", "suppressed"]
    for reference in references:
        read = await detail(partner.client, reference)
        taken_back = await partner.client.delete(
            f"/referrals/{reference}/withdrawal",
            headers={"If-Match": f'"{read["sequence"]}"'},
        )
        assert taken_back.status_code == 200
        assert (await detail(partner.client, reference))["withdrawal"] is None
    assert await counted() == [20, 20]


async def test_what_is_no_withdrawal_is_refused(partner: Partner) -> None:
    sent = a_referral()
    received = await referral(partner.client, sent)
    address = f"/referrals/{sent['reference']}/withdrawal"
    for body, where in (
        ({}, ["/withdrawn_on"]),
        ({"withdrawn_on": "2026-02-30"}, ["/withdrawn_on"]),
        ({"withdrawn_on": "2199-01-01"}, ["/withdrawn_on"]),
        ({**WITHDRAWAL, "reason": ""}, ["/reason"]),
        ({**WITHDRAWAL, "reason": "\x00"}, ["/reason"]),
    ):
        answer = await partner.client.put(address, json=body)
        assert pointers(problem(answer, 422)) == where
    read = await detail(partner.client, sent["reference"])
    assert read["sequence"] == received["sequence"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_referral_that_is_not_there_or_not_yours_is_not_withdrawn(
    partner: Partner, other: Partner, method: str
) -> None:
    sent = a_referral()
    await referral(partner.client, sent)
    body = WITHDRAWAL if method == "PUT" else None
    for client, reference in (
        (other.client, sent["reference"]),
        (partner.client, "none"),
    ):
        address = f"/referrals/{reference}/withdrawal"
        answer = await client.request(
            method, address, json=body, headers={"If-Match": '"1"'}
        )
        problem(answer, 404)


async def test_a_withdrawal_is_taken_back_of_the_version_that_was_read(
    partner: Partner,
) -> None:
    sent = a_referral()
    received = await referral(partner.client, sent)
    await withdraw(partner, sent["reference"])
    address = f"/referrals/{sent['reference']}/withdrawal"
    problem(await partner.client.delete(address), 428)
    stale = {"If-Match": f'"{received["sequence"]}"'}
    problem(await partner.client.delete(address, headers=stale), 412)
    assert (await detail(partner.client, sent["reference"]))["withdrawal"]
