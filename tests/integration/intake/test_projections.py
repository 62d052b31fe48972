"""What intake keeps of assessments: twice, out of order, erased, and read anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

import services.intake
from services.intake.app import create_app
from services.intake.projections import PROJECTIONS, consumer, empty
from services.intake.settings import Settings
from shared.database import Database, connect, migrate, open_pool
from shared.delivery import Delivery, newest
from shared.events import ASSESSMENTS, PARTITIONS
from tests.conftest import IssuerAddress
from tests.integration.aggregation.states import a_delivery, an_assessment, entity
from tests.integration.intake.answers import problem
from tests.system import SECRET, Infrastructure, System

MIGRATIONS = Path(services.intake.__file__).with_name("migrations")
READ = """
insert into projection_offset
select 'livingwell.assessments', n, $1, 5, uuidv7(), now() from generate_series(1, $2) n
on conflict (topic, partition) do update set next_offset = excluded.next_offset
"""


@pytest.fixture(scope="module")
async def settings(infrastructure: Infrastructure, issuer: IssuerAddress) -> Settings:
    """Return settings of a migrated database that no process works on."""
    settings = Settings(
        database_url=(await infrastructure.databases("due"))["intake"],
        kafka_bootstrap_servers="127.0.0.1:9",
        token_issuer=issuer.issuer,
        token_jwks_url=issuer.jwks_url,
        secret=SECRET,
        secret_id="test-1",
    )
    await migrate(settings, MIGRATIONS)
    return settings


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection to the database, which has nothing in it."""
    connection = await connect(settings)
    await connection.execute("truncate assessment, projection_offset")
    yield connection
    await connection.close()


async def project(
    database: asyncpg.Connection, deliveries: Sequence[Delivery]
) -> list[dict[str, Any]]:
    """Apply a micro-batch as the consumer does; return the whole projection."""
    await PROJECTIONS[ASSESSMENTS](database, newest(deliveries))
    rows = await database.fetch("select * from assessment order by id")
    return [dict(row) for row in rows]


STATE = an_assessment()
LATER = an_assessment(instrument="swemwbs")


async def test_an_assessment_delivered_twice_is_applied_once(
    database: asyncpg.Connection,
) -> None:
    once = await project(database, [a_delivery(STATE, 7)])
    assert once == [
        {
            "id": STATE.id,
            "sequence": 7,
            "referral": STATE.referral,
            "instrument": "reqol10",
            "completed_on": STATE.completed_on,
            "counts": True,
        }
    ]
    assert await project(database, [a_delivery(STATE, 7)]) == once
    assert await project(database, [a_delivery(STATE, 7)] * 2) == once


async def test_states_out_of_order_end_at_the_newest(
    database: asyncpg.Connection,
) -> None:
    newer = await project(database, [a_delivery(LATER, 2)])
    assert newer[0]["instrument"] == "swemwbs"
    assert await project(database, [a_delivery(STATE, 1)]) == newer
    both = [a_delivery(LATER, 4), a_delivery(STATE, 3)]
    assert (await project(database, both))[0]["sequence"] == 4


async def test_of_what_was_erased_a_grave_stays_and_nothing_comes_back(
    database: asyncpg.Connection,
) -> None:
    await project(database, [a_delivery(STATE, 1)])
    [grave] = await project(database, [a_delivery(None, 3, STATE.id)])
    known = {name: value for name, value in grave.items() if value is not None}
    assert known == {"id": STATE.id, "sequence": 3}
    assert await project(database, [a_delivery(LATER, 2)]) == [grave]


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"status": "scored"}, True),
        ({"status": "prorated"}, True),
        ({"status": "partial"}, True),
        ({"status": "not_scorable"}, False),
        ({"is_withdrawn": True}, False),
    ],
    ids=str,
)
async def test_what_was_withdrawn_or_cannot_be_scored_does_not_count(
    database: asyncpg.Connection, changes: dict[str, Any], counts: bool
) -> None:
    [row] = await project(database, [a_delivery(an_assessment(**changes), 1)])
    assert row["counts"] == counts


async def test_assessments_of_several_people_are_applied_together(
    database: asyncpg.Connection,
) -> None:
    several = [a_delivery(an_assessment(n, referral=entity(n)), n) for n in range(1, 9)]
    rows = await project(database, several)
    assert sorted(row["sequence"] for row in rows) == list(range(1, 9))
    await empty(database, ASSESSMENTS)
    assert await project(database, several) == rows


async def test_who_is_due_is_not_told_before_all_assessments_are_read(
    settings: Settings, database: asyncpg.Connection, shared_system: System
) -> None:
    app = create_app(settings)
    pool = await open_pool(settings)
    app.state.database = Database(pool, 5)
    headers = {"Authorization": f"Bearer {shared_system.token('RX1', 'partner')}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        away = await client.get("/due", headers=headers)
        assert "still being read" in problem(away, 503)["detail"]
        await database.execute(READ, 5, PARTITIONS - 1)
        problem(await client.get("/due", headers=headers), 503)
        await database.execute(READ, 4, PARTITIONS)
        problem(await client.get("/due", headers=headers), 503)
        await database.execute(READ, 5, PARTITIONS)
        assert (await client.get("/due", headers=headers)).status_code == 200
    await pool.close()


def test_every_database_of_intake_reads_in_a_group_of_its_own(
    settings: Settings,
) -> None:
    hosted = settings.model_copy(update={"relay_name": "rx1"})
    assert consumer(settings)._group == "livingwell-intake"
    assert consumer(hosted)._group == "livingwell-intake-rx1"
