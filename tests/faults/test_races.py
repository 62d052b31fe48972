"""Many requests about one record at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared import records
from shared.access import Caller
from shared.database import Database, migrate, open_pool
from shared.events import REFERRALS
from shared.records import Entry, Writing
from tests import builders
from tests.faults.ledger import Ledger
from tests.faults.sending import Request, Sender
from tests.faults.topics import read_all, settings_of
from tests.system import System

AT_ONCE = 64
ROUNDS = 200
CONNECTIONS = 16
ORGANISATION = "FAULT1"
ROOT = Path(__file__).parents[2]
Body = dict[str, Any]


def an_assessment() -> Body:
    return builders.an_assessment("R-1")


def a_goal() -> Body:
    return builders.a_goal("R-1")


KINDS = pytest.mark.parametrize(
    ("kind", "build", "change"),
    [
        ("referral", builders.a_referral, {"age": 35}),
        ("assessment", an_assessment, {"completed_on": "2026-03-11"}),
        ("goal", a_goal, {"baseline": 3}),
        ("story", builders.a_story, {"told_on": "2026-04-19"}),
    ],
)


async def post_at_once(
    sender: Sender, ledger: Ledger, kind: str, bodies: list[Body]
) -> list[int]:
    """Post all bodies at the same moment; return the statuses, in order."""
    record = ledger.expect(kind, ORGANISATION, bodies[0])
    answers = await asyncio.gather(
        *(
            sender.attempt(
                ORGANISATION,
                Request(record.kind.service, "POST", record.kind.path, body),
            )
            for body in bodies
        )
    )
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == 1
    winner = statuses.index(201)
    record.maybe += 1
    record.confirm(answers[winner].json()["sequence"], record.fields_of(bodies[winner]))
    same = [a for a in answers if a.status_code in (200, 201)]
    assert len({answer.headers["etag"] for answer in same}) == 1
    return statuses


@KINDS
async def test_of_64_equal_posts_at_once_one_is_stored_and_the_others_are_repeats(
    ledger: Ledger, sender: Sender, kind: str, build: Callable[[], Body], change: Body
) -> None:
    body = build() | change
    statuses = await post_at_once(sender, ledger, kind, [body] * AT_ONCE)
    assert Counter(statuses) == {201: 1, 200: AT_ONCE - 1}
    [record] = [r for r in ledger.records.values() if r.reference == body["reference"]]
    await ledger.check()
    messages = [
        m for m in await read_all(ledger.system) if m.key == str(record.id).encode()
    ]
    assert len(messages) == 1


@KINDS
async def test_of_two_contents_at_once_one_wins_and_the_other_is_refused(
    ledger: Ledger, sender: Sender, kind: str, build: Callable[[], Body], change: Body
) -> None:
    body = build()
    bodies = [body, body | change] * (AT_ONCE // 2)
    statuses = await post_at_once(sender, ledger, kind, bodies)
    half = AT_ONCE // 2
    assert Counter(statuses) == {201: 1, 200: half - 1, 409: half}
    assert len({n % 2 for n, status in enumerate(statuses) if status < 300}) == 1
    await ledger.check()


async def test_equal_records_stored_at_once_never_meet_as_duplicates(
    system: System,
) -> None:
    """Two unique indexes, one of them named in the statement: a race of PostgreSQL."""
    databases = await system.infrastructure.databases("duplicates")
    settings = settings_of(system, databases["intake"])
    await migrate(settings, ROOT / "services/intake/migrations")
    pool = await open_pool(settings)
    database = Database(pool, acquire_seconds=30)
    writing = Writing("referral", REFERRALS, Caller("s", "FAULT1", frozenset()))
    for number in range(ROUNDS):
        entry = Entry(uuid4(), f"R-{number}", "{}", "{}")
        stored = await asyncio.gather(
            *(
                records.store(database, writing, "received", [entry])
                for _ in range(CONNECTIONS)
            )
        )
        assert sum(one[entry.id].is_new for one in stored) == 1
    assert (await database.fetch("select count(*) from audit"))[0][0] == ROUNDS
    await pool.close()
