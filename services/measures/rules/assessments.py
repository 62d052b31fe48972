"""What happens to an assessment: recorded and scored, corrected, withdrawn."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from services.measures.instruments import Instruments
from services.measures.instruments.answers import InvalidResponses
from services.measures.instruments.definition import OpenQuestion, Questionnaire
from services.measures.instruments.scoring import Scored, score, scored_if_possible
from services.measures.problems import invalid_at
from services.measures.schemas import (
    AssessmentIn,
    CodingIn,
    EarlierScore,
    KeptAssessment,
    WithdrawalIn,
)
from shared.events import UNKNOWN, AssessmentState
from shared.identity import Identity

CLOCK_LEEWAY = timedelta(days=1)
# How an instrument is answered; another code could be somebody's word and stays home.
MODES = frozenset(
    {
        None,
        "in_person",
        "home_visit",
        "walk_and_talk",
        "phone",
        "video",
        "online",
        "post",
    }
)


def check_not_ahead(day: date | None, today: date, pointer: str) -> None:
    """Refuse a day that has not come yet; clocks may differ by a day.

    Raises:
        InvalidContent: 422, it is later than tomorrow.
    """
    if day is not None and day > today + CLOCK_LEEWAY:
        raise invalid_at(pointer, "this day has not come yet")


def instrument_of(
    body: AssessmentIn, instruments: Instruments
) -> Questionnaire | OpenQuestion:
    """Return what an assessment is of.

    Raises:
        InvalidContent: 422, there is no such instrument, or it is one of goals.
    """
    instrument = instruments.answered.get(body.instrument)
    if instrument is not None:
        return instrument
    if body.instrument in instruments.goal_measures:
        detail = "goals are not an assessment: POST them to /goals"
        raise invalid_at("/instrument", detail)
    known = ", ".join(instruments.answered)
    raise invalid_at("/instrument", f"not an instrument here; there are: {known}")


def scored(body: AssessmentIn, instrument: Questionnaire | OpenQuestion) -> Scored:
    """Score an assessment by its instrument.

    Raises:
        InvalidContent: 422, an answer is invalid.
    """
    try:
        return score(instrument, body.responses)
    except InvalidResponses as fault:
        pointer = f"/responses{fault.pointer}"
        detail = f"{fault.detail} ({fault.reason})"
        raise invalid_at(pointer, detail) from fault


def corrected(
    kept: KeptAssessment, right: AssessmentIn, instruments: Instruments
) -> KeptAssessment | None:
    """Return the assessment with what should have been sent, or None if it was.

    Codes are of the very words they were given to: other words have none yet.

    Raises:
        InvalidContent: 422, it cannot be scored.
    """
    if kept.recorded == right:
        return None
    scored(right, instrument_of(right, instruments))
    is_same_answer = kept.recorded.responses == right.responses
    coding = kept.coding if is_same_answer else None
    return kept.model_copy(update={"recorded": right, "coding": coding})


def coded(
    kept: KeptAssessment, coding: CodingIn, instruments: Instruments
) -> KeptAssessment | None:
    """Return the answer with its codes, or None if it has just these.

    Raises:
        InvalidContent: 422, only answers to an open question are coded.
    """
    instrument = instrument_of(kept.recorded, instruments)
    if not isinstance(instrument, OpenQuestion):
        raise invalid_at("/codes", "only answers to an open question are coded")
    if kept.coding == coding:
        return None
    return kept.model_copy(update={"coding": coding})


def withdrawn(
    kept: KeptAssessment, withdrawal: WithdrawalIn, today: date
) -> KeptAssessment | None:
    """Return the withdrawn assessment, or None if it is withdrawn just so."""
    check_not_ahead(withdrawal.withdrawn_on, today, "/withdrawn_on")
    if kept.withdrawal == withdrawal:
        return None
    return kept.model_copy(update={"withdrawal": withdrawal})


class Judged(NamedTuple):
    """What an assessment is of, and what came of it."""

    instrument: Questionnaire | OpenQuestion
    result: Scored


def judged(
    sent: AssessmentIn,
    instruments: Instruments,
    today: date,
    *,
    is_withdrawn: bool = False,
) -> Judged:
    """Score an assessment; one that is withdrawn need not be scorable any more.

    Raises:
        InvalidContent: 422, it cannot be scored, or was completed in the future.
    """
    check_not_ahead(sent.completed_on, today, "/completed_on")
    instrument = instrument_of(sent, instruments)
    if is_withdrawn:
        return Judged(instrument, scored_if_possible(instrument, sent.responses))
    return Judged(instrument, scored(sent, instrument))


def state_values(
    sent: AssessmentIn,
    judged: Judged,
    organisation: str,
    identity: Identity,
    recorded_at: datetime,
) -> dict[str, Any]:
    """Return the fields of what is published of a new assessment."""
    instrument, result = judged
    return {
        "id": identity.entity_id(organisation, "assessment", sent.reference),
        "organisation": organisation,
        "recorded_at": recorded_at,
        "referral": identity.entity_id(organisation, "referral", sent.referral),
        "instrument": instrument.code,
        "instrument_version": instrument.version,
        "completed_on": sent.completed_on,
        "completed_by": sent.completed_by,
        "mode": sent.mode if sent.mode in MODES else UNKNOWN,
        "items": result.items,
        "status": result.status,
        "scores": result.scores,
        "scoring_version": instrument.scoring_version,
        "snomed_code": code_of(instrument),
        "is_withdrawn": False,
        "codes": (),
    }


def kept_values(
    kept: KeptAssessment,
    organisation: str,
    identity: Identity,
    instruments: Instruments,
    recorded_at: datetime,
) -> dict[str, Any]:
    """Derive the fields of what is published from what is kept, scored anew.

    Raises:
        InvalidContent: 422, it cannot be scored, or was completed in the future.
    """
    is_withdrawn, today = kept.withdrawal is not None, recorded_at.date()
    result = judged(kept.recorded, instruments, today, is_withdrawn=is_withdrawn)
    values = state_values(kept.recorded, result, organisation, identity, recorded_at)
    codes = kept.coding.codes if kept.coding else ()
    return values | {"is_withdrawn": is_withdrawn, "codes": codes}


def rescored(
    kept: KeptAssessment,
    before: AssessmentState,
    instruments: Instruments,
    recorded_at: datetime,
) -> tuple[KeptAssessment, AssessmentState] | None:
    """Score an assessment by the rules of today; the score it had is kept.

    An answer that today's rules refuse, as when a site took back the key of its
    reversed items, is not scorable any more.

    Returns:
        None where it was scored by these very rules.
    """
    instrument = instruments.answered.get(before.instrument)
    if instrument is None or instrument.scoring_version == before.scoring_version:
        return None
    result = scored_if_possible(instrument, kept.recorded.responses)
    earlier = EarlierScore(
        scoring_version=before.scoring_version,
        status=before.status,
        scores=before.scores,
        until=recorded_at,
    )
    state = before.model_copy(
        update={
            "recorded_at": recorded_at,
            "items": result.items,
            "status": result.status,
            "scores": result.scores,
            "scoring_version": instrument.scoring_version,
            "snomed_code": code_of(instrument),
        }
    )
    return kept.model_copy(update={"earlier": [*kept.earlier, earlier]}), state


def code_of(instrument: Questionnaire | OpenQuestion) -> str | None:
    """Return the SNOMED CT code of the one score, if there is one score with a code."""
    if isinstance(instrument, OpenQuestion) or instrument.snomed is None:
        return None
    return instrument.snomed.codes[0] if instrument.snomed.per == "score" else None
