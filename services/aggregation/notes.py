"""Notes that people put beside figures: what happened that a number does not say.

Their words are for readers of figures only: no event, log or metric holds them, and the
audit says who wrote and withdrew one, not what it said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from services.aggregation.schemas import Question
from services.aggregation.trend import name_of
from shared.access import Caller
from shared.audit.reading import type_of
from shared.bodies import In
from shared.database import Database
from shared.identity import Identity, nhs_number_fault
from shared.records import next_sequence

MOST_CHARACTERS = 280
TEN_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){9}(?!\d)")


def plain(text: str) -> str:
    """Return one line of plain text, its spaces made single.

    Raises:
        ValueError: there is nothing to read, or what nobody sees, or somebody's number.
    """
    line = " ".join(text.split())
    if not line or not line.isprintable():
        msg = "a note is plain text that can be read"
        raise ValueError(msg)
    if any(nhs_number_fault(found) is None for found in TEN_DIGITS.findall(line)):
        msg = "a note must not hold an NHS number"
        raise ValueError(msg)
    return line


class NoteIn(In):
    """A note: about one indicator or all, in one scope, for some months.

    Without place and organisation it is about the whole system.
    """

    indicator: str | None = None
    place: str | None = None
    organisation: str | None = None
    first: str = Field(alias="from", description="Month, YYYY-MM")
    last: str = Field(alias="to", description="Month, YYYY-MM")
    text: Annotated[
        str, StringConstraints(max_length=MOST_CHARACTERS), AfterValidator(plain)
    ] = Field(description="Plain words, shown to every reader; never about a person")


class NoteOut(BaseModel):
    """A note with who wrote it and when."""

    id: UUID
    indicator: str | None
    scope: str
    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="to")
    text: str
    organisation: str = Field(description="Whose note it is")
    made_at: datetime
    withdrawn_at: datetime | None = None


class NotePage(BaseModel):
    """Notes, the newest first."""

    notes: list[NoteOut]
    next: int | None = Field(None, description="Value of `after` for the next page")


@dataclass(frozen=True, slots=True)
class Note:
    """A note to store, about months from `first` to `last`."""

    indicator: str | None
    scope: str
    first: date
    last: date
    text: str

    def id_for(self, organisation: str, identity: Identity) -> UUID:
        """Return the id of what an organisation says: the same words are one note."""
        said = [self.indicator, self.scope, str(self.first), str(self.last), self.text]
        return identity.entity_id(organisation, "note", json.dumps(said))


COLUMNS = """
id, sequence, indicator, scope, first, last, text, organisation, made_at, withdrawn_at
"""
AUDIT = """
insert into audit (organisation, subject, type, record, sequence)
select $1, $2, $3, id, sequence from written where is_new
"""
# What was withdrawn and is said again is a new note of the same id.
MAKE = f"""
with written as (
  insert into note as n (id, sequence, organisation, indicator, scope, first, last,
    text, made_at)
  values ($4, $5, $1, $6, $7, $8, $9, $10, now())
  on conflict (id) do update set withdrawn_at = null,
    sequence = case when n.withdrawn_at is null then n.sequence
      else greatest(n.sequence + 1, excluded.sequence) end,
    made_at = case when n.withdrawn_at is null then n.made_at
      else excluded.made_at end
  returning new.*, old.id is null or old.withdrawn_at is not null as is_new
), audited as ({AUDIT})
select is_new, {COLUMNS} from written
"""
WITHDRAW = f"""
with written as (
  update note as n set withdrawn_at = coalesce(n.withdrawn_at, now()),
    sequence = case when n.withdrawn_at is null
      then greatest(n.sequence + 1, $5) else n.sequence end
  where id = $4 and ($6::text is null or organisation = $6)
  returning new.*, old.withdrawn_at is null as is_new
), audited as ({AUDIT})
select {COLUMNS} from written
"""
# A note of the system is beside every figure, one of a place beside those of the place
# and its organisations, and one of an organisation beside its own alone.
_IN_SCOPE = """
withdrawn_at is null and (scope in ('system', $1) or scope in (
  select 'place:' || place from organisation
  where $1 = 'organisation:' || organisation))
"""
BESIDE = f"""
select {COLUMNS} from note
where {_IN_SCOPE} and (indicator is null or indicator = $2)
  and first <= $4 and last >= $3
order by first, sequence
"""
LIST = f"""
select {COLUMNS} from note
where {_IN_SCOPE} and ($2::bigint = 0 or sequence < $2) order by sequence desc limit $3
"""


async def make_note(
    database: Database, note: Note, caller: Caller, identity: Identity
) -> tuple[NoteOut, bool]:
    """Store a note; return it, and whether it is new."""
    [row] = await database.fetch(
        MAKE,
        caller.organisation,
        caller.subject,
        type_of("note", "made"),
        note.id_for(caller.organisation, identity),
        next_sequence(),
        note.indicator,
        note.scope,
        note.first,
        note.last,
        note.text,
    )
    return _out(row), row["is_new"]


async def withdraw_note(
    database: Database, note: UUID, caller: Caller, owner: str | None
) -> NoteOut | None:
    """Withdraw a note, of `owner` only if given; once withdrawn it stays as it is."""
    row = await database.fetchrow(
        WITHDRAW,
        caller.organisation,
        caller.subject,
        type_of("note", "withdrawn"),
        note,
        next_sequence(),
        owner,
    )
    return _out(row) if row else None


async def notes_of(database: Database, scope: str, after: int, limit: int) -> NotePage:
    """Return a page of the notes that stand beside a scope's figures."""
    rows = await database.fetch(LIST, scope, after, limit)
    return NotePage(
        notes=[_out(row) for row in rows],
        next=rows[-1]["sequence"] if len(rows) == limit else None,
    )


async def beside(database: Database, question: Question) -> list[str]:
    """Return the notes beside the figures of a question, with who and when."""
    rows = await database.fetch(
        BESIDE,
        question.scope,
        question.indicator.code,
        question.first,
        question.last,
    )
    return sentences([_out(row) for row in rows])


def sentences(notes: Sequence[NoteOut]) -> list[str]:
    """Return each note as it stands beside a figure."""
    found = []
    for note in notes:
        months = name_of(note.first)
        if note.last != note.first:
            months += f" to {name_of(note.last)}"
        day = f"{note.made_at.day} {note.made_at:%B %Y}"
        found.append(f"{months}: {note.text} (noted by {note.organisation}, {day})")
    return found


def _out(row: asyncpg.Record) -> NoteOut:
    values = {name: row[name] for name in NoteOut.model_fields}
    months = {name: row[name].strftime("%Y-%m") for name in ("first", "last")}
    return NoteOut(**values | months)
