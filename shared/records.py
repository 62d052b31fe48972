"""The statements that write an organisation's records: entity, outbox and audit in one.

A new record is one statement. A change reads the record, derives the new one by a
pure rule, and writes it only if the record is still at the sequence that was read.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from shared.access import Caller
from shared.database import Database
from shared.events import Topic
from shared.problems import Erased, NoVersionNamed, Stale, Unavailable
from shared.record_statements import SENT, Column, change_statement, store_statement

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
    """A record about to be stored; `kept` and `state` are JSON.

    Attributes:
        referral: The referral it hangs on: if that was erased, it is refused. Only in
            services that keep `erased_referral`.
        found_by: The values of the columns that it is found by.
    """

    id: UUID
    reference: str
    kept: str
    state: str
    referral: UUID | None = None
    found_by: tuple[Any, ...] = ()


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
        found_by: The columns that a new record is found by.
    """

    table: str
    topic: Topic
    caller: Caller
    traceparent: str | None = None
    found_by: tuple[Column, ...] = ()


def trace_of(writing: Writing) -> str | None:
    """Return the W3C trace context, or None where it is absent or no such thing."""
    sent = writing.traceparent or ""
    return sent if TRACEPARENT.fullmatch(sent) else None


def next_sequence(previous: int = 0) -> int:
    """Return the clock in microseconds, or `previous` + 1 where the clock is behind."""
    return max(time.time_ns() // 1000, previous + 1)


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
    is_one, hangs = len(entries) == 1, any(entry.referral for entry in entries)
    statement = store_statement(writing.table, writing.found_by, is_one, hangs)
    columns = [list(column) for column in zip(*map(_values, entries), strict=True)]
    sent = [column[0] for column in columns] if is_one else columns
    values = (
        writing.caller.organisation,
        sequence,
        *sent[: len(SENT)],
        writing.topic.name,
        writing.topic.event_type(happening),
        trace_of(writing),
        writing.caller.subject,
        *sent[len(SENT) : len(sent) if hangs else -1],
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


def _values(entry: Entry) -> list[Any]:
    return [*entry[: len(SENT)], *entry.found_by, entry.referral]


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
        change_statement(writing.table),
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
