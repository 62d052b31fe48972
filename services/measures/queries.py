"""Writes and reads of measures' records, each named by what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from services.measures.instruments import Instruments
from services.measures.rules.assessments import assessment_state
from services.measures.rules.goals import goal_state
from services.measures.schemas import KeptAssessment, KeptGoal
from shared import records
from shared.database import Database
from shared.events import ASSESSMENTS, GOALS, Topic
from shared.identity import Identity
from shared.records import Change, Entry, Stored, Writing


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
    state = assessment_state(kept, organisation, identity, instruments, now)
    reference = kept.recorded.reference
    return Entry(state.id, reference, kept.model_dump_json(), state.model_dump_json())


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
    return Entry(state.id, reference, kept.model_dump_json(), state.model_dump_json())


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
    database: Database, organisation: str, *referrals: UUID
) -> list[KeptAssessment]:
    """Return an organisation's assessments of referrals, by reference."""
    kept = await _kept_of(database, ASSESSMENTS, organisation, referrals)
    return [KeptAssessment.model_validate_json(one) for one in kept]


async def goals_of(
    database: Database, organisation: str, *referrals: UUID
) -> list[KeptGoal]:
    """Return an organisation's goals of referrals, by reference."""
    kept = await _kept_of(database, GOALS, organisation, referrals)
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
    database: Database, topic: Topic, organisation: str, referrals: Sequence[UUID]
) -> list[str]:
    rows = await database.fetch(
        f"""select kept from {topic.entity}
        where organisation = $1 and state ->> 'referral' = any($2)
        order by reference""",  # noqa: S608 (the table is a constant of the contract)
        organisation,
        [str(referral) for referral in referrals],
    )
    return [row["kept"] for row in rows]
