"""GET /referrals/{reference}/change: what changed, and by which rule that is said."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter

from services.measures import queries
from services.measures.api.own import ThisSession
from services.measures.instruments import GOAL_MEASURES
from services.measures.rules.change import Period, goals_change, instrument_changes
from services.measures.schemas import ReferralChange
from shared.events import ASSESSMENTS, GOALS
from shared.problems import InvalidContent, NotAllowed, NotFound, NoToken, documented

router = APIRouter(prefix="/referrals", tags=["change"])


@router.get(
    "/{reference}/change",
    responses=documented(InvalidContent, NotFound, NoToken, NotAllowed),
)
async def show_change(
    reference: str,
    session: ThisSession,
    received_on: date | None = None,
    until: date | None = None,
) -> ReferralChange:
    """Compare first and latest scores and goals of one of the caller's own referrals.

    Every pair says which assessments it was made of, which were left out and why, and
    the thresholds with their sources. When the referral was received is not known to
    this service: say `received_on` to leave out what was completed before.

    Raises:
        NotFound: 404, the caller has no assessment or goal of this referral.
    """
    organisation, database = session.organisation, session.database
    referral = session.identity.entity_id(organisation, "referral", reference)
    assessments = await queries.assessments_of(
        database, session.reading(ASSESSMENTS), referral
    )
    goals = await queries.goals_of(database, session.reading(GOALS), referral)
    if not assessments and not goals:
        raise NotFound("You have no assessment or goal of this referral.")
    period = Period(received_on, until)
    return ReferralChange(
        referral=reference,
        referral_id=referral,
        received_on=received_on,
        until=until,
        instruments=instrument_changes(assessments, period),
        goals=goals_change(GOAL_MEASURES["gbo"], goals, period) if goals else None,
    )
