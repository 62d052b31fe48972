"""Writes and reads of stories, each named by what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import asyncpg

from services.stories.rules import states
from services.stories.rules.reading import noted_as
from services.stories.rules.states import StoryAddress
from services.stories.rules.tell_form import PAPER, receipt_digits
from services.stories.schemas import Kept
from services.stories.schemas.redaction import Audience
from shared import records
from shared.access import Caller
from shared.audit.reading import type_of
from shared.database import Database
from shared.erasure.erasing import Doomed
from shared.events import STORIES
from shared.links import Scope
from shared.record_statements import Column
from shared.records import Change, Entry, Stored, Writing

MOST_STORIES_SHOWN = 200
# Each state by its index, the longest first: not all that wait, to be sorted.
WAITING = """
select s.id, s.kept from unnest($2::text[]) as asked (state) cross join lateral (
  select id, kept, told_on from story
  where organisation = $1 and moderation = asked.state
  order by told_on, id limit $3
) s
order by s.told_on, s.id limit $3
"""
# Every word of what was told: narrative, moments, recommendations, and its reference.
FOUND = """
select id, kept from story
where organisation = $1 and moderation = any($2)
  and words @@ websearch_to_tsquery('english', $4)
order by told_on desc, id limit $3
"""
# Columns of a new story; a trigger keeps those of a changed one.
FOUND_BY = (
    Column("told_on", "date"),
    Column("referral", "uuid"),
    Column("expires_on", "date"),
    Column("words", "text", "to_tsvector('english', {})"),
)
# The organisation's own reference; or one made where it was told, by its receipt.
NAMED = """
select id, kept from story
where organisation = $1 and kept is not null
  and (reference = any($2) or reference like $3)
order by told_on desc, id limit $4
"""
MOST_NAMED = 20
AUDIENCES = get_args(Audience)
# Why the words were read, where they went into the pack of a learning lab.
IN_A_PACK = "lab_pack"


def writing_stories(caller: Caller, traceparent: str | None = None) -> Writing:
    """Say that `caller` writes stories."""
    return Writing("story", STORIES, caller, traceparent, FOUND_BY)


async def store_stories(
    database: Database, writing: Writing, entries: Sequence[Entry]
) -> dict[UUID, Stored]:
    """Store stories, their outbox and audit rows in one statement, by id."""
    return await records.store(database, writing, "told", entries)


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to a story: the event, the rule, and what must hold before."""

    happening: str
    rule: Callable[[Kept], Kept | None]
    check: Callable[[Stored, Kept], None] = lambda *_: None


async def change_story(
    database: Database, writing: Writing, address: StoryAddress, step: Step
) -> Stored | None:
    """Change a story by a rule; None if the caller has no such story."""

    def apply(stored: Stored) -> Change | None:
        kept = Kept.model_validate_json(stored.kept or "")
        after = step.rule(kept)
        if after is None:
            return None
        # What is so already may be told again, of whatever version.
        step.check(stored, kept)
        state = states.story_state(after, address, datetime.now(UTC))
        return Change(step.happening, after.model_dump_json(), state.model_dump_json())

    return await records.change(database, writing, address.id, apply)


async def story_with_owner(database: Database, story: UUID) -> tuple[str, Kept] | None:
    """Return the organisation that holds a story, and the story, of any owner."""
    row = await database.fetchrow(
        "select organisation, kept from story where id = $1 and kept is not null", story
    )
    return (row["organisation"], Kept.model_validate_json(row["kept"])) if row else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which of an organisation's stories: in these states, and with these words."""

    organisation: str
    states: Sequence[str]
    words: str = ""


async def waiting_stories(
    database: Database, waiting: Waiting, limit: int
) -> list[tuple[UUID, Kept]]:
    """Return stories that wait, the longest first; of a search, the newest first."""
    values = (waiting.organisation, list(waiting.states), limit)
    if waiting.words:
        rows = await database.fetch(FOUND, *values, waiting.words)
    else:
        rows = await database.fetch(WAITING, *values)
    return [(row["id"], Kept.model_validate_json(row["kept"])) for row in rows]


async def stories_named(
    database: Database, organisation: str, sought: str
) -> list[tuple[UUID, Kept]]:
    """Return an organisation's stories of this reference or receipt, in any state."""
    digits = receipt_digits(sought)
    references = [sought, PAPER + digits] if digits else [sought]
    made = f"{digits}-____-____-____-____________" if digits else ""
    rows = await database.fetch(NAMED, organisation, references, made, MOST_NAMED)
    return [(row["id"], Kept.model_validate_json(row["kept"])) for row in rows]


async def stories_by_state(database: Database, organisation: str) -> dict[str, int]:
    """Return how many stories an organisation has in each state of moderation."""
    rows = await database.fetch(
        """select moderation as state, count(*) as count from story
        where organisation = $1 and moderation is not null group by 1""",
        organisation,
    )
    return {row["state"]: row["count"] for row in rows}


async def ids_of(database: Database, referral: UUID) -> list[UUID]:
    """Return the ids of a referral's stories."""
    rows = await database.fetch("select id from story where referral = $1", referral)
    return [row["id"] for row in rows]


def doomed(
    stories: Sequence[UUID], referrals: Sequence[UUID], organisation: str
) -> list[Doomed]:
    """Say which stories are erased: those named, and those of referrals named."""
    clause = """organisation = $6
      and (referral = any($7::uuid[]) or id = any($8::uuid[]))"""
    return [Doomed(STORIES, clause, (organisation, referrals, stories))]


async def stories_in(
    database: Database, organisation: str, scope: Scope
) -> list[tuple[Stored, Kept]]:
    """Return an organisation's stories that a link shows, in the order of the ids."""
    rows = await database.fetch(
        """select id, sequence, false, kept, state from story
        where organisation = $1 and state is not null
          and (id = any($2) or referral = any($3))
        order by id limit $4""",
        organisation,
        scope.records,
        scope.referrals,
        MOST_STORIES_SHOWN,
    )
    return [(Stored(*row), Kept.model_validate_json(row["kept"])) for row in rows]


# Materialised, or the planner would rather walk through the whole audit in order.
RECEIPTS = """
with found as materialized (
  select organisation, type, at, purpose from audit where record = $1
), read as (
  select f.organisation, f.at, f.purpose, coalesce(
    a.audience, case f.organisation when 'public' then 'public' else 'partners' end
  ) as audience
  from found f left join unnest($3::text[], $4::text[]) a(type, audience) using (type)
  where a.type is not null or (f.type = $5 and f.organisation <> $2)
)
select organisation, audience, count(*) as times, max(at) as last_at,
  count(*) filter (where purpose = $6) as in_packs
from read group by organisation, audience order by last_at desc, organisation, audience
"""


async def receipts(database: Database, story: UUID, owner: str) -> list[asyncpg.Record]:
    """Return who read the words of a story: one row per organisation and audience.

    What was noted before the audit told texts from details counts where it cannot be
    anything else: details were never shown to another organisation.
    """
    types = [type_of("story", noted_as(audience)) for audience in AUDIENCES]
    plain = type_of("story", "read")
    audiences = list(AUDIENCES)
    return await database.fetch(
        RECEIPTS, story, owner, types, audiences, plain, IN_A_PACK
    )
