"""What happens to an assessment: recorded and scored, corrected, withdrawn."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.measures.instruments import INSTRUMENTS, QUESTIONNAIRES
from services.measures.instruments.scoring import InvalidResponses, Scored, score
from services.measures.problems import invalid_at
from services.measures.schemas import AssessmentIn, KeptAssessment, WithdrawalIn
from shared.events import AssessmentState
from shared.identity import Identity

CLOCK_LEEWAY = timedelta(days=1)


def check_not_ahead(day: date | None, today: date, pointer: str) -> None:
    """Refuse a day that has not come yet; clocks may differ by a day.

    Raises:
        InvalidContent: 422, it is later than tomorrow.
    """
    if day is not None and day > today + CLOCK_LEEWAY:
        raise invalid_at(pointer, "this day has not come yet")


def scored(body: AssessmentIn) -> Scored:
    """Score an assessment by its instrument.

    Raises:
        InvalidContent: 422, there is no such questionnaire, or an answer is invalid.
    """
    instrument = QUESTIONNAIRES.get(body.instrument)
    if instrument is None:
        if body.instrument in INSTRUMENTS:
            detail = "goals are not an assessment: POST them to /goals"
            raise invalid_at("/instrument", detail)
        known = ", ".join(QUESTIONNAIRES)
        raise invalid_at("/instrument", f"not an instrument here; there are: {known}")
    try:
        return score(instrument, body.responses)
    except InvalidResponses as fault:
        pointer = f"/responses{fault.pointer}"
        detail = f"{fault.detail} ({fault.reason})"
        raise invalid_at(pointer, detail) from fault


def corrected(kept: KeptAssessment, right: AssessmentIn) -> KeptAssessment | None:
    """Return the assessment with what should have been sent, or None if it was."""
    if kept.recorded == right:
        return None
    return kept.model_copy(update={"recorded": right})


def withdrawn(
    kept: KeptAssessment, withdrawal: WithdrawalIn, today: date
) -> KeptAssessment | None:
    """Return the withdrawn assessment, or None if it is withdrawn just so."""
    check_not_ahead(withdrawal.withdrawn_on, today, "/withdrawn_on")
    if kept.withdrawal == withdrawal:
        return None
    return kept.model_copy(update={"withdrawal": withdrawal})


def assessment_state(
    kept: KeptAssessment, organisation: str, identity: Identity, recorded_at: datetime
) -> AssessmentState:
    """Derive what is published from what is kept: scores are computed anew.

    Raises:
        InvalidContent: 422, it cannot be scored, or was completed in the future.
    """
    sent = kept.recorded
    check_not_ahead(sent.completed_on, recorded_at.date(), "/completed_on")
    result = scored(sent)
    instrument = QUESTIONNAIRES[sent.instrument]
    return AssessmentState(
        id=identity.entity_id(organisation, "assessment", sent.reference),
        organisation=organisation,
        recorded_at=recorded_at,
        referral=identity.entity_id(organisation, "referral", sent.referral),
        instrument=instrument.code,
        instrument_version=instrument.version,
        completed_on=sent.completed_on,
        completed_by=sent.completed_by,
        mode=sent.mode,
        items=result.items,
        status=result.status,
        scores=result.scores,
        scoring_version=instrument.scoring_version,
        snomed_code=instrument.snomed.codes[0],
        is_withdrawn=kept.withdrawal is not None,
    )
