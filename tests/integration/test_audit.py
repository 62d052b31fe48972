"""Who looked, when and why: every read leaves a row, and a steward finds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders import (
    a_goal,
    a_reference,
    a_referral,
    a_story,
    an_assessment,
)
from tests.integration.intake.answers import problem
from tests.system import System, until

ORGANISATION = "AUDIT1"
NHS_NUMBER = "9434765870"
READ = "select count(*) from audit where record = $1 and type like '%.read.v1'"


@dataclass
class Kind:
    """A kind of record: where it is posted and read, and under which id."""

    service: str
    path: str
    body: Callable[[str], dict[str, Any]]
    id_name: str


KINDS = {
    "referral": Kind(
        "intake", "/referrals", lambda r: a_referral(reference=r), "referral_id"
    ),
    "assessment": Kind("measures", "/assessments", an_assessment, "assessment_id"),
    "goal": Kind("measures", "/goals", a_goal, "goal_id"),
    "story": Kind("stories", "/stories", lambda r: a_story(referral=r), "story_id"),
}


@dataclass
class Clients:
    """Callers of one service."""

    partner: httpx.AsyncClient
    steward: httpx.AsyncClient


@pytest.fixture
async def clients(shared_system: System) -> AsyncIterator[Callable[[str], Clients]]:
    opened: list[httpx.AsyncClient] = []

    def make(service: str) -> Clients:
        partner = shared_system.token(ORGANISATION, "partner", subject="jo")
        steward = shared_system.token("STEWARD", "steward", subject="sam")
        both = [shared_system.client(service, token) for token in (partner, steward)]
        opened.extend(both)
        return Clients(*both)

    yield make
    for client in opened:
        await client.aclose()


async def post(client: httpx.AsyncClient, kind: Kind, referral: str) -> dict[str, Any]:
    answer = await client.post(kind.path, json=kind.body(referral))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def entries(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await client.get("/audit", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


@pytest.mark.parametrize("entity", KINDS)
async def test_a_write_and_a_read_are_told_with_who_and_why(
    clients: Callable[[str], Clients], entity: str
) -> None:
    kind = KINDS[entity]
    asking = clients(kind.service)
    new = await post(asking.partner, kind, a_reference("W"))
    path, why = f"{kind.path}/{new['reference']}", {"X-Purpose": "quality"}
    assert (await asking.partner.get(path, headers=why)).status_code == 200
    assert (await asking.partner.get(path)).status_code == 200
    written, stated, silent = await entries(asking.steward, record=new[kind.id_name])
    for one in (written, stated, silent):
        assert (one["organisation"], one["subject"]) == (ORGANISATION, "jo")
        assert one["sequence"] == new["sequence"]
    assert written["purpose"] is None
    assert not written["type"].endswith(".read.v1")
    assert stated["type"] == silent["type"] == f"uk.livingwell.{entity}.read.v1"
    assert (stated["purpose"], silent["purpose"]) == ("quality", None)


@pytest.mark.parametrize("entity", KINDS)
async def test_a_list_notes_each_record_that_it_shows(
    clients: Callable[[str], Clients], shared_system: System, entity: str
) -> None:
    kind = KINDS[entity]
    asking = clients(kind.service)
    ids = [
        (await post(asking.partner, kind, a_reference("L")))[kind.id_name]
        for _ in range(3)
    ]
    listed, after = set(), ""
    while after is not None:
        query = {"limit": "2", "after": after}
        page = (await asking.partner.get(kind.path, params=query)).json()
        [rows] = [rows for name, rows in page.items() if name != "next"]
        listed |= {row[kind.id_name] for row in rows}
        after = page["next"]
    assert set(ids) <= listed
    for record in ids:
        assert (await shared_system.fetch(kind.service, READ, record))[0][0] == 1


@pytest.mark.parametrize("entity", KINDS)
async def test_a_read_with_an_unknown_purpose_is_refused_and_shows_nothing(
    clients: Callable[[str], Clients], shared_system: System, entity: str
) -> None:
    kind = KINDS[entity]
    asking = clients(kind.service)
    new = await post(asking.partner, kind, a_reference("U"))
    for path in (kind.path, f"{kind.path}/{new['reference']}"):
        answer = await asking.partner.get(path, headers={"X-Purpose": "curiosity"})
        problem(answer, 422)
    record = new[kind.id_name]
    assert (await shared_system.fetch(kind.service, READ, record))[0][0] == 0


async def test_what_changed_is_noted_of_every_assessment_and_goal(
    clients: Callable[[str], Clients],
) -> None:
    asking, referral = clients("measures"), a_reference("R")
    records = [
        await post(asking.partner, KINDS["assessment"], referral),
        await post(asking.partner, KINDS["goal"], referral),
    ]
    answer = await asking.partner.get(
        f"/referrals/{referral}/change", headers={"X-Purpose": "direct_care"}
    )
    assert answer.status_code == 200
    found = await entries(asking.steward, referral=answer.json()["referral_id"])
    read = {one["record"]: one["purpose"] for one in found if "read" in one["type"]}
    assert read == {
        records[0]["assessment_id"]: "direct_care",
        records[1]["goal_id"]: "direct_care",
    }


async def test_the_words_of_a_story_are_noted_when_they_are_read(
    clients: Callable[[str], Clients], shared_system: System
) -> None:
    asking = clients("stories")
    consent = {"level": "public", "given_on": "2026-04-20"}
    answer = await asking.partner.post("/stories", json=a_story(consent=consent))
    story = answer.json()
    path = f"/stories/{story['story_id']}/text"
    async with shared_system.client("stories") as public:
        assert (await public.get(path)).status_code == 404
        for state, who in (
            ("in_review", "a"),
            ("approved", "a"),
            ("published", "b"),
        ):
            token = shared_system.token(ORGANISATION, "moderator", subject=who)
            async with shared_system.client("stories", token) as moderator:
                moderation = f"/stories/{story['reference']}/moderation"
                answer = await moderator.put(moderation, json={"state": state})
                assert answer.status_code == 200
        assert (await public.get(path)).status_code == 200
    assert (await asking.partner.get(path)).status_code == 200
    found = await entries(asking.steward, record=story["story_id"])
    readers = [one["organisation"] for one in found if "read" in one["type"]]
    assert readers == ["public", ORGANISATION]


async def test_a_person_is_found_by_a_pseudonym_and_never_by_an_identifier(
    clients: Callable[[str], Clients],
) -> None:
    asking = clients("intake")
    body = a_referral(person={"nhs_number": NHS_NUMBER})
    new = (await asking.partner.post("/referrals", json=body)).json()
    await asking.partner.get(f"/referrals/{new['reference']}")
    answer = await asking.steward.post(
        "/audit/searches",
        json={"person": {"nhs_number": NHS_NUMBER}},
        headers={"X-Purpose": "legal"},
    )
    found = answer.json()
    assert found["referrals"] == [new["referral_id"]]
    told = await entries(asking.steward, person=found["person"])
    assert [(one["subject"], one["purpose"]) for one in told] == [
        ("jo", None),
        ("jo", None),
        ("sam", "legal"),
    ]
    problem(await asking.steward.get("/audit", params={"person": NHS_NUMBER}), 422)


async def test_a_local_id_is_searched_within_its_organisation(
    clients: Callable[[str], Clients],
) -> None:
    asking, person = clients("intake"), {"local_id": a_reference("P")}
    answer = await asking.partner.post("/referrals", json=a_referral(person=person))
    for code, known in ((ORGANISATION, [answer.json()["referral_id"]]), ("ELSE9", [])):
        sought = {"person": person, "organisation": code}
        found = await asking.steward.post("/audit/searches", json=sought)
        assert found.json()["referrals"] == known
    problem(await asking.steward.post("/audit/searches", json={"person": person}), 422)


async def test_the_audit_is_told_page_by_page(
    clients: Callable[[str], Clients],
) -> None:
    asking = clients("intake")
    new = await post(asking.partner, KINDS["referral"], a_reference("P"))
    for _ in range(6):
        await asking.partner.get(f"/referrals/{new['reference']}")
    whole = await entries(asking.steward, record=new["referral_id"])
    assert len(whole) == 7
    pieced, after = [], 0
    while after is not None:
        query = {"record": new["referral_id"], "limit": "3", "after": str(after)}
        page = (await asking.steward.get("/audit", params=query)).json()
        pieced += page["entries"]
        after = page["next"]
    assert pieced == whole


@pytest.mark.parametrize("service", ["intake", "measures", "stories"])
async def test_the_audit_is_for_stewards_and_asks_for_one_thing(
    clients: Callable[[str], Clients], shared_system: System, service: str
) -> None:
    asking, query = clients(service), {"record": str(uuid4())}
    assert await entries(asking.steward, **query) == []
    problem(await asking.partner.get("/audit", params=query), 403)
    async with shared_system.client(service) as public:
        problem(await public.get("/audit", params=query), 401)
    group = {"person": "0" * 64} if service == "intake" else {"referral": str(uuid4())}
    assert await entries(asking.steward, **group) == []
    for wrong in (
        {},
        query | group,
        {"record": "1"},
        query | {"limit": "0"},
        query | {"after": "-1"},
        query | {"after": "9" * 30},
    ):
        problem(await asking.steward.get("/audit", params=wrong), 422)


async def test_searches_are_for_stewards(
    clients: Callable[[str], Clients], shared_system: System
) -> None:
    asking, sought = clients("intake"), {"person": {"nhs_number": NHS_NUMBER}}
    problem(await asking.partner.post("/audit/searches", json=sought), 403)
    wrong = {"person": {"nhs_number": "9434765871"}}
    problem(await asking.steward.post("/audit/searches", json=wrong), 422)
    async with shared_system.client("intake") as public:
        problem(await public.post("/audit/searches", json=sought), 401)


async def test_what_was_done_is_sealed_within_seconds_and_the_gauges_say_so(
    clients: Callable[[str], Clients], shared_system: System
) -> None:
    asking = clients("stories")
    await post(asking.partner, KINDS["story"], a_reference("R"))

    async def is_sealed() -> bool:
        [row] = await shared_system.fetch(
            "stories",
            """select (select max(id) from audit) < max(upper(rows)) from seal""",
        )
        return bool(row[0])

    await until(is_sealed, "the newest row is sealed", 10)
    metrics = (await asking.partner.get("/metrics")).text
    assert "livingwell_audit_unsealed_rows " in metrics
    assert "livingwell_audit_unsealed_oldest_seconds " in metrics
