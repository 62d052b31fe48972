"""Words and identifiers never leave intake's own database, nor do roles get in."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local.settings import SERVICES
from shared.events import DEAD_LETTERS, ORGANISATIONS, REFERRALS
from tests.builders import a_referral, an_organisation
from tests.integration.intake.conftest import Partner
from tests.integration.shared.topics import read_topic_of
from tests.system import System

MARK = "Samarkand"
NHS_NUMBER = "9995551128"
LOCAL_ID = f"{MARK}-person"
SECRETS = (MARK, NHS_NUMBER, "999 555 1128")


def marked(**changes: object) -> dict[str, Any]:
    """Return a referral with the marked word in every field that takes words."""
    words = {"own_words": f"In {MARK}.", "strengths": [f"Knows {MARK}"]}
    return a_referral(**words | changes)


async def live(client: httpx.AsyncClient) -> list[httpx.Response]:
    """Send everything that can happen, with marks; return answers that are errors."""
    headers = {"traceparent": f"00-{MARK}"}
    for reference, person in (
        (f"{MARK}-1", {"nhs_number": NHS_NUMBER}),
        (f"{MARK}-2", {"nhs_number": "999 555-1128"}),
        (f"{MARK}-3", {"local_id": LOCAL_ID}),
    ):
        body = marked(reference=reference, person=person)
        address = f"/referrals/{reference}"
        received = await client.post("/referrals", json=body, headers=headers)
        assert received.status_code == 201
        decision = {
            "outcome": "not_for_us",
            "decided_on": "2026-03-04",
            "reason": "02",
            "rule_quoted": f"Nobody of {MARK}.",
        }
        await client.put(f"{address}/decision", json=decision, headers=headers)
        contact = {
            "reference": f"{MARK}-C",
            "contact_on": "2026-03-05",
            "attended": True,
        }
        added = await client.post(f"{address}/contacts", json=contact)
        corrected = await client.put(
            address,
            json={**body, "own_words": f"{MARK}!", "age": 40},
            headers=headers | {"If-Match": added.headers["ETag"]},
        )
        assert corrected.status_code == 200
        closed = {"closed_on": "2026-06-30", "reason": "02"}
        assert (await client.put(f"{address}/closure", json=closed)).is_success
    return [
        await client.post("/referrals", json=body | {"own_words": MARK * 2}),
        await client.post("/referrals", json=marked(age=MARK)),
        await client.post("/referrals", json=marked(source=f"to {MARK}")),
        await client.post("/referrals", json=marked(received_on=MARK)),
        await client.post("/referrals", json=marked(person={"nhs_number": MARK})),
        await client.post("/referrals", json={MARK: 1}),
        await client.post("/referrals", content=json.dumps(marked())[:-9].encode()),
        await client.post(f"{address}/contacts", json={**contact, "attended": False}),
        await client.put(address, json=body, headers={"If-Match": MARK}),
        await client.get(f"/referrals?limit={MARK}"),
        await client.post("/referrals", json=body, headers={"Authorization": MARK}),
    ]


async def rows_of(system: System, service: str) -> str:
    """Return the text of every row of a service's database."""
    tables = await system.fetch(
        service, "select tablename from pg_tables where schemaname = 'public'"
    )
    rows = [
        await system.fetch(service, f'select t::text from "{table[0]}" t')
        for table in tables
    ]
    return "\n".join(row[0] for table in rows for row in table)


async def test_no_word_and_no_identifier_leaves_intake(
    partner: Partner, steward: httpx.AsyncClient, shared_system: System
) -> None:
    await steward.put(f"/organisations/{partner.code}", json=an_organisation())
    errors = await live(partner.client)
    assert [e.status_code for e in errors if not 400 <= e.status_code < 500] == []
    await shared_system.quiet()
    places = {"errors": "".join(answer.text for answer in errors)}
    for topic in (ORGANISATIONS.name, REFERRALS.name, DEAD_LETTERS):
        messages = await read_topic_of(shared_system, topic)
        places[topic] = "\n".join(map(str, messages))
    assert partner.code in places[REFERRALS.name]
    for service in ("measures", "stories", "aggregation"):
        places[service] = await rows_of(shared_system, service)
    for log in (shared_system.settings.folder / "logs").glob("*.log"):
        places[log.name] = text_of(log)
    places["metrics"] = (await partner.client.get("/metrics")).text
    found = [
        (place, secret)
        for place, secret in itertools.product(places, SECRETS)
        if secret in places[place]
    ]
    assert found == []


def text_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


async def test_no_identifier_of_a_person_is_kept_even_at_home(
    partner: Partner, shared_system: System
) -> None:
    for person in ({"nhs_number": NHS_NUMBER}, {"local_id": "At-Home-77"}):
        await partner.client.post("/referrals", json=a_referral(person=person))
    kept = await rows_of(shared_system, "intake")
    assert partner.code in kept
    assert NHS_NUMBER not in kept
    assert "At-Home-77" not in kept


@pytest.mark.parametrize(
    ("service", "other"), list(itertools.permutations(SERVICES, 2)), ids=str
)
async def test_a_role_cannot_read_the_database_of_another_service(
    shared_system: System, service: str, other: str
) -> None:
    mine, _, _ = shared_system.databases[service].rpartition("/")
    _, _, theirs = shared_system.databases[other].rpartition("/")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"{mine}/{theirs}")


async def test_a_role_needs_its_own_password(shared_system: System) -> None:
    intake = shared_system.databases["intake"]
    role = intake.split("//")[1].split(":")[0]
    password = shared_system.databases["measures"].split(":")[2].split("@")[0]
    own = intake.split(":")[2].split("@")[0]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(intake.replace(f"{role}:{own}", f"{role}:{password}"))
