"""GET /referrals/{reference}/change: what changed, and by which rule that is said."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from services.measures import queries
from services.measures.api.own import ThisSession
from services.measures.instruments import Instruments
from services.measures.instruments.definition import AttainmentMeasure, GoalMeasure
from services.measures.rules import change as rules
from services.measures.rules.goal_change import (
    attainment_change,
    goals_change,
    without_weight,
)
from services.measures.rules.pairing import Period
from services.measures.schemas import KeptGoal
from services.measures.schemas.change import (
    AttainmentChange,
    GoalsChange,
    ReferralChange,
)
from shared.events import ASSESSMENTS, GOALS
from shared.problems import InvalidContent, NotAllowed, NotFound, NoToken, documented

router = APIRouter(prefix="/referrals", tags=["change"])
Unweighted = Annotated[
    bool,
    Query(description="Let each goal of kind gas weigh the same, as in GAS-light"),
]


@router.get(
    "/{reference}/change",
    responses=documented(InvalidContent, NotFound, NoToken, NotAllowed),
)
async def show_change(
    reference: str,
    session: ThisSession,
    received_on: date | None = None,
    until: date | None = None,
    *,
    unweighted: Unweighted = False,
) -> ReferralChange:
    """Compare first and latest scores and goals of an own referral.

    Every pair says which assessments it was made of, which were left out and why, and
    the thresholds with their sources. When the referral was received is not known to
    this service: say `received_on` to leave out what was completed before.

    Raises:
        NotFound: 404, the caller has no assessment or goal of this referral.
    """
    database = session.database
    referral = session.identity.entity_id(session.organisation, "referral", reference)
    reading = session.reading(ASSESSMENTS)
    assessments = await queries.assessments_of(database, reading, referral)
    goals = await queries.goals_of(database, session.reading(GOALS), referral)
    if not assessments and not goals:
        raise NotFound("You have no assessment or goal of this referral.")
    period = Period(received_on, until)
    compared = rules.compared(session.instruments, assessments, period)
    if unweighted:
        goals = [without_weight(kept) for kept in goals]
    rated, scaled = of_goals(session.instruments, goals, period)
    return ReferralChange(
        referral=reference,
        referral_id=referral,
        received_on=received_on,
        until=until,
        instruments=[rules.told(one) for one in compared],
        counts=rules.counted(compared),
        talking_therapies=rules.together(compared),
        goals=rated,
        gas=scaled,
    )


def of_goals(
    instruments: Instruments, goals: list[KeptGoal], period: Period
) -> tuple[GoalsChange | None, AttainmentChange | None]:
    """Compare the goals of a referral by the measure of their kind."""
    rated: GoalsChange | None = None
    scaled: AttainmentChange | None = None
    for measure in instruments.goal_measures.values():
        if isinstance(measure, GoalMeasure):
            rated = goals_change(measure, goals, period)
        elif isinstance(measure, AttainmentMeasure):
            scaled = attainment_change(measure, goals, period)
    return rated, scaled
