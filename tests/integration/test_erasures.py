"""Who may erase what, what is left, and that nothing comes back by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders import a_goal, a_reference, a_referral, a_story, an_assessment
from tests.integration.intake.answers import problem
from tests.system import System

Client = Callable[..., httpx.AsyncClient]
BODIES: dict[str, dict[str, Any]] = {
    "intake": {"person": {"local_id": "nobody"}},
    "measures": {"referrals": ["nothing"]},
    "stories": {"stories": ["nothing"]},
}
GRAVE = "select * from {} where id = $1"


@pytest.fixture
async def client(shared_system: System) -> AsyncIterator[Client]:
    """Return what opens a client: client(service, org, *roles)."""
    opened: list[httpx.AsyncClient] = []

    def make(service: str, org: str, *roles: str) -> httpx.AsyncClient:
        token = shared_system.token(org, *(roles or ("partner",)))
        opened.append(shared_system.client(service, token))
        return opened[-1]

    yield make
    for one in opened:
        await one.aclose()


async def referral(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    body = a_referral(**changes)
    answer = await client.post("/referrals", json=body)
    assert answer.status_code == 201, answer.text
    new: dict[str, Any] = body | answer.json()
    return new


async def erase(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/erasures", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/erasures/{found['erasure_id']}"
    return found


async def test_of_an_erased_referral_only_a_grave_is_left(
    client: Client, shared_system: System
) -> None:
    partner = client("intake", "ER001")
    new = await referral(partner)
    receipt = await erase(partner, {"person": new["person"]})
    assert receipt["records"] == 1
    assert receipt["erased"] == [
        {"organisation": "ER001", "referrals": [new["reference"]]}
    ]
    query = GRAVE.format("referral")
    [row] = await shared_system.fetch("intake", query, new["referral_id"])
    kept = {name for name, value in dict(row).items() if value not in (None, False)}
    assert kept == {"id", "sequence", "erased_at"}
    assert row["sequence"] > new["sequence"]
    path = f"/referrals/{new['reference']}"
    problem(await partner.get(path), 404)
    decision = {"outcome": "accepted", "decided_on": "2026-03-04"}
    problem(await partner.put(f"{path}/decision", json=decision), 404)
    assert (await partner.get("/referrals")).json()["referrals"] == []


async def test_what_was_erased_is_not_taken_again(client: Client) -> None:
    partner = client("intake", "ER002")
    body = a_referral()
    await partner.post("/referrals", json=body)
    await erase(partner, {"person": body["person"]})
    problem(await partner.post("/referrals", json=body), 410)
    problem(await partner.post("/referrals", json=body | {"age": 35}), 410)
    fresh = a_referral(person=body["person"])
    answer = await partner.post("/referrals/batch", json=[body, fresh])
    refused, stored = answer.json()["results"]
    assert (refused["status"], refused["problem"]["status"]) == ("conflict", 410)
    # A person who comes back is taken in under a new reference.
    assert stored["status"] == "stored"


@pytest.mark.parametrize(
    ("service", "path", "make"),
    [
        ("measures", "/assessments", an_assessment),
        ("measures", "/goals", a_goal),
        ("stories", "/stories", lambda referral: a_story(referral=referral)),
    ],
)
async def test_what_hangs_on_a_referral_is_erased_and_not_taken_again(
    client: Client,
    service: str,
    path: str,
    make: Callable[[str], dict[str, Any]],
) -> None:
    partner, reference = client(service, "ER003"), a_reference("R")
    body, other = make(reference), make(a_reference("R"))
    for one in (body, other):
        assert (await partner.post(path, json=one)).status_code == 201
    receipt = await erase(partner, {"referrals": [reference]})
    assert receipt["records"] == 1
    problem(await partner.post(path, json=body), 410)
    problem(await partner.get(f"{path}/{body['reference']}"), 404)
    assert (await partner.get(f"{path}/{other['reference']}")).status_code == 200
    assert (await erase(partner, {"referrals": [reference]}))["records"] == 0
    # Nor is anything new hung on the referral that is gone.
    late, fine = make(reference), make(a_reference("R"))
    problem(await partner.post(path, json=late), 410)
    if path != "/goals":
        answer = await partner.post(f"{path}/batch", json=[late, fine])
        refused, stored = answer.json()["results"]
        assert (refused["status"], refused["problem"]["status"]) == ("conflict", 410)
        assert stored["status"] == "stored"


async def test_a_story_is_erased_by_its_own_reference_and_its_words_are_gone(
    client: Client,
) -> None:
    partner, body = client("stories", "ER004"), a_story()
    story = (await partner.post("/stories", json=body)).json()
    assert (await erase(partner, {"stories": [body["reference"]]}))["records"] == 1
    problem(await partner.get(f"/stories/{story['story_id']}/text"), 404)


async def test_a_partner_erases_only_its_own_records(client: Client) -> None:
    one, two = client("intake", "ER005"), client("intake", "ER006")
    person = {"nhs_number": "9434765862"}
    mine, theirs = (
        await referral(one, person=person),
        await referral(two, person=person),
    )
    assert (await erase(one, {"person": person}))["records"] == 1
    problem(await one.get(f"/referrals/{mine['reference']}"), 404)
    assert (await two.get(f"/referrals/{theirs['reference']}")).status_code == 200
    named = {"person": person, "organisation": "ER006"}
    problem(await one.post("/erasures", json=named), 403)
    # Another organisation's person of the same local id is another person.
    local = {"local_id": "same"}
    await referral(two, person=local)
    assert (await erase(one, {"person": local}))["records"] == 0


async def test_a_steward_erases_for_one_organisation_or_for_all(client: Client) -> None:
    steward = client("intake", "STEWARD", "steward")
    person = {"nhs_number": "9434765854"}
    for code in ("ER007", "ER008", "ER009"):
        await referral(client("intake", code), person=person)
    named = {"person": person, "organisation": "ER007"}
    assert (await erase(steward, named))["records"] == 1
    receipt = await erase(steward, {"person": person})
    assert [one["organisation"] for one in receipt["erased"]] == ["ER008", "ER009"]
    problem(await steward.post("/erasures", json={"person": {"local_id": "x"}}), 422)
    for service in ("measures", "stories"):
        other = client(service, "STEWARD", "steward")
        problem(await other.post("/erasures", json=BODIES[service]), 422)
        named = BODIES[service] | {"organisation": "ER007"}
        assert (await erase(other, named))["records"] == 0


@pytest.mark.parametrize("service", BODIES)
async def test_erasures_are_for_partners_and_stewards(
    client: Client, shared_system: System, service: str
) -> None:
    async with shared_system.client(service) as public:
        problem(await public.post("/erasures", json=BODIES[service]), 401)
        problem(await public.get(f"/erasures/{uuid4()}"), 401)
    viewer = client(service, "ER010", "viewer")
    problem(await viewer.post("/erasures", json=BODIES[service]), 403)
    problem(await viewer.get(f"/erasures/{uuid4()}"), 403)
    partner = client(service, "ER010")
    problem(await partner.get(f"/erasures/{uuid4()}"), 404)
    problem(await partner.get("/erasures/1"), 422)
    unknown: list[dict[str, Any]] = [
        {},
        {"everything": True},
        BODIES[service] | {"organisation": 1},
    ]
    for wrong in unknown:
        problem(await partner.post("/erasures", json=wrong), 422)
    named = BODIES[service] | {"organisation": "ER011"}
    problem(await partner.post("/erasures", json=named), 403)


@pytest.mark.parametrize("service", BODIES)
async def test_a_receipt_is_for_who_asked_and_for_stewards(
    client: Client, service: str
) -> None:
    receipt = await erase(client(service, "ER012"), BODIES[service])
    path = f"/erasures/{receipt['erasure_id']}"
    assert (await client(service, "ER012").get(path)).status_code == 200
    steward = client(service, "STEWARD", "steward")
    assert (await steward.get(path)).status_code == 200
    problem(await client(service, "ER013").get(path), 404)


async def test_the_audit_keeps_that_it_happened_and_the_chain_holds(
    client: Client,
) -> None:
    partner = client("intake", "ER014")
    new = await referral(partner)
    await erase(partner, {"person": new["person"]})
    steward = client("intake", "STEWARD", "steward")
    query = {"record": new["referral_id"]}
    entries = (await steward.get("/audit", params=query)).json()["entries"]
    assert [one["type"].split(".")[3] for one in entries] == ["received", "erased"]
    found = await steward.post(
        "/audit/searches", json={"person": new["person"], "organisation": "ER014"}
    )
    assert found.json()["referrals"] == []
