"""GET /referrals/{reference}/change: what changed, and by which rule that is said."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter

from services.measures import queries
from services.measures.api.own import ThisSession
from services.measures.instruments import GOAL_MEASURES, QUESTIONNAIRES
from services.measures.rules.change import Period, goals_change, instrument_change
from services.measures.schemas import KeptAssessment, KeptGoal, ReferralChange
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
    organisation = session.organisation
    referral = session.identity.entity_id(organisation, "referral", reference)
    found = {
        topic: await queries.kept_of_referral(
            session.database, topic, organisation, referral
        )
        for topic in (ASSESSMENTS, GOALS)
    }
    assessments = [KeptAssessment.model_validate_json(k) for k in found[ASSESSMENTS]]
    goals = [KeptGoal.model_validate_json(kept) for kept in found[GOALS]]
    if not assessments and not goals:
        raise NotFound("You have no assessment or goal of this referral.")
    period = Period(received_on, until)
    by_instrument = {
        code: [kept for kept in assessments if kept.recorded.instrument == code]
        for code in QUESTIONNAIRES
    }
    return ReferralChange(
        referral=reference,
        referral_id=referral,
        received_on=received_on,
        until=until,
        instruments=[
            instrument_change(QUESTIONNAIRES[code], mine, period)
            for code, mine in by_instrument.items()
            if mine
        ],
        goals=goals_change(GOAL_MEASURES["gbo"], goals, period) if goals else None,
    )
