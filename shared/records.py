"""The statements that write an organisation's records: entity, outbox and audit in one.

A new record is one statement. A change reads the record, derives the new one by a
pure rule, and writes it only if the record is still at the sequence that was read.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from shared.access import Caller
from shared.database import Database
from shared.events import Topic
from shared.problems import Erased, NoVersionNamed, Stale, Unavailable

RETRIES = 20
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
# Of equal records stored at once, one may meet the other in the index of references
# before it is found by id: PostgreSQL then reports a duplicate, not a conflict.
LOST_RACES = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
)


class Entry(NamedTuple):
    """A record about to be stored; `kept` and `state` are JSON."""

    id: UUID
    reference: str
    kept: str
    state: str


class Stored(NamedTuple):
    """A record as it stands: `kept` and `state` are JSON, as PostgreSQL writes it.

    Of a new record both are None: it is what was sent. Of an erased one too.
    """

    id: UUID
    sequence: int
    is_new: bool
    kept: str | None
    state: str | None

    def refuse_erased(self) -> None:
        """Let nobody bring back what was erased by sending its reference again.

        Raises:
            Erased: 410, of this record nothing but a grave is left.
        """
        if not self.is_new and self.kept is None:
            raise Erased(
                "What this reference stood for was erased and is not taken again. If"
                " the person comes back, send a reference that was never used."
            )


def joined(*objects: bytes) -> bytes:
    """Return the JSON object that has the fields of all of `objects`."""
    return b"{" + b",".join(part[1:-1] for part in objects) + b"}"


@dataclass(frozen=True, slots=True)
class Writing:
    """Who writes what kind of event where.

    Attributes:
        referral: SQL for the referral that a record `s` hangs on: one whose referral
            was erased is refused. Only in services that keep `erased_referral`.
        found_by: Columns that a new record `s` is found by, and the SQL for each.
    """

    table: str
    topic: Topic
    caller: Caller
    traceparent: str | None = None
    referral: str | None = None
    found_by: tuple[tuple[str, str], ...] = ()


def trace_of(writing: Writing) -> str | None:
    """Return the W3C trace context, or None where it is absent or no such thing."""
    sent = writing.traceparent or ""
    return sent if TRACEPARENT.fullmatch(sent) else None


def next_sequence(previous: int = 0) -> int:
    """Return the clock in microseconds, or `previous` + 1 where the clock is behind."""
    return max(time.time_ns() // 1000, previous + 1)


# A single record without arrays: PostgreSQL and the driver both save time by it.
ONE = "(values ($3::uuid, $4::text, $5::json, $6::json))"
MANY = "unnest($3::uuid[], $4::text[], $5::json[], $6::json[])"


@lru_cache
def _store_statement(
    table: str,
    source: str,
    referral: str | None = None,
    found_by: tuple[tuple[str, str], ...] = (),
) -> str:
    # Where nothing was ever erased, no record's JSON is read to look for it.
    erased = (
        "false"
        if referral is None
        else f"""(select exists (select from erased_referral)) and exists (
        select from erased_referral e where e.id = ({referral})::uuid)"""
    )
    columns = "".join(f", {name}" for name, _ in found_by)
    values = "".join(f", {value}" for _, value in found_by)
    return f"""
    with sent as (
      select s.*, {erased} as is_erased
      from {source} as s(id, reference, kept, state)
    ), stored as (
      insert into {table} (id, organisation, reference, sequence, kept, state{columns})
      select id, $1, reference, $2, kept, state{values} from sent s
      where not is_erased order by id
      on conflict (id) do update set id = excluded.id
      returning new.id, new.sequence, old.id is null as is_new,
        new.state, old.kept as old_kept
    ), announced as (
      insert into outbox (topic, key, sequence, type, organisation, traceparent, state)
      select $7, id, sequence, $8, $1, $9, state from stored where is_new
    ), audited as (
      insert into audit (organisation, subject, type, record, sequence)
      select $1, $10, $8, id, sequence from stored where is_new
    )
    select id, sequence, is_new, old_kept as kept, state
    from stored where not is_new
    {"" if referral is None else NOT_TAKEN}
    """


NOT_TAKEN = "union all select id, $2, false, null, null from sent where is_erased"


@lru_cache
def _change_statement(table: str) -> str:
    return f"""
    with changed as (
      update {table} set sequence = $3, kept = $4, state = $5
      where id = $1 and sequence = $2
      returning id, organisation, sequence, state
    ), announced as (
      insert into outbox (topic, key, sequence, type, organisation, traceparent, state)
      select $6, id, sequence, $7, organisation, $8, state from changed
    ), audited as (
      insert into audit (organisation, subject, type, record, sequence)
      select $10, $9, $7, id, sequence from changed
    )
    select sequence from changed
    """


async def store(
    database: Database, writing: Writing, happening: str, entries: Sequence[Entry]
) -> dict[UUID, Stored]:
    """Store new records with their events and audit rows, in one statement.

    A record that is there already is left as it is and comes back with what it holds:
    `is_new` is False, and the caller compares. So is one that was erased, which holds
    nothing; the caller refuses it. Ids in `entries` must be distinct.

    Returns:
        One `Stored` per entry, by id.
    """
    sequence = next_sequence()
    columns: list[Any] = [list(column) for column in zip(*entries, strict=True)]
    is_one = len(entries) == 1
    source = ONE if is_one else MANY
    statement = _store_statement(
        writing.table, source, writing.referral, writing.found_by
    )
    values = (
        writing.caller.organisation,
        sequence,
        *([column[0] for column in columns] if is_one else columns),
        writing.topic.name,
        writing.topic.event_type(happening),
        trace_of(writing),
        writing.caller.subject,
    )
    for _ in range(RETRIES):
        try:
            rows = await database.fetch(statement, *values)
        except LOST_RACES:
            continue
        database.wrote.set()
        stored = {e.id: Stored(e.id, sequence, True, None, None) for e in entries}
        stored.update((row["id"], Stored(*row)) for row in rows)
        return stored
    raise Unavailable("Too many writers of the same records. Nothing was stored.")


async def find(database: Database, table: str, record: UUID) -> Stored | None:
    """Return a record as it stands, or None."""
    row = await database.fetchrow(
        f"""select id, sequence, false, kept, state from {table}
        where id = $1 and state is not null""",
        record,
    )
    return Stored(*row) if row else None


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule makes of a record: the event, and the record after it (JSON)."""

    happening: str
    kept: str
    state: str


