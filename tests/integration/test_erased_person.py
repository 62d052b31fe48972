"""A person is planted in every field, erased, and then looked for everywhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.local.settings import SERVICES
from shared.events import DEAD_LETTERS, TOPICS
from shared.identity import Identity
from shared.kafka import TABLE_CONFIG
from tests.builders import a_goal, a_referral, a_story, an_assessment, an_organisation
from tests.conftest import MakeSystem
from tests.integration.shared.topics import read_topic_of
from tests.integration.stories.labs import a_lab
from tests.system import SECRET, System, until

ORGANISATION = "ERASE1"
NHS_NUMBER = "9434765919"
LOCAL_ID = "Quetzal-771"
MARK = "Xylophagous"
CRISIS_DAY = "1931-03-17"
IDENTITY = Identity(bytes.fromhex(SECRET), "test-1")
# As the topics' own settings, but for a broker that forgets within seconds.
QUICK = TABLE_CONFIG | {
    "segment.ms": "1000",
    "max.compaction.lag.ms": "1000",
    "min.cleanable.dirty.ratio": "0.01",
    "file.delete.delay.ms": "1000",
}
PLANTED = [
    MARK,
    CRISIS_DAY,
    NHS_NUMBER,
    "943 476 5919",
    LOCAL_ID,
    IDENTITY.person_from_nhs_number(NHS_NUMBER),
    IDENTITY.person_from_local_id(ORGANISATION, LOCAL_ID),
    *(f"Ref{kind}-{n}" for kind in "RCAGS" for n in (1, 2)),
]


@pytest.fixture(scope="module")
async def forgetful(make_system: MakeSystem) -> AsyncIterator[System]:
    """Return a system whose relays append a filler every few seconds."""
    quick = {f"{name.upper()}_RELAY_FILLER_SECONDS": "3" for name in SERVICES}
    system = await make_system(**quick)
    admin = AIOKafkaAdminClient(
        bootstrap_servers=system.infrastructure.kafka.bootstrap_servers
    )
    await admin.start()
    try:
        for topic in TOPICS:
            name = f"{system.name}.{topic.name}"
            resource = ConfigResource(ConfigResourceType.TOPIC, name, QUICK)
            await admin.alter_configs([resource])
    finally:
        await admin.close()
    yield system
    await system.stop()


def referrals() -> list[dict[str, Any]]:
    """Return a referral by NHS number and one by the organisation's own id."""
    words = {
        "own_words": f"My name is {MARK} of Ladder Lane.",
        "strengths": [f"{MARK} sings"],
    }
    return [
        a_referral(reference="RefR-1", person={"nhs_number": "943 476 5919"}, **words),
        a_referral(reference="RefR-2", person={"local_id": LOCAL_ID}, **words),
    ]


async def post(
    client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]
) -> dict[str, Any]:
    answer = await client.request(method, path, json=body)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


async def plant(system: System) -> None:
    """Put a person into every field that takes words or references."""
    token = system.token(ORGANISATION, "partner")
    async with system.client("intake", token) as intake:
        for n, body in enumerate(referrals(), 1):
            path = f"/referrals/{body['reference']}"
            await post(intake, "POST", "/referrals", body)
            decision = {"outcome": "accepted", "decided_on": "2026-03-04"}
            quoted = {"rule_quoted": f"{MARK} lives here"}
            await post(intake, "PUT", f"{path}/decision", decision | quoted)
            contact = {"contact_on": "2026-03-14", "attended": True}
            contact["reference"] = f"RefC-{n}"
            await post(intake, "POST", f"{path}/contacts", contact)
            crisis = {"kind": "section_136", "on": CRISIS_DAY}
            await post(intake, "POST", f"{path}/crisis-contacts", crisis)
            await intake.get(path, headers={"X-Purpose": "direct_care"})
    async with system.client("measures", token) as measures:
        for n in (1, 2):
            assessment = an_assessment(f"RefR-{n}", reference=f"RefA-{n}")
            await post(measures, "POST", "/assessments", assessment)
            goal = a_goal(f"RefR-{n}", reference=f"RefG-{n}", words=f"{MARK} rides")
            await post(measures, "POST", "/goals", goal)
            rating = {"rated_on": "2026-04-10", "value": 6}
            await post(measures, "POST", f"/goals/RefG-{n}/ratings", rating)
            await measures.get(f"/referrals/RefR-{n}/change")
    async with system.client("stories", token) as stories:
        moment = {"kind": "magic", "step": "support", "text": f"{MARK} danced."}
        for n in (1, 2):
            story = a_story(
                reference=f"RefS-{n}",
                referral=f"RefR-{n}",
                text=f"I am {MARK}.",
                moments=[moment],
                recommendations=[f"Listen to {MARK}"],
                consent={"level": "public", "given_on": "2026-04-20"},
            )
            await post(stories, "POST", "/stories", story)
    token = system.token(ORGANISATION, "moderator")
    async with system.client("stories", token) as stories:
        await post(stories, "POST", "/labs", a_lab(stories=["RefS-1", "RefS-2"]))


