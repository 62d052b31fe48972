"""Writes and reads of learning labs, each named by what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg

from services.stories.schemas import Kept
from services.stories.schemas.labs import Lab
from shared.access import Caller
from shared.audit.reading import type_of
from shared.database import Database
from shared.problems import Unavailable
from shared.records import LOST_RACES, RETRIES, Stored, next_sequence

# Locked, so that an erasure comes before, and is seen, or after, and sees the lab.
SEEN = """
seen as (
  select u.place, s.id from unnest($7::uuid[]) with ordinality u(id, place)
  join story s on s.id = u.id
  where s.organisation = $2 for share of s
)
"""
AUDITED = """
audited as (
  insert into audit (organisation, subject, type, record, sequence)
  select $2, $3, $4, id, sequence from written
)
select id from written
"""
STORE = f"""
with {SEEN}, written as (
  insert into lab (id, organisation, reference, sequence, kept, stories)
  values ($1, $2, $8, $5, $6, array(select id from seen order by place))
  on conflict (id) do nothing returning id, sequence
), {AUDITED}
"""
CHANGE = f"""
with {SEEN}, written as (
  update lab set sequence = $5, kept = $6,
    stories = array(select id from seen order by place)
  where id = $1 and organisation = $2 and sequence = $8 returning id, sequence
), {AUDITED}
"""
# What was erased is not shown, even before it is taken out.
READ = """
select l.id, l.reference, l.sequence, l.kept, t.ids, t.told
from lab l cross join lateral (
  select coalesce(array_agg(s.id order by u.place), '{}') as ids,
    coalesce(array_agg(s.reference order by u.place), '{}') as told
  from unnest(l.stories) with ordinality u(id, place)
  join story s on s.id = u.id and s.kept is not null
) t
where l.organisation = $1
"""
ONE = f"{READ} and l.id = $2"
BY_REFERENCE = f"{READ} and l.reference > $2 order by l.reference limit $3"
NEWEST = f"{READ} order by l.kept -> 'about' ->> 'held_on' desc, l.reference limit $2"
FOLLOW_UP = """
select l.id, l.reference as lab, l.kept -> 'about' ->> 'title' as title,
  t.agreed ->> 'reference' as reference, t.agreed ->> 'who' as who,
  t.agreed ->> 'what' as what, (t.agreed ->> 'until')::date as until
