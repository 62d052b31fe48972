"""POST, GET and PUT /assessments: record, read, correct and withdraw."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import TypeAdapter

from services.measures import queries
from services.measures.api.own import (
    After,
    Limit,
    Session,
    ThisOwn,
    ThisSession,
)
from services.measures.problems import AssessmentDiffers
from services.measures.rules import assessments as rules
from services.measures.schemas import (
    AssessmentDetail,
    AssessmentIn,
    AssessmentOut,
    AssessmentPage,
    KeptAssessment,
    WithdrawalIn,
)
from shared import batches
from shared.audit.reading import read_after
from shared.batches import BatchOut, parse_batch
from shared.bodies import differences
from shared.events import ASSESSMENTS, AssessmentState, ScoreValue
from shared.problems import (
    Erased,
    InvalidContent,
    NotAllowed,
    NotFound,
    NoToken,
    NoVersionNamed,
    Stale,
    TooManyAtOnce,
    documented,
)
from shared.records import Change, Entry, Stored, version_check

router = APIRouter(prefix="/assessments", tags=["assessments"])
ASSESSMENTS_IN = TypeAdapter(list[AssessmentIn])


def entry_of(body: AssessmentIn, session: Session) -> Entry:
    """Return a body as the record it becomes, scored.

    Raises:
        InvalidContent: 422, it cannot be scored, or was completed in the future.
    """
    return queries.new_assessment(
        body, session.organisation, session.identity, session.instruments
    )


def differs(stored: Stored, entry: Entry) -> AssessmentDiffers | None:
    """Say in which fields a stored assessment differs from what was sent, if any."""
    sent = KeptAssessment.model_validate_json(entry.kept).recorded
    known = KeptAssessment.model_validate_json(stored.kept or "").recorded
    fields = differences(known.model_dump_json(), sent.model_dump_json())
    if not fields:
        return None
    return AssessmentDiffers(
        f"Stored with another value of {', '.join(fields)}. To correct it, PUT the"
        " assessment with If-Match."
    )


def out(stored: Stored, reference: str, entry: Entry | None = None) -> AssessmentOut:
    """Answer where an assessment stands; `entry` is what a new one was stored as."""
    state = AssessmentState.model_validate_json(
        stored.state or (entry.state if entry else "")
    )
    scores: dict[str, ScoreValue | list[int | None]] = {
        "status": state.status,
        **state.scores,
    }
    kept = KeptAssessment.model_validate_json(
        stored.kept or (entry.kept if entry else "")
    )
    if "choices" in kept.recorded.responses:
        scores["items"] = state.items
    return AssessmentOut(
        assessment_id=stored.id,
        reference=reference,
        organisation=state.organisation,
        sequence=stored.sequence,
        status=state.status,
        scores=scores,
        scoring_version=state.scoring_version,
        is_withdrawn=state.is_withdrawn,
        codes=state.codes,
    )


def detail(stored: Stored, reference: str) -> AssessmentDetail:
    """Answer with all that the owner sent."""
    kept = KeptAssessment.model_validate_json(stored.kept or "")
    return AssessmentDetail(
        **dict(out(stored, reference)),
        recorded=kept.recorded,
        withdrawal=kept.withdrawal,
        coding=kept.coding,
        earlier=kept.earlier,
    )


@router.post(
    "",
    status_code=201,
    responses=documented(
        InvalidContent, AssessmentDiffers, Erased, NoToken, NotAllowed
    ),
)
async def record_assessment(
    body: AssessmentIn, session: ThisSession, response: Response
) -> AssessmentOut:
    """Score and store an assessment and announce it as `assessment.recorded`.

    Too many missing items are stored without a total (`not_scorable`); an invalid
    answer is refused. The same reference with the same content answers 200.

    Raises:
        AssessmentDiffers: 409, this reference is stored with other content.
        Erased: 410, what it stood for was erased.
    """
    entry = entry_of(body, session)
    writing = session.writing(ASSESSMENTS)
    stored = (await queries.store_assessments(session.database, writing, [entry]))[
        entry.id
    ]
    stored.refuse_erased()
    if not stored.is_new:
        problem = differs(stored, entry)
        if problem:
            raise problem
        response.status_code = 200
    response.headers["Location"] = f"/assessments/{body.reference}"
    response.headers["ETag"] = f'"{stored.sequence}"'
    return out(stored, body.reference, entry)


@router.post(
    "/batch",
    openapi_extra=batches.batch_body(AssessmentIn),
    responses=documented(InvalidContent, TooManyAtOnce, NoToken, NotAllowed),
)
async def record_assessments(
    session: ThisSession, request: Request, dry_run: bool = False
) -> BatchOut:
    """Store up to 1,000 assessments in one statement; each is answered on its own.

    With `dry_run=true` everything is checked and nothing is stored.
    """
    parsed = await parse_batch(request, ASSESSMENTS_IN)

    async def write(entries: list[Entry]) -> dict[UUID, Stored]:
        if dry_run:
            return {}
        writing = session.writing(ASSESSMENTS)
        return await queries.store_assessments(session.database, writing, entries)

    return await batches.answer_batch(
        parsed, lambda body: entry_of(body, session), write, differs
    )


@router.get("", responses=documented(InvalidContent, NoToken, NotAllowed))
async def list_assessments(
    session: ThisSession, after: After = "", limit: Limit = 100
) -> AssessmentPage:
    """List the caller's own assessments, in order of reference."""
    reading = session.reading(ASSESSMENTS)
    rows = await read_after(session.database, reading, after, limit)
    return AssessmentPage(
        assessments=[detail(stored, reference) for reference, stored in rows],
        next=rows[-1][0] if len(rows) == limit else None,
    )


