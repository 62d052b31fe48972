"""Deliveries of states, one by one or as a whole random world."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.delivery import Delivery
from shared.events import (
    AssessmentState,
    Consent,
    GoalState,
    Moment,
    OrganisationState,
    Rating,
    ReferralState,
    State,
    StoryState,
)

NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)


def entity(number: int) -> UUID:
    """Return the id of an entity of these tests."""
    return UUID(int=number << 64 | 0x8 << 76 | 0x2 << 62)


def a_delivery(
    state: State | None, sequence: int = 1, identity: UUID | None = None
) -> Delivery:
    """Return a state as it is delivered; without one, an erasure."""
    found = state.id if state else identity
    assert found is not None
    return Delivery(found, sequence, state, NOW + timedelta(seconds=sequence))


def an_organisation(number: int = 1, **changes: Any) -> OrganisationState:  # noqa: ANN401
    """Return the state of a partner."""
    values: dict[str, Any] = {
        "id": entity(9_000 + number),
        "organisation": f"ORG{number}",
        "recorded_at": NOW,
        "name": f"Partner {number}",
        "kind": "vcse",
        "nation": "england",
        "place": "Riverside",
    }
    return OrganisationState(**values | changes)


def a_referral(number: int = 1, **changes: Any) -> ReferralState:  # noqa: ANN401
    """Return the state of a referral that was received in March."""
    values: dict[str, Any] = {
        "id": entity(number),
        "organisation": "ORG1",
        "recorded_at": NOW,
        "person": f"person-{number}",
        "person_key_id": "test-1",
        "received_on": date(2026, 3, 2),
        "source": "B1",
    }
    return ReferralState(**values | changes)


def an_assessment(number: int = 1, **changes: Any) -> AssessmentState:  # noqa: ANN401
    """Return the state of a ReQoL-10 assessment of referral 1."""
    values: dict[str, Any] = {
        "id": entity(1_000 + number),
        "organisation": "ORG1",
        "recorded_at": NOW,
        "referral": entity(1),
        "instrument": "reqol10",
        "instrument_version": "1",
        "completed_on": date(2026, 3, 10),
        "completed_by": "person",
        "items": [],
        "status": "scored",
        "scores": {"total": 19},
        "scoring_version": "1",
    }
    return AssessmentState(**values | changes)


def a_goal(number: int = 1, **changes: Any) -> GoalState:  # noqa: ANN401
    """Return the state of a goal of referral 1."""
    values: dict[str, Any] = {
        "id": entity(2_000 + number),
        "organisation": "ORG1",
        "recorded_at": NOW,
        "referral": entity(1),
        "kind": "gbo",
        "set_on": date(2026, 3, 10),
        "baseline": 2,
        "ratings": [Rating(rated_on=date(2026, 4, 10), value=6)],
    }
    return GoalState(**values | changes)


def a_story(number: int = 1, **changes: Any) -> StoryState:  # noqa: ANN401
    """Return the state of a story that partners may see."""
    values: dict[str, Any] = {
        "id": entity(3_000 + number),
        "organisation": "ORG1",
        "recorded_at": NOW,
        "kind": "story",
        "told_on": date(2026, 4, 20),
        "moments": [
            Moment(kind="magic", step="support"),
            Moment(kind="miserable", step="introduction"),
        ],
        "consent": Consent(level="public", given_on=date(2026, 4, 20)),
        "moderation": "published",
    }
    return StoryState(**values | changes)
