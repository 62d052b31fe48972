"""Topic to table: one upsert per topic, guarded by `sequence`.

Each marks what its changes make stale, in the same statement.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import asyncpg

from services.aggregation import rules
from shared.consumer import Projections
from shared.delivery import Delivery
from shared.events import (
    ASSESSMENTS,
    GOALS,
    ORGANISATIONS,
    REFERRALS,
    STORIES,
    AssessmentState,
    GoalState,
    OrganisationState,
    ReferralState,
    StoryState,
)


def upsert(table: str, columns: str, types: str, stale: str) -> str:
    """Return the statement that applies states newer than the rows they meet.

    Args:
        table: The projection.
        columns: Its columns after id, sequence and occurred_at.
        types: PostgreSQL types of those, in order.
        stale: SELECT of units made stale, `from changed`.
    """
    names = ["id", "sequence", "occurred_at", *columns.split()]
    kinds = ["uuid", "bigint", "timestamptz", *types.split()]
    values = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(kinds, 1))
    news = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    both = ", ".join(f"old.{name} as old_{name}, new.{name}" for name in names)
    return f"""
    with changed as (
      insert into {table} as t ({", ".join(names)})
      select * from unnest({values})
      on conflict (id) do update set {news} where excluded.sequence > t.sequence
      returning {both}
    )
    insert into stale (unit, occurred_at) {stale}
    """


async def _apply(
    connection: asyncpg.Connection,
    statement: str,
    deliveries: Sequence[Delivery],
    rows: list[tuple[Any, ...]],
) -> None:
    """Run an upsert; an erased entity's row keeps its id and sequence, nothing else."""
    heads = [(d.id, d.sequence, d.occurred_at) for d in deliveries]
    table = [head + row for head, row in zip(heads, rows, strict=True)]
    await connection.execute(statement, *(list(c) for c in zip(*table, strict=True)))


UPSERT_ORGANISATIONS = upsert(
    "organisation",
    "organisation name kind nation place left_on",
    "text text text text text date",
    """
    select u.unit, c.occurred_at
    from (
      select *, coalesce(organisation, old_organisation) as code from changed
    ) c cross join lateral (
      select id as unit from referral r where r.organisation = c.code
      union select g.referral from goal g where g.organisation = c.code
      union select s.unit from story s where s.organisation = c.code
    ) u
    where c.place is distinct from c.old_place and u.unit is not null
    """,
)


async def project_organisations(
    connection: asyncpg.Connection, deliveries: Sequence[Delivery]
) -> None:
    """Bring `organisation` up to date; a new place makes all that is there stale."""
    rows: list[tuple[Any, ...]] = []
    for delivery in deliveries:
        state = delivery.state
        if not isinstance(state, OrganisationState):
            rows.append((None,) * 6)
            continue
        rows.append(
            (
                state.organisation,
                state.name,
                state.kind,
                state.nation,
                state.place,
                state.left_on,
            )
        )
    await _apply(connection, UPSERT_ORGANISATIONS, deliveries, rows)


UPSERT_REFERRALS = upsert(
    "referral",
    "organisation person received_on outcome reason decided_on rule_published"
    " onward_received crisis_on first_contact_on contacts closed_on closure_reason"
    " housing_on was_settled is_settled work_on was_in_work is_in_work "
    + " ".join(rules.BREAKDOWNS),
    "text text date text text date bool bool jsonb date int date text"
    + " date bool bool" * 2
    + " text" * len(rules.BREAKDOWNS),
    "select id, occurred_at from changed",
)


