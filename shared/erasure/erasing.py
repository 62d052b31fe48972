"""Erases records: rows, what waits in the outbox, and by tombstones what was published.

An erased record becomes a grave: its id, its last sequence and when, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import Depends
from pydantic import BaseModel, Field

from shared.access import Caller, holding
from shared.database import Database
from shared.events import Topic
from shared.kafka import TABLE_CONFIG
from shared.problems import NotAllowed, NotFound, Unavailable
from shared.records import LOST_RACES, next_sequence

RETRIES = 20
# Until a filler rolls the segment that a tombstone lies in; then until the cleaner has
# been there; and an hour for old files to be deleted, and for a slow cleaner.
GONE_AFTER = timedelta(
    milliseconds=int(TABLE_CONFIG["segment.ms"])
    + int(TABLE_CONFIG["max.compaction.lag.ms"]),
    hours=1,
)
WRITE_RECEIPT = """
insert into erasure (organisation, records, messages, published_at)
values ($1, cardinality($2::bigint[]), $2,
  case when cardinality($2::bigint[]) = 0 then now() end)
returning id, organisation, records, deleted_at, published_at, rolled_at
"""
# So that nothing new is hung on what is gone.
CLOSE_REFERRALS = """
insert into erased_referral select distinct id, now() from unnest($1::uuid[]) r(id)
on conflict (id) do nothing
"""
RECEIPT = """
select id, organisation, records, deleted_at, published_at, rolled_at
from erasure where id = $1
"""

Eraser = Annotated[Caller, Depends(holding("steward", "partner"))]


@dataclass(frozen=True, slots=True)
class Doomed:
    """Which records of a topic to erase.

    Attributes:
        clause: SQL, a constant of the code; its first value is `$6`.
    """

    topic: Topic
    clause: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """A record that was erased, as its owner knew it; told once, kept nowhere."""

    topic: Topic
    organisation: str
    reference: str


class Receipt(BaseModel):
    """When each part of an erasure was done; whose it was is kept nowhere."""

    erasure_id: UUID
    organisation: str = Field(description="Who asked for it")
    records: int = Field(description="How many were erased here")
    rows_deleted_at: datetime
    tombstones_published_at: datetime | None = Field(
        description="Null while the broker has not acknowledged all of them"
    )
    segments_rolled_at: datetime | None = Field(
        description="Since when the broker may clean the files that held it"
    )
    gone_from_topics_by: datetime | None = Field(
        description="When no file of the broker holds it any more, at the latest"
    )


def organisation_of(caller: Caller, named: str | None) -> str | None:
    """Return whose records `caller` means: None is every organisation's.

    A steward acts for all; a partner for itself, whether it names itself or not.

    Raises:
        NotAllowed: 403, a partner names another organisation.
    """
    if "steward" in caller.roles:
        return named
    if named is not None and named != caller.organisation:
        raise NotAllowed("You can erase records of your own organisation only.")
    return caller.organisation


@lru_cache
def _statement(table: str, clause: str) -> str:
    return f"""
    with erased as (
      update {table} set organisation = null, reference = null, kept = null,
        state = null, erased_at = now(), sequence = greatest(sequence + 1, $1)
      where state is not null and {clause}
      returning new.id, new.sequence, old.organisation, old.reference
    ), unsent as (
      delete from outbox where key in (select id from erased)
    ), announced as (
      insert into outbox (topic, key, sequence, type, organisation)
      select $2, id, sequence, $3, organisation from erased order by id
      returning id, key
    ), audited as (
      insert into audit (organisation, subject, type, record, sequence)
      select $4, $5, $3, id, sequence from erased
    )
    select e.organisation, e.reference, a.id as message
    from erased e join announced a on a.key = e.id
    order by e.organisation, e.reference
    """


async def erase(
    database: Database,
    caller: Caller,
    doomed: Sequence[Doomed],
    referrals: Sequence[UUID] = (),
) -> tuple[Receipt, list[Erased]]:
    """Erase records and write the receipt, all or nothing.

    What is erased already is not counted again: a repetition erases nothing.

    Args:
        referrals: Of another service: nothing that hangs on them is taken any more.
    """
    for _ in range(RETRIES):
        try:
            async with (
                database.pool.acquire(timeout=2) as connection,
                connection.transaction(),
            ):
                if referrals:
                    await connection.execute(CLOSE_REFERRALS, referrals)
                found = await _erase(connection, caller, doomed)
        except LOST_RACES:
            continue
        database.wrote.set()
        return found
    raise Unavailable("Too many writers of the same records. Nothing was erased.")


async def _erase(
    connection: asyncpg.pool.PoolConnectionProxy,
    caller: Caller,
    doomed: Sequence[Doomed],
) -> tuple[Receipt, list[Erased]]:
    erased: list[Erased] = []
    messages: list[int] = []
    for one in doomed:
        rows = await connection.fetch(
            _statement(one.topic.entity, one.clause),
            next_sequence(),
            one.topic.name,
            one.topic.event_type("erased"),
            caller.organisation,
            caller.subject,
            *one.values,
        )
        erased += [Erased(one.topic, row[0], row[1]) for row in rows]
        messages += [row["message"] for row in rows]
    [row] = await connection.fetch(WRITE_RECEIPT, caller.organisation, messages)
    return _receipt(row), erased


async def find_receipt(database: Database, caller: Caller, erasure: UUID) -> Receipt:
    """Return the receipt of an erasure that the caller's organisation asked for.

    Raises:
        NotFound: 404, there is none, or another organisation asked.
    """
    row = await database.fetchrow(RECEIPT, erasure)
    is_own = row is not None and row["organisation"] == caller.organisation
    if row is None or not (is_own or "steward" in caller.roles):
        raise NotFound("You have no receipt of this id.")
    return _receipt(row)


def _receipt(row: asyncpg.Record) -> Receipt:
    published_at: datetime | None = row["published_at"]
    return Receipt(
        erasure_id=row["id"],
        organisation=row["organisation"],
        records=row["records"],
        rows_deleted_at=row["deleted_at"],
        tombstones_published_at=published_at,
        segments_rolled_at=row["rolled_at"],
        gone_from_topics_by=published_at + GONE_AFTER if published_at else None,
    )
