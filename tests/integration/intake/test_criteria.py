"""What an organisation has published, and the rules that it quotes."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.builders import a_referral, an_organisation
from tests.integration.intake.answers import detail, pointers, problem, referral
from tests.integration.intake.conftest import Partner
from tests.system import System

RULE = "Only people of Samarkand."
REFUSED: dict[str, Any] = {
    "outcome": "not_for_us",
    "decided_on": "2026-03-04",
    "reason": "02",
}


async def publish(steward: httpx.AsyncClient, code: str, *criteria: str) -> None:
    """Register an organisation with its criteria."""
    body = an_organisation(criteria=list(criteria))
    answer = await steward.put(f"/organisations/{code}", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["criteria"] == list(criteria)


async def turn_away(partner: Partner, rule: str | None, reference: str = "") -> str:
    """Turn somebody away by a rule; return the reference."""
    if not reference:
        sent = a_referral()
        await referral(partner.client, sent)
        reference = sent["reference"]
    body = {**REFUSED, "rule_quoted": rule}
    path = f"/referrals/{reference}/decision"
    answer = await partner.client.put(path, json=body)
    assert answer.status_code == 200, answer.text
    return reference


async def published(system: System, partner: Partner, reference: str) -> object:
    """Return what the state says of the rule, and check that the owner reads it."""
    [row] = await system.fetch(
        "intake",
        "select state from referral where organisation = $1 and reference = $2",
        partner.code,
        reference,
    )
    assert "Samarkand" not in row["state"]
    said = json.loads(row["state"])["decision"]["rule_published"]
    read = await detail(partner.client, reference)
    assert read["rule_published"] is said
    assert "rule_published" not in read["decision"]
    return said


async def test_everybody_reads_the_criteria_and_no_event_carries_them(
    steward: httpx.AsyncClient, partner: Partner, other: Partner, shared_system: System
) -> None:
    await publish(steward, partner.code, RULE, "Adults.")
    page = await other.client.get("/organisations", params={"limit": 500})
    [found] = [
        one for one in page.json()["organisations"] if one["code"] == partner.code
    ]
    assert found["criteria"] == [RULE, "Adults."]
    [row] = await shared_system.fetch(
        "intake", "select state from organisation where reference = $1", partner.code
    )
    assert "Samarkand" not in row["state"]
    assert "criteria" not in row["state"]


async def test_a_rule_that_is_quoted_is_looked_for_in_the_criteria_of_that_moment(
    steward: httpx.AsyncClient, partner: Partner, shared_system: System
) -> None:
    early = await turn_away(partner, RULE)
    assert await published(shared_system, partner, early) is None, "not registered"
    await publish(steward, partner.code)
    unpublished = await turn_away(partner, RULE)
    assert await published(shared_system, partner, unpublished) is None
    await publish(steward, partner.code, "only people of SAMARKAND")
    for rule, said in ((RULE, True), ("Only nice people.", False), (None, None)):
        away = await turn_away(partner, rule)
        assert await published(shared_system, partner, away) is said
    await publish(steward, partner.code, "Everybody.")
    quoted = await turn_away(partner, RULE)
    assert await published(shared_system, partner, quoted) is False
    await turn_away(partner, RULE, unpublished)
    assert await published(shared_system, partner, unpublished) is None


async def test_the_register_of_those_turned_away_says_which_rules_are_published(
    steward: httpx.AsyncClient, partner: Partner
) -> None:
    await publish(steward, partner.code, "Adults.")
    rules = {await turn_away(partner, rule): rule for rule in ("adults", RULE, None)}
    page = (await partner.client.get("/referrals/turned-away")).json()
    found = {
        rules[one["reference"]]: one["rule_published"] for one in page["referrals"]
    }
    assert found == {"adults": True, RULE: False, None: None}


async def test_criteria_that_are_too_long_or_too_many_are_refused(
    steward: httpx.AsyncClient, partner: Partner
) -> None:
    refused: list[tuple[object, str]] = [
        (["x" * 501], "/criteria/0"),
        (["x"] * 51, "/criteria"),
        (["ok", ""], "/criteria/1"),
        ("Adults.", "/criteria"),
    ]
    for criteria, where in refused:
        body = an_organisation(criteria=criteria)
        answer = await steward.put(f"/organisations/{partner.code}", json=body)
        assert pointers(problem(answer, 422)) == [where]