async def project_referrals(
    connection: asyncpg.Connection, deliveries: Sequence[Delivery]
) -> None:
    """Bring `referral` up to date; of a withdrawn one no more stays than of an erased.

    What was sent wrongly counts nowhere; taken back, the whole state comes again.
    """
    rows: list[tuple[Any, ...]] = []
    for delivery in deliveries:
        state = delivery.state
        if not isinstance(state, ReferralState) or state.is_withdrawn:
            rows.append((None,) * (19 + len(rules.BREAKDOWNS)))
            continue
        decision, closure = state.decision, state.closure
        rows.append(
            (
                state.organisation,
                state.person,
                state.received_on,
                decision.outcome if decision else None,
                decision.reason if decision else None,
                decision.decided_on if decision else None,
                decision.rule_published if decision else None,
                decision.onward_received if decision else None,
                rules.crisis_days(state.crisis_contacts),
                state.first_contact_on,
                state.contacts,
                closure.closed_on if closure else None,
                closure.reason if closure else None,
                *rules.standing(state.circumstances, rules.is_settled),
                *rules.standing(state.circumstances, rules.is_in_work),
                *rules.groups_of(state),
            )
        )
    await _apply(connection, UPSERT_REFERRALS, deliveries, rows)


UPSERT_ASSESSMENTS = upsert(
    "assessment",
    "organisation referral instrument completed_on score items scored_by",
    "text uuid text date numeric json text",
    """
    select u.unit, occurred_at from changed
      cross join lateral (select referral union select old_referral) u(unit)
    where u.unit is not null
    """,
)


async def project_assessments(
    connection: asyncpg.Connection, deliveries: Sequence[Delivery]
) -> None:
    """Bring `assessment` up to date; one without a valid score has none."""
    rows: list[tuple[Any, ...]] = []
    for delivery in deliveries:
        state = delivery.state
        if not isinstance(state, AssessmentState):
            rows.append((None,) * 7)
            continue
        rows.append(
            (
                state.organisation,
                state.referral,
                state.instrument,
                state.completed_on,
                rules.valid_score(state),
                rules.valid_items(state),
                rules.scored_by(state),
            )
        )
    await _apply(connection, UPSERT_ASSESSMENTS, deliveries, rows)


UPSERT_GOALS = upsert(
    "goal",
    "organisation referral kind baseline rated_on rating weight",
    "text uuid text int date int int",
    """
    select u.unit, occurred_at from changed
      cross join lateral (select referral union select old_referral) u(unit)
    where u.unit is not null
    """,
)


async def project_goals(
    connection: asyncpg.Connection, deliveries: Sequence[Delivery]
) -> None:
    """Bring `goal` up to date with its latest rating."""
    rows: list[tuple[Any, ...]] = []
    for delivery in deliveries:
        state = delivery.state
        if not isinstance(state, GoalState):
            rows.append((None,) * 7)
            continue
        rating = rules.latest_rating(state)
        rows.append(
            (
                state.organisation,
                state.referral,
                state.kind,
                state.baseline,
                rating.rated_on if rating else None,
                rating.value if rating else None,
                state.weight,
            )
        )
    await _apply(connection, UPSERT_GOALS, deliveries, rows)


UPSERT_STORIES = upsert(
    "story",
    "organisation unit told_on consent moderation moments themes dataref replied_on"
    " changed_on",
    "text uuid date text text jsonb jsonb text date date",
    """
    select u.unit, occurred_at from changed
      cross join lateral (select unit union select old_unit) u(unit)
    where u.unit is not null
    """,
)


async def project_stories(
    connection: asyncpg.Connection, deliveries: Sequence[Delivery]
) -> None:
    """Bring `story` up to date; what consent does not allow is not in the state."""
    rows: list[tuple[Any, ...]] = []
    for delivery in deliveries:
        state = delivery.state
        if not isinstance(state, StoryState):
            rows.append((None,) * 10)
            continue
        rows.append(
            (
                state.organisation,
                state.referral or state.id,
                state.told_on,
                state.consent.level,
                state.moderation,
                json.dumps([moment.model_dump() for moment in state.moments]),
                json.dumps(state.themes),
                state.dataref,
                state.replied_on,
                state.changed_on,
            )
        )
    await _apply(connection, UPSERT_STORIES, deliveries, rows)


PROJECTIONS: Projections = {
    ORGANISATIONS: project_organisations,
    REFERRALS: project_referrals,
    ASSESSMENTS: project_assessments,
    GOALS: project_goals,
    STORIES: project_stories,
}
