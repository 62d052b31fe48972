"""What can be imported: a resource's columns, and how its rows become records."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.access import Caller
from shared.batches import Parsed, RecordResult, answer_batch
from shared.database import Database
from shared.identity import Identity
from shared.imports.cells import Column, Fault
from shared.problems import (
    Differs,
    InvalidContent,
    Problem,
    Unavailable,
    field_problems,
    sentence,
)
from shared.records import Entry, Stored

Body = TypeVar("Body", bound=BaseModel)
NO_REFERRAL = "you have no referral of this reference"


@dataclass(frozen=True, slots=True)
class Work:
    """For whom rows are stored, and with what; a dry run stores nothing."""

    database: Database
    caller: Caller
    identity: Identity
    traceparent: str | None
    is_dry_run: bool


Judge = Callable[[], Awaitable[list[RecordResult]]]
Judging = Callable[[Work, Sequence[Parsed[Any]]], Judge]


Fold = Callable[[dict[str, Any]], dict[str, Any] | tuple[str, Fault]]


@dataclass(frozen=True)
class Resource(Generic[Body]):
    """A kind of record that can be imported.

    Attributes:
        judging: Prepares what needs no database, and returns what stores valid bodies
            as if each had been posted and says what became of each.
        most_rows: In one transaction; few, where each row locks a record of its own.
        fold: Makes of a row's values what the body's model takes; or says what is
            wrong, by column.
    """

    name: str
    columns: Sequence[Column]
    adapter: TypeAdapter[list[Body]]
    judging: Judging
    fold: Fold | None = None
    column_of_pointer: Callable[[str], str] = lambda _: ""
    most_rows: int = 5_000

    @cached_property
    def reason(self) -> str:
        """Name of the column with the reason why a row was refused."""
        names = {column.name for column in self.columns}
        return "refused_reason" if "reason" in names else "reason"

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    def column_of(self, pointer: str) -> str:
        """Return which column a problem's pointer is about, or nothing."""
        own = self.column_of_pointer(pointer)
        parts = [part for part in pointer.split("/") if part in self.by_name]
        return own or (parts[-1] if parts else "")


def validate(
    adapter: TypeAdapter[list[Body]], values: Sequence[dict[str, Any]]
) -> list[Body | InvalidContent]:
    """Check all rows at once; only where some are wrong, the others once more."""
    try:
        return [*adapter.validate_python(values)]
    except ValidationError as error:
        errors = error.errors(
            include_url=False, include_context=False, include_input=False
        )
    wrong: dict[int, list[Any]] = {}
    for one in errors:
        place = int(one["loc"][0])
        wrong.setdefault(place, []).append({**one, "loc": one["loc"][1:]})
    good = iter(
        adapter.validate_python(
            [value for n, value in enumerate(values) if n not in wrong]
        )
    )
    return [
        InvalidContent(sentence(len(wrong[n])), field_problems(wrong[n]))
        if n in wrong
        else next(good)
        for n in range(len(values))
    ]


@dataclass(frozen=True, slots=True)
class Storing(Generic[Body]):
    """How a kind of record is made, stored and compared."""

    table: str
    entry_of: Callable[[Body], Entry]
    store: Callable[[list[Entry]], Awaitable[Mapping[UUID, Stored]]]
    differs: Callable[[Stored, Entry], Problem | None]


def store_each(
    work: Work, parsed: Sequence[Parsed[Body]], storing: Storing[Body]
) -> Judge:
    """Make the records of bodies; return what stores them in one statement."""
    entries: dict[int, Entry | Problem] = {}
    for one in parsed:
        try:
            assert one.body is not None  # noqa: S101 (only valid rows get here)
            entries[id(one.body)] = storing.entry_of(one.body)
        except Problem as problem:
            entries[id(one.body)] = problem

    def entry_of(body: Body) -> Entry:
        entry = entries[id(body)]
        if isinstance(entry, Problem):
            raise entry
        return entry

    async def write(new: list[Entry]) -> Mapping[UUID, Stored]:
        if work.is_dry_run:
            return await known(work.database, storing.table, new)
        return await storing.store(new)

    def differs(stored: Stored, entry: Entry) -> Problem | None:
        return None if holds(stored, entry) else storing.differs(stored, entry)

    async def judge() -> list[RecordResult]:
        return (await answer_batch(parsed, entry_of, write, differs)).results

    return judge


def holds(stored: Stored, entry: Entry) -> bool:
    """Say whether a record holds just what was sent: quicker than asking what differs.

    If not, it may still be the same, kept before its body had a field more.
    """
    known, sent = json.loads(stored.kept or "{}"), json.loads(entry.kept)
    return all(known.get(name) == value for name, value in sent.items())


async def known(
    database: Database, table: str, entries: Sequence[Entry]
) -> dict[UUID, Stored]:
    """Return those of the records that are stored already, by id."""
    rows = await database.fetch(
        f"""select id, sequence, false as is_new, kept, state from {table}
        where id = any($1::uuid[])""",  # noqa: S608 (a constant of the code)
        [entry.id for entry in entries],
    )
    return {row["id"]: Stored(*row) for row in rows}


def change_each(
    parsed: Sequence[Parsed[Body]],
    change: Callable[[Body], Awaitable[Stored | None]],
    missing: InvalidContent,
) -> Judge:
    """Return what changes records one after the other.

    Args:
        change: Returns the record after it (`is_new` if it changed), or None if there
            is none; may raise a Problem.
        missing: What is wrong where there is none.
    """

    async def judge() -> list[RecordResult]:
        return [await _changed(one, change, missing) for one in parsed]

    return judge


async def _changed(
    one: Parsed[Body],
    change: Callable[[Body], Awaitable[Stored | None]],
    missing: InvalidContent,
) -> RecordResult:
    result = RecordResult(index=one.place, reference=one.reference, status="stored")
    try:
        assert one.body is not None  # noqa: S101 (only valid rows get here)
        stored = await change(one.body)
        if stored is None:
            raise missing
        if not stored.is_new:
            result.status = "repeated"
    except Unavailable:
        raise
    except Problem as problem:
        result.status = "conflict" if isinstance(problem, Differs) else "invalid"
        result.problem = problem.document()
    return result