async def ids_in_labs(system: System) -> list[str]:
    """Return the ids of stories that labs look at."""
    rows = await system.fetch("stories", "select unnest(stories) from lab")
    return [str(row[0]) for row in rows]


async def erase(system: System) -> list[tuple[str, dict[str, Any]]]:
    """Erase the person everywhere, as a partner does; return the receipts."""
    token = system.token(ORGANISATION, "partner")
    receipts, own = [], []
    async with system.client("intake", token) as client:
        for person in ({"nhs_number": NHS_NUMBER}, {"local_id": LOCAL_ID}):
            receipt = await post(client, "POST", "/erasures", {"person": person})
            assert receipt["records"] == 1
            receipts.append(("intake", receipt))
            own += receipt["erased"]
    assert [one["referrals"] for one in own] == [["RefR-1"], ["RefR-2"]]
    for service, records in (("measures", 2), ("stories", 1)):
        async with system.client(service, token) as client:
            for one in own:
                receipt = await post(client, "POST", "/erasures", one)
                assert receipt["records"] == records
                receipts.append((service, receipt))
    return receipts


async def in_tables(system: System) -> list[str]:
    """Return which tables of which database hold anything of the person."""
    found = []
    for service in SERVICES:
        tables = await system.fetch(
            service, "select tablename from pg_tables where schemaname = 'public'"
        )
        for table in (row["tablename"] for row in tables):
            rows = await system.fetch(service, f'select t::text from "{table}" t')
            found += [f"{service}.{table}" for row in rows if holds(row[0])]
    return found


async def in_topics(system: System) -> list[str]:
    """Return which topics hold a readable message with anything of the person."""
    return [
        name
        for name in [*(topic.name for topic in TOPICS), DEAD_LETTERS]
        for message in await read_topic_of(system, name)
        if holds(json.dumps([message.key, message.headers, message.value]))
    ]


def in_files(files: Iterable[Path]) -> list[str]:
    """Return which files hold anything of the person."""
    return [
        str(path)
        for path in files
        if path.is_file() and holds(path.read_bytes().decode("latin-1"))
    ]


def holds(text: str) -> list[str]:
    """Return what of the person a text holds."""
    return [planted for planted in PLANTED if planted in text]


def topic_files(system: System) -> list[Path]:
    """Return the broker's files of the system's topics."""
    folder = system.infrastructure.kafka.folder / "data"
    return [path for path in folder.glob(f"{system.name}.*/*") if path.is_file()]


def log_files(system: System) -> list[Path]:
    """Return what the processes wrote to their logs."""
    infrastructure = system.infrastructure
    logs = [infrastructure.postgres.log, infrastructure.kafka.log]
    return [*logs, *(system.settings.folder / "logs").glob("*")]


async def test_of_an_erased_person_nothing_is_left_anywhere(forgetful: System) -> None:
    steward = forgetful.token("STEWARD", "steward")
    async with forgetful.client("intake", steward) as client:
        path = f"/organisations/{ORGANISATION}"
        await post(client, "PUT", path, an_organisation())
    await plant(forgetful)
    await forgetful.quiet()
    # It is found where it should be, so that finding nothing means something.
    assert {name.split(".")[0] for name in await in_tables(forgetful)} == set(SERVICES)
    assert await in_topics(forgetful)
    assert in_files(topic_files(forgetful))
    assert len(await ids_in_labs(forgetful)) == 2
    counted = "select count(*) from cell where numerator <> 0 or denominator <> 0"
    assert (await forgetful.fetch("aggregation", counted))[0][0] > 0

    receipts = await erase(forgetful)
    await forgetful.quiet()
    assert await in_tables(forgetful) == []
    assert await ids_in_labs(forgetful) == []
    assert (await forgetful.fetch("aggregation", counted))[0][0] == 0

    async def is_gone() -> bool:
        return not in_files(topic_files(forgetful))

    await until(is_gone, "no file of the broker holds the person", 180)
    assert await in_topics(forgetful) == []
    assert in_files(log_files(forgetful)) == []
    await check_receipts(forgetful, receipts)
    letters = await read_topic_of(forgetful, DEAD_LETTERS)
    assert letters == []


async def check_receipts(
    system: System, receipts: list[tuple[str, dict[str, Any]]]
) -> None:
    """Each receipt says by now when every part was done, and nothing of the person."""
    token = system.token(ORGANISATION, "partner")
    for service, receipt in receipts:
        async with system.client(service, token) as client:
            answer = await client.get(f"/erasures/{receipt['erasure_id']}")
        now = answer.json()
        assert "erased" not in now
        assert now["records"] == receipt["records"]
        moments = [
            now["rows_deleted_at"],
            now["tombstones_published_at"],
            now["segments_rolled_at"],
            now["gone_from_topics_by"],
        ]
        assert None not in moments
        assert moments == sorted(moments)
