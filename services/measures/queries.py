"""Writes and reads of measures' records, each named by what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
from pydantic_core import to_json

from services.measures.instruments import Instruments
from services.measures.rules.assessments import judged, kept_values, state_values
from services.measures.rules.goals import goal_state
from services.measures.schemas import AssessmentIn, KeptAssessment, KeptGoal
from shared import records
from shared.audit.reading import Reading, read_where
from shared.database import Database
from shared.erasure.erasing import Doomed
from shared.events import ASSESSMENTS, GOALS
from shared.identity import Identity
from shared.records import Change, Entry, Stored, Writing, next_sequence

RESCORING = "rescore"
_write = AssessmentIn.__pydantic_serializer__.to_json
AHEAD = to_json(
    {
        name: field.get_default(call_default_factory=True)
        for name, field in KeptAssessment.model_fields.items()
        if not field.is_required()
    }
)[1:]


def today() -> date:
    """Return the day it is, in UTC."""
    return datetime.now(UTC).date()


def assessment_entry(
    kept: KeptAssessment,
    organisation: str,
    identity: Identity,
    instruments: Instruments,
) -> Entry:
    """Return a new assessment as it is stored, scored.

    Raises:
        InvalidContent: 422, it cannot be scored, or was completed in the future.
    """
    now = datetime.now(UTC)
    state = kept_values(kept, organisation, identity, instruments, now)
    reference = kept.recorded.reference
    written = to_json(state).decode()
    kept_json = kept.model_dump_json()
    return Entry(state["id"], reference, kept_json, written, state["referral"])


def new_assessment(
    body: AssessmentIn,
    organisation: str,
    identity: Identity,
    instruments: Instruments,
) -> Entry:
    """Return a body as the record it becomes, scored.

    It is `assessment_entry` of it (a test holds them equal), with less work.

    Raises:
        InvalidContent: 422, it cannot be scored, or was completed in the future.
    """
    now = datetime.now(UTC)
    result = judged(body, instruments, now.date())
    state = state_values(body, result, organisation, identity, now)
    written = b'{"recorded":' + _write(body) + b"," + AHEAD
    return Entry(
        state["id"],
        body.reference,
        written.decode(),
        to_json(state).decode(),
        state["referral"],
    )


def assessment_change(
    happening: str,
    kept: KeptAssessment,
    organisation: str,
    identity: Identity,
    instruments: Instruments,
) -> Change:
    """Return an assessment as it is stored after `happening`, scored anew."""
    entry = assessment_entry(kept, organisation, identity, instruments)
    return Change(happening, entry.kept, entry.state)


def goal_entry(kept: KeptGoal, organisation: str, identity: Identity) -> Entry:
    """Return a new goal as it is stored."""
    state = goal_state(kept, organisation, identity, datetime.now(UTC))
    reference = kept.goal.reference
    written = state.model_dump_json()
    return Entry(state.id, reference, kept.model_dump_json(), written, state.referral)


def goal_change(
    happening: str, kept: KeptGoal, organisation: str, identity: Identity
) -> Change:
    """Return a goal as it is stored after `happening`."""
    entry = goal_entry(kept, organisation, identity)
    return Change(happening, entry.kept, entry.state)


async def store_assessments(
    database: Database, writing: Writing, entries: Sequence[Entry]
) -> dict[UUID, Stored]:
    """Store assessments, their outbox and audit rows in one statement, by id."""
    return await records.store(database, writing, "recorded", entries)


async def store_goal(database: Database, writing: Writing, entry: Entry) -> Stored:
    """Store a goal, its outbox and audit rows in one statement."""
    return (await records.store(database, writing, "set", [entry]))[entry.id]


async def assessments_of(
    database: Database, reading: Reading, *referrals: UUID
) -> list[KeptAssessment]:
    """Return the reader's own assessments of referrals, by reference."""
    kept = await _kept_of(database, reading, referrals)
    return [KeptAssessment.model_validate_json(one) for one in kept]


async def goals_of(
    database: Database, reading: Reading, *referrals: UUID
) -> list[KeptGoal]:
    """Return the reader's own goals of referrals, by reference."""
    kept = await _kept_of(database, reading, referrals)
    return [KeptGoal.model_validate_json(one) for one in kept]


async def known_referrals(
    database: Database, organisation: str, referrals: Sequence[UUID]
) -> set[UUID]:
    """Return those referrals of which the organisation has an assessment or a goal."""
    rows = await database.fetch(
        """select state ->> 'referral' as referral from assessment
        where organisation = $1 and state ->> 'referral' = any($2)
        union select state ->> 'referral' from goal
        where organisation = $1 and state ->> 'referral' = any($2)""",
        organisation,
        [str(referral) for referral in referrals],
    )
    return {UUID(row["referral"]) for row in rows}


async def _kept_of(
    database: Database, reading: Reading, referrals: Sequence[UUID]
) -> list[str]:
    clause = "organisation = $1 and state ->> 'referral' = any($5::text[])"
    of = [str(referral) for referral in referrals]
    rows = await read_where(database, reading, clause, of)
    return [stored.kept or "" for _, stored in rows]


async def ids_of(database: Database, referral: str) -> list[UUID]:
    """Return the ids of a referral's assessments and goals."""
    rows = await database.fetch(
        """select id from assessment where state ->> 'referral' = $1
        union all select id from goal where state ->> 'referral' = $1""",
        referral,
    )
    return [row["id"] for row in rows]


def doomed(referrals: Sequence[UUID], organisation: str) -> list[Doomed]:
    """Say which records are erased with an organisation's referrals."""
    clause = "organisation = $6 and state ->> 'referral' = any($7::text[])"
    values = (organisation, [str(referral) for referral in referrals])
    return [Doomed(ASSESSMENTS, clause, values), Doomed(GOALS, clause, values)]


CORRECT_MANY = """
with changed as (
  update assessment t set sequence = greatest($6, t.sequence + 1), kept = s.kept,
    state = s.state
  from unnest($1::uuid[], $2::bigint[], $3::json[], $4::json[])
    as s(id, sequence, kept, state)
  where t.id = s.id and t.sequence = s.sequence
  returning t.id, t.organisation, t.sequence, t.state
), announced as (
  insert into outbox (topic, key, sequence, type, organisation, state)
  select $5, id, sequence, $7, organisation, state from changed order by id
), audited as (
  insert into audit (organisation, subject, type, record, sequence)
  select organisation, $8, $7, id, sequence from changed
)
select count(*) from changed
"""


async def correct_assessments(
    connection: asyncpg.Connection, changes: Sequence[tuple[Stored, Change]]
) -> int:
    """Change assessments of many organisations in one statement; return how many.

    A record that somebody else changed since it was read is left as it is.
    """
    count: int = await connection.fetchval(
        CORRECT_MANY,
        [stored.id for stored, _ in changes],
        [stored.sequence for stored, _ in changes],
        [change.kept for _, change in changes],
        [change.state for _, change in changes],
        ASSESSMENTS.name,
        next_sequence(),
        ASSESSMENTS.event_type("corrected"),
        RESCORING,
    )
    return count