async def change(
    database: Database,
    writing: Writing,
    record: UUID,
    rule: Callable[[Stored], Change | None],
) -> Stored | None:
    """Change a record by a pure rule; lost races are read and tried again.

    Args:
        rule: Gets the record as it stands; returns None where nothing is to change,
            and may raise a Problem.

    Returns:
        The record after the change, or None if there is no such record.
    """
    for _ in range(RETRIES):
        stored = await find(database, writing.table, record)
        if stored is None:
            return None
        after = rule(stored)
        if after is None:
            return stored
        sequence = await _write(database, writing, stored, after)
        if sequence is not None:
            return Stored(record, sequence, True, after.kept, after.state)
    raise Unavailable("Too many writers of the same record. Nothing was stored.")


async def _write(
    database: Database, writing: Writing, stored: Stored, after: Change
) -> int | None:
    row = await database.fetchrow(
        _change_statement(writing.table),
        stored.id,
        stored.sequence,
        next_sequence(stored.sequence),
        after.kept,
        after.state,
        writing.topic.name,
        writing.topic.event_type(after.happening),
        trace_of(writing),
        writing.caller.subject,
        writing.caller.organisation,
    )
    database.wrote.set()
    return row["sequence"] if row else None


def version_check(if_match: str | None) -> Callable[[Stored], None]:
    """Make the check that a correction is of the version that was read.

    Raises:
        NoVersionNamed: 428, `If-Match` is absent.
    """
    if if_match is None:
        raise NoVersionNamed("Send If-Match with the ETag that you read.")

    def check(stored: Stored) -> None:
        if if_match.strip('"') != str(stored.sequence):
            raise Stale("The record has changed since you read it. Read it again.")

    return check
