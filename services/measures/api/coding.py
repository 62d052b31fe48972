"""PUT /assessments/{reference}/codes: what an answer in own words was read as."""

from __future__ import annotations

from fastapi import APIRouter

from services.measures.api.assessments import changed, out
from services.measures.api.own import ThisOwn
from services.measures.rules import assessments as rules
from services.measures.schemas import AssessmentOut, CodingIn, KeptAssessment
from shared.events import ASSESSMENTS
from shared.problems import InvalidContent, NotAllowed, NotFound, NoToken, documented
from shared.records import Change, Stored

router = APIRouter(prefix="/assessments", tags=["assessments"])


@router.put(
    "/{reference}/codes",
    responses=documented(InvalidContent, NotFound, NoToken, NotAllowed),
)
async def code_assessment(body: CodingIn, own: ThisOwn) -> AssessmentOut:
    """Give codes to the answer to an open question; they replace those of before.

    The codes are published, the words and who coded them are not. The same again
    changes nothing.
    """

    def rule(stored: Stored) -> Change | None:
        kept = KeptAssessment.model_validate_json(stored.kept or "")
        after = rules.coded(kept, body, own.session.instruments)
        return changed("corrected", after, own.session)

    return out(await own.change(ASSESSMENTS, rule), own.reference)