@router.get("/{reference}", responses=documented(NotFound, NoToken, NotAllowed))
async def read_assessment(own: ThisOwn) -> AssessmentDetail:
    """Read one of the caller's own assessments."""
    return detail(await own.read(ASSESSMENTS), own.reference)


@router.put(
    "/{reference}",
    responses=documented(
        InvalidContent, NotFound, Stale, NoVersionNamed, NoToken, NotAllowed
    ),
)
async def correct_assessment(
    body: AssessmentIn,
    own: ThisOwn,
    if_match: Annotated[str | None, Header()] = None,
) -> AssessmentOut:
    """Correct an assessment and score it anew; `If-Match` carries the ETag read.

    Raises:
        NoVersionNamed: 428, `If-Match` is absent.
        Stale: 412, the assessment changed since.
    """
    if body.reference != own.reference:
        raise InvalidContent("The reference in the body is not the one in the address.")
    check = version_check(if_match)

    def rule(stored: Stored) -> Change | None:
        check(stored)
        kept = KeptAssessment.model_validate_json(stored.kept or "")
        return changed(
            "corrected",
            rules.corrected(kept, body, own.session.instruments),
            own.session,
        )

    return out(await own.change(ASSESSMENTS, rule), own.reference)


@router.put(
    "/{reference}/withdrawal",
    responses=documented(InvalidContent, NotFound, NoToken, NotAllowed),
)
async def withdraw_assessment(body: WithdrawalIn, own: ThisOwn) -> AssessmentOut:
    """Withdraw an assessment: it stays stored and no longer counts."""

    def rule(stored: Stored) -> Change | None:
        kept = KeptAssessment.model_validate_json(stored.kept or "")
        after = rules.withdrawn(kept, body, queries.today())
        return changed("withdrawn", after, own.session)

    return out(await own.change(ASSESSMENTS, rule), own.reference)


def changed(
    happening: str, after: KeptAssessment | None, session: Session
) -> Change | None:
    """Return an assessment's change, or None where nothing changed."""
    if after is None:
        return None
    return queries.assessment_change(
        happening, after, session.organisation, session.identity, session.instruments
    )