from lab l cross join lateral (
  select value -> 'agreed' as agreed from json_each(l.kept -> 'trials')
  where value ->> 'outcome' is null
) t
where l.organisation = $1 order by until, l.reference, t.agreed ->> 'reference' limit $2
"""
TAKE_OUT_ERASED = """
update lab l set sequence = l.sequence + 1, stories = array(
  select u.id from unnest(l.stories) with ordinality u(id, place)
  join story s on s.id = u.id and s.kept is not null order by u.place
)
where l.organisation = $1 and exists (
  select from story s where s.id = any(l.stories) and s.kept is null
)
"""


@dataclass(frozen=True, slots=True)
class StoredLab:
    """A lab as it stands.

    Attributes:
        told: The references of its stories.
        is_new: Whether it was changed just now.
    """

    stored: Stored
    reference: str
    lab: Lab
    told: list[str]
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class LabStep:
    """What happens to a lab: what the audit calls it, the rule, and what must hold."""

    happening: str
    rule: Callable[[Lab], Lab | None]
    check: Callable[[Stored, Lab], None] = lambda *_: None

    @property
    def noted(self) -> str:
        """Return what the audit calls it."""
        return type_of("lab", self.happening)


async def store_lab(
    database: Database, caller: Caller, lab_id: UUID, reference: str, lab: Lab
) -> StoredLab:
    """Return a lab, stored with its audit row in one statement, or as it stands."""
    who = caller.organisation, caller.subject, type_of("lab", "planned")
    what = next_sequence(), kept_of(lab), lab.stories
    is_new = await _written(database, STORE, lab_id, *who, *what, reference)
    [row] = await database.fetch(ONE, caller.organisation, lab_id)
    return replace(_stored_lab(row), is_new=is_new)


async def change_lab(
    database: Database, caller: Caller, lab_id: UUID, step: LabStep
) -> StoredLab | None:
    """Change a lab by a rule; None if the caller's organisation has no such lab.

    Lost races are read and tried again.
    """
    who = caller.organisation, caller.subject, step.noted
    for _ in range(RETRIES):
        found = await find_lab(database, caller.organisation, lab_id)
        after = step.rule(found.lab) if found else None
        if found is None or after is None:
            return found
        # What is so already may be told again, of whatever version.
        step.check(found.stored, found.lab)
        before = found.stored.sequence
        what = next_sequence(before), kept_of(after), after.stories
        if await _written(database, CHANGE, lab_id, *who, *what, before):
            changed = await find_lab(database, caller.organisation, lab_id)
            return replace(changed, is_new=True) if changed else None
    raise Unavailable("Too many writers of the same lab. Nothing was stored.")


def kept_of(lab: Lab) -> str:
    """Return a lab as it is kept; its stories are in a column of their own."""
    return lab.model_dump_json(exclude={"stories"})


async def _written(database: Database, statement: str, *values: object) -> bool:
    for _ in range(RETRIES):
        try:
            return await database.fetchrow(statement, *values) is not None
        except LOST_RACES:
            continue
    raise Unavailable("Too many writers of the same stories. Nothing was stored.")


def _stored_lab(row: asyncpg.Record) -> StoredLab:
    lab = Lab.model_validate_json(row["kept"])
    return StoredLab(
        Stored(row["id"], row["sequence"], False, row["kept"], None),
        row["reference"],
        lab.model_copy(update={"stories": row["ids"]}),
        row["told"],
    )


async def find_lab(
    database: Database, organisation: str, lab_id: UUID
) -> StoredLab | None:
    """Return one of an organisation's labs as it stands, or None."""
    row = await database.fetchrow(ONE, organisation, lab_id)
    return _stored_lab(row) if row else None


async def labs_after(
    database: Database, organisation: str, after: str, limit: int
) -> list[StoredLab]:
    """Return one page of an organisation's labs, in order of reference."""
    rows = await database.fetch(BY_REFERENCE, organisation, after, limit)
    return [_stored_lab(row) for row in rows]


async def newest_labs(
    database: Database, organisation: str, limit: int
) -> list[StoredLab]:
    """Return an organisation's labs, the last held first."""
    rows = await database.fetch(NEWEST, organisation, limit)
    return [_stored_lab(row) for row in rows]


async def open_trials(
    database: Database, organisation: str, limit: int
) -> list[asyncpg.Record]:
    """Return trials without an outcome: one row each, the first to end first."""
    return await database.fetch(FOLLOW_UP, organisation, limit)


async def stories_there(
    database: Database, organisation: str, stories: Sequence[UUID]
) -> dict[UUID, bool]:
    """Return which stories an organisation has or had: True, or False if erased."""
    rows = await database.fetch(
        """select id, kept is not null as is_there from story
        where id = any($2) and (organisation = $1 or erased_at is not null)""",
        organisation,
        stories,
    )
    return {row["id"]: row["is_there"] for row in rows}


async def stories_looked_at(
    database: Database, organisation: str, stories: Sequence[UUID]
) -> list[tuple[UUID, int, Kept]]:
    """Return a lab's stories with their versions, in its order, but those erased."""
    rows = await database.fetch(
        """select s.id, s.sequence, s.kept
        from unnest($2::uuid[]) with ordinality u(id, place)
        join story s on s.id = u.id
        where s.organisation = $1 and s.kept is not null order by u.place""",
        organisation,
        stories,
    )
    return [
        (row["id"], row["sequence"], Kept.model_validate_json(row["kept"]))
        for row in rows
    ]


async def take_out_erased(database: Database, organisation: str) -> None:
    """Take the ids of erased stories out of an organisation's labs."""
    await database.fetch(TAKE_OUT_ERASED, organisation)
