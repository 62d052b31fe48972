"""What intake keeps of assessments: when each was completed, and whether it counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from shared.consumer import Consumer, Projections
from shared.delivery import Delivery
from shared.events import ASSESSMENTS, AssessmentState, Topic
from shared.settings import ServiceSettings

GROUP = "livingwell-intake"
BATCH = 500

UPSERT_ASSESSMENTS = """
insert into assessment as t
  (id, sequence, referral, instrument, completed_on, counts)
select * from unnest(
  $1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::date[], $6::boolean[])
on conflict (id) do update set
  sequence = excluded.sequence, referral = excluded.referral,
  instrument = excluded.instrument, completed_on = excluded.completed_on,
  counts = excluded.counts
where excluded.sequence > t.sequence
"""


async def project_assessments(
    connection: asyncpg.Connection, deliveries: Sequence[Delivery]
) -> None:
    """Bring `assessment` up to date; of an erased one its id and sequence stay."""
    rows: list[tuple[Any, ...]] = []
    for delivery in deliveries:
        state, head = delivery.state, (delivery.id, delivery.sequence)
        if not isinstance(state, AssessmentState):
            rows.append((*head, None, None, None, None))
            continue
        rows.append(
            (
                *head,
                state.referral,
                state.instrument,
                state.completed_on,
                counts(state),
            )
        )
    columns = (list(column) for column in zip(*rows, strict=True))
    await connection.execute(UPSERT_ASSESSMENTS, *columns)


def counts(state: AssessmentState) -> bool:
    """Say whether an assessment shows how the person is: scored, and not withdrawn."""
    return not state.is_withdrawn and state.status != "not_scorable"


async def empty(connection: asyncpg.Connection, topic: Topic) -> None:
    """Empty the projection; who is due is not told until it is read again."""
    await connection.execute(f"truncate {topic.entity}")


def consumer(settings: ServiceSettings) -> Consumer:
    """Build the consumer; each database of intake has a group, and reads everything."""
    group = "-".join(filter(None, (GROUP, settings.relay_name)))
    return Consumer(settings, group, PROJECTIONS, empty, BATCH)


PROJECTIONS: Projections = {ASSESSMENTS: project_assessments}
