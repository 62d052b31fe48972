"""What happens to a referral: decision, contacts, circumstances and closure."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.builders import a_referral
from tests.integration.intake.answers import (
    detail,
    pointers,
    problem,
    referral,
    stored,
)
from tests.integration.intake.conftest import Partner
from tests.system import System

REFUSED = {
    "outcome": "not_for_us",
    "decided_on": "2026-03-04",
    "reason": "02",
    "rule_quoted": "Only people of this district.",
    "onward_organisation": "RX1",
    "onward_received": True,
}
CONTACT = {"reference": "C-1", "contact_on": "2026-03-16", "attended": True}
CIRCUMSTANCE = {"recorded_on": "2026-03-16", "accommodation": "02"}
CRISIS = {"kind": "emergency_department", "on": "2025-12-24"}
CLOSURE = {"closed_on": "2026-06-30", "reason": "02"}
HAPPENINGS: list[tuple[str, str, dict[str, Any], dict[str, Any], int]] = [
    (
        "PUT",
        "decision",
        REFUSED,
        {"outcome": "accepted", "decided_on": "2026-03-05"},
        200,
    ),
    ("POST", "contacts", CONTACT, {**CONTACT, "reference": "C-2"}, 201),
    (
        "POST",
        "circumstances",
        CIRCUMSTANCE,
        {**CIRCUMSTANCE, "accommodation": "01"},
        201,
    ),
    ("POST", "crisis-contacts", CRISIS, {**CRISIS, "kind": "admission"}, 201),
    ("PUT", "closure", CLOSURE, {**CLOSURE, "reason": "01"}, 200),
]
EACH = pytest.mark.parametrize(
    ("method", "path", "body", "another", "status"),
    HAPPENINGS,
    ids=[happening[1] for happening in HAPPENINGS],
)


@EACH
async def test_what_happens_is_told_told_again_and_told_differently(
    partner: Partner,
    shared_system: System,
    method: str,
    path: str,
    body: dict[str, Any],
    another: dict[str, Any],
    status: int,
) -> None:
    sent = a_referral()
    received = await referral(partner.client, sent)
    address = f"/referrals/{sent['reference']}/{path}"
    first = await partner.client.request(method, address, json=body)
    assert first.status_code == status
    assert first.json()["sequence"] > received["sequence"]
    assert first.headers["ETag"] == f'"{first.json()["sequence"]}"'
    before = await stored(shared_system)
    again = await partner.client.request(method, address, json=body)
    assert again.status_code == 200
    assert again.json() == first.json()
    assert await stored(shared_system) == before
    changed = await partner.client.request(method, address, json=another)
    assert changed.status_code == status
    assert changed.json()["sequence"] > first.json()["sequence"]
    read = await detail(partner.client, sent["reference"])
    assert read["sequence"] == changed.json()["sequence"]


@EACH
async def test_of_a_referral_that_is_not_there_or_not_yours_nothing_is_told(
    partner: Partner,
    other: Partner,
    method: str,
    path: str,
    body: dict[str, Any],
    another: dict[str, Any],
    status: int,
) -> None:
    del another, status
    sent = a_referral()
    await referral(partner.client, sent)
    address = f"/referrals/{sent['reference']}/{path}"
    problem(await other.client.request(method, address, json=body), 404)
    nowhere = f"/referrals/none/{path}"
    problem(await partner.client.request(method, nowhere, json=body), 404)


@pytest.mark.parametrize(
    ("method", "path", "body", "where"),
    [
        ("PUT", "decision", {**REFUSED, "outcome": "rejected"}, ["/outcome"]),
        ("PUT", "decision", {**REFUSED, "reason": None}, [""]),
        ("PUT", "decision", {**REFUSED, "decided_on": "9999-13-01"}, ["/decided_on"]),
        (
            "PUT",
            "decision",
            {**REFUSED, "onward_received": "yes"},
            ["/onward_received"],
        ),
        ("PUT", "decision", {**REFUSED, "rule_quoted": "\x00"}, ["/rule_quoted"]),
        ("PUT", "decision", {"decided_on": "2026-03-04"}, ["/outcome"]),
        ("POST", "contacts", {**CONTACT, "attended": 1}, ["/attended"]),
        ("POST", "contacts", {**CONTACT, "reference": "9991234578"}, ["/reference"]),
        ("POST", "contacts", {**CONTACT, "mode": "on a walk"}, ["/mode"]),
        ("POST", "contacts", {**CONTACT, "note": "x"}, [""]),
        ("POST", "circumstances", {"recorded_on": 1}, ["/recorded_on"]),
        ("POST", "circumstances", {**CIRCUMSTANCE, "employment": 1}, ["/employment"]),
        ("POST", "crisis-contacts", {**CRISIS, "kind": "police"}, ["/kind"]),
        ("POST", "crisis-contacts", {**CRISIS, "on": "2199-01-01"}, ["/on"]),
        ("POST", "crisis-contacts", {**CRISIS, "where": "x"}, [""]),
        ("PUT", "closure", {"closed_on": "2026-06-31"}, ["/closed_on"]),
        ("PUT", "closure", {}, ["/closed_on"]),
    ],
    ids=range(17),
)
async def test_what_breaks_the_contract_is_refused(
    partner: Partner, method: str, path: str, body: dict[str, Any], where: list[str]
) -> None:
    sent = a_referral()
    received = await referral(partner.client, sent)
    answer = await partner.client.request(
        method, f"/referrals/{sent['reference']}/{path}", json=body
    )
    assert pointers(problem(answer, 422)) == where
    read = await detail(partner.client, sent["reference"])
    assert read["sequence"] == received["sequence"]


async def test_a_contact_is_stored_once_and_never_changed(partner: Partner) -> None:
    sent = a_referral()
    await referral(partner.client, sent)
    address = f"/referrals/{sent['reference']}/contacts"
    await partner.client.post(address, json=CONTACT)
    changed = {**CONTACT, "attended": False}
    refused = problem(await partner.client.post(address, json=changed), 409)
    assert refused["type"] == "urn:livingwell:problem:contact-differs"
    assert (await detail(partner.client, sent["reference"]))["contacts"] == [
        {**CONTACT, "mode": None}
    ]


async def test_8_contacts_told_at_once_are_all_kept(partner: Partner) -> None:
    sent = a_referral()
    await referral(partner.client, sent)
    address = f"/referrals/{sent['reference']}/contacts"
    answers = await asyncio.gather(
        *(
            partner.client.post(address, json={**CONTACT, "reference": f"C-{n}"})
            for n in range(8)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {201: 8}
    read = await detail(partner.client, sent["reference"])
    assert len(read["contacts"]) == 8


async def test_circumstances_are_one_for_a_day_in_order_of_days(
    partner: Partner,
) -> None:
    sent = a_referral()
    await referral(partner.client, sent)
    address = f"/referrals/{sent['reference']}/circumstances"
    for day, code in (("2026-03-20", "01"), ("2026-03-02", "12"), ("2026-03-20", "02")):
        body = {"recorded_on": day, "accommodation": code}
        await partner.client.post(address, json=body)
    read = await detail(partner.client, sent["reference"])
    told = [(c["recorded_on"], c["accommodation"]) for c in read["circumstances"]]
    assert told == [("2026-03-02", "12"), ("2026-03-20", "02")]


async def test_what_was_received_can_be_corrected_after_it_was_closed(
    partner: Partner,
) -> None:
    sent = a_referral()
    await referral(partner.client, sent)
    address = f"/referrals/{sent['reference']}"
    closed = await partner.client.put(f"{address}/closure", json=CLOSURE)
    corrected = await partner.client.put(
        address, json={**sent, "age": 40}, headers={"If-Match": closed.headers["ETag"]}
    )
    assert corrected.status_code == 200
    read = await detail(partner.client, sent["reference"])
    assert read["closure"] == CLOSURE
    assert read["received"]["age"] == 40
