"""A file is of one moment, whatever happens while it is written and read."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from services.aggregation.disclosure import Gate
from services.aggregation.exports import tables
from services.aggregation.exports.selection import Asked, Export, chosen, scopes_for
from services.aggregation.exports.snapshot import Snapshot, freeze
from services.aggregation.figures import recount
from services.aggregation.settings import Settings
from shared.access import Caller
from shared.events import REFERRALS
from tests.integration.aggregation.asking import fill, seen
from tests.integration.aggregation.states import a_delivery
from tests.integration.aggregation.test_figures import deliver, settle
from tests.system import System, until

ASKED = Asked.model_validate({"indicators": "access_count,wait_days"})
BROKEN = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
VIEWER = Caller("somebody", "ORG1", frozenset({"viewer"}))
WHOLE = "from=2017-01&to=2026-12&by=source"


def an_export(snapshot: Snapshot) -> Export:
    newest = snapshot.standing.newest_month
    assert newest is not None
    return Export(
        snapshot=snapshot,
        gate=Gate(),
        indicators=chosen(ASKED),
        scopes=scopes_for(ASKED, VIEWER, snapshot),
        first=newest,
        last=newest,
    )


async def whole(parts: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in parts])


async def test_what_is_counted_meanwhile_is_not_in_the_file_and_does_not_wait_for_it(
    database: asyncpg.Connection, aggregation_settings: Settings
) -> None:
    await fill(database, seen(1, 12))
    async with freeze(
        aggregation_settings, ["access_count", "wait_days"], [""]
    ) as snapshot:
        export = an_export(snapshot)
        answers = export.answers()
        first = await anext(answers)
        later = [(REFERRALS, a_delivery(one)) for one in seen(20, 30)]
        await deliver(database, later[:15])
        await settle(database)
        await deliver(database, later[15:])
        await database.execute("set lock_timeout = '2s'")
        await recount(database)
        await database.execute("reset lock_timeout")
        rest = [answer async for answer in answers]
        values = {
            (one.indicator.code, one.scope.name): one.figures.figures[0].denominator
            for one in (first, *rest)
        }
        assert values["access_count", ""] == values["wait_days", ""] == 10
        assert values["wait_days", "Riverside"] == 10
        assert {one.figures.as_of for one in (first, *rest)} == {
            snapshot.standing.as_of
        }
    async with freeze(
        aggregation_settings, ["access_count", "wait_days"], [""]
    ) as snapshot:
        text = await whole(tables.figures(an_export(snapshot).answers()))
        assert b",2026-03,people,40,40,40," in text


async def test_a_lost_connection_breaks_the_file_off(
    database: asyncpg.Connection, aggregation_settings: Settings
) -> None:
    await fill(database, seen(1, 12))
    async with freeze(
        aggregation_settings, ["access_count", "wait_days"], [""]
    ) as snapshot:
        parts = tables.figures(an_export(snapshot).answers())
        await anext(parts)
        await anext(parts)
        [row] = await snapshot.reads.fetch("select pg_backend_pid() as pid")
        await database.execute("select pg_terminate_backend($1)", row["pid"])
        with pytest.raises(BROKEN):
            await whole(parts)


async def test_the_copy_goes_when_its_reader_goes(shared_system: System) -> None:
    """Much more than fits between the two is asked for, and its reader leaves."""

    async def copies() -> int:
        [row] = await shared_system.fetch(
            "aggregation",
            "select count(*) from pg_class where relname = 'cell'"
            " and relpersistence = 't'",
        )
        return int(row[0])

    async def is_there() -> bool:
        return await copies() == 1

    async def is_gone() -> bool:
        return await copies() == 0

    async with shared_system.client("aggregation") as client:
        await until(
            lambda: answers_200(client, "/indicators/access_count"), "it is counted"
        )
        for name in ("figures.csv", "figures.parquet", "figures.fhir"):
            address = f"/exports/{name}?{WHOLE}"
            async with client.stream("GET", address) as answer:
                assert answer.status_code == 200
                await until(is_there, "the copy is there")
                if name != "figures.parquet":
                    await anext(answer.aiter_raw())
            await until(is_gone, "the copy is gone")


async def answers_200(client: httpx.AsyncClient, path: str) -> bool:
    return (await client.get(path)).status_code == 200
