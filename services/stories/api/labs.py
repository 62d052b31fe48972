"""Learning labs: plan one, add ideas and trials, tell what came of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Header, Request, Response

from services.stories import lab_queries
from services.stories.api.telling import latest_date
from services.stories.lab_queries import LabStep, StoredLab
from services.stories.problems import LabDiffers
from services.stories.rules import labs as rules
from services.stories.schemas.labs import (
    FOLLOW_UP,
    FollowUp,
    Lab,
    LabIn,
    LabOut,
    LabPage,
    ListedLab,
    OpenTrial,
    OutcomeOut,
    TrialOut,
)
from shared.access import Caller, Moderator
from shared.bodies import After, Limit
from shared.database import Database, InDatabase
from shared.identity import Identity
from shared.problems import (
    FieldProblem,
    InvalidContent,
    NotAllowed,
    NotFound,
    NoToken,
    NoVersionNamed,
    Stale,
    documented,
    sentence,
)
from shared.records import version_check

router = APIRouter(prefix="/labs", tags=["labs"])
READING = documented(InvalidContent, NoToken, NotAllowed)
RESPONSES = READING | documented(NotFound)
REPLACING = RESPONSES | documented(Stale, NoVersionNamed)
IfMatch = Annotated[str | None, Header()]


class LabAtHand:
    """One lab, about to be read or changed by a caller of its organisation."""

    def __init__(
        self,
        reference: str,
        database: Database,
        request: Request,
        response: Response,
    ) -> None:
        self.reference = reference
        self._database = database
        self._request = request
        self._response = response

    async def read(self, caller: Caller) -> LabOut:
        """Answer with the lab as it stands.

        Raises:
            NotFound: 404, the caller's organisation has no such lab.
        """
        lab_id = lab_id_of(self.reference, caller, self._request)
        organisation = caller.organisation
        found = await lab_queries.find_lab(self._database, organisation, lab_id)
        return self._answer(found, caller)

    async def change(self, caller: Caller, step: LabStep) -> LabOut:
        """Take a step and answer with the lab; 200 where that changes nothing.

        Raises:
            NotFound: 404, the caller's organisation has no such lab.
        """
        lab_id = lab_id_of(self.reference, caller, self._request)
        found = await lab_queries.change_lab(self._database, caller, lab_id, step)
        if found and not found.is_new:
            self._response.status_code = 200
        return self._answer(found, caller)

    def _answer(self, found: StoredLab | None, caller: Caller) -> LabOut:
        if found is None:
            raise NotFound("Your organisation has no lab of this reference.")
        self._response.headers["ETag"] = f'"{found.stored.sequence}"'
        return lab_out(found, caller)


async def _at_hand(
    reference: str, database: InDatabase, request: Request, response: Response
) -> LabAtHand:
    return LabAtHand(reference, database, request, response)


ThisLab = Annotated[LabAtHand, Depends(_at_hand)]


def lab_id_of(reference: str, caller: Caller, request: Request) -> UUID:
    """Return which lab the caller's own reference names."""
    identity: Identity = request.app.state.identity
    return identity.entity_id(caller.organisation, "lab", reference)


async def lab_of(
    body: LabIn, caller: Caller, database: Database, request: Request
) -> Lab:
    """Return a body as the lab it becomes, without stories that were erased.

    Raises:
        InvalidContent: 422, the caller's organisation never had one of the stories.
    """
    identity: Identity = request.app.state.identity
    stories = [
        identity.entity_id(caller.organisation, "story", one) for one in body.stories
    ]
    known = await lab_queries.stories_there(database, caller.organisation, stories)
    wrong = [
        FieldProblem(pointer=f"/stories/{n}", detail="you have no such story")
        for n, story in enumerate(stories)
        if story not in known
    ]
    if wrong:
        raise InvalidContent(sentence(len(wrong)), wrong)
    there = [story for story in dict.fromkeys(stories) if known[story]]
    return Lab(about=rules.about_of(body), stories=there)


def lab_out(found: StoredLab, caller: Caller) -> LabOut:
    """Answer with a lab as its organisation sees it."""
    lab = found.lab
    return LabOut(
        reference=found.reference,
        organisation=caller.organisation,
        sequence=found.stored.sequence,
        **dict(lab.about),
        stories=found.told,
        ideas=list(lab.ideas.values()),
        trials=[
            TrialOut(
                **dict(one.agreed),
                outcome=OutcomeOut(**dict(one.outcome)) if one.outcome else None,
            )
            for one in lab.trials.values()
        ],
    )


def listed(found: StoredLab) -> ListedLab:
    """Return a lab for a list."""
    lab, trials = found.lab, found.lab.trials.values()
    return ListedLab(
        reference=found.reference,
        title=lab.about.title,
        held_on=lab.about.held_on,
        audience=lab.about.audience,
        stories=len(lab.stories),
        ideas=len(lab.ideas),
        trials=len(lab.trials),
        without_outcome=sum(one.outcome is None for one in trials),
    )


@router.post("", status_code=201, responses=READING | documented(LabDiffers))
async def plan_lab(
    body: LabIn,
    caller: Moderator,
    database: InDatabase,
    request: Request,
    response: Response,
) -> LabOut:
    """Store a lab: what it is about, and the stories and figures that are looked at.

    Nothing of it travels. The same reference with the same content answers 200 and
    changes nothing. A story that was erased is left out.

    Raises:
        LabDiffers: 409, this reference is stored with other content.
        InvalidContent: 422, your organisation has no such story.
    """
    found = await plan(body, caller, database, request)
    if not found.is_new:
        response.status_code = 200
    response.headers["Location"] = f"/labs/{body.reference}"
    response.headers["ETag"] = f'"{found.stored.sequence}"'
    return lab_out(found, caller)


async def plan(
    body: LabIn, caller: Caller, database: Database, request: Request
) -> StoredLab:
    """Store a lab, or return the one that is stored already.

    Raises:
        LabDiffers: 409, this reference is stored with other content.
        InvalidContent: 422, the caller's organisation has no such story.
    """
    lab = await lab_of(body, caller, database, request)
    lab_id = lab_id_of(body.reference, caller, request)
    found = await lab_queries.store_lab(database, caller, lab_id, body.reference, lab)
    # One that is new may already look at less: a story was erased that very moment.
    if not found.is_new:
        rules.refuse_other_lab(found.lab, lab)
    return found


@router.get("", responses=READING)
async def list_labs(
    caller: Moderator, database: InDatabase, after: After = "", limit: Limit = 100
) -> LabPage:
    """List the labs of the caller's organisation, in order of reference."""
    rows = await lab_queries.labs_after(database, caller.organisation, after, limit)
    return LabPage(
        labs=[listed(one) for one in rows],
        next=rows[-1].reference if len(rows) == limit else None,
    )


@router.get(f"/{FOLLOW_UP}", responses=READING)
async def follow_up(
    caller: Moderator, database: InDatabase, limit: Limit = 100
) -> FollowUp:
    """List trials of which nobody said what came of them, the first to end first.

    Over all labs of the caller's organisation; overdue from the day after `until`.
    """
    today = latest_date()
    rows = await lab_queries.open_trials(database, caller.organisation, limit + 1)
    return FollowUp(
        trials=[open_trial(row, today) for row in rows[:limit]],
        is_complete=len(rows) <= limit,
    )


@router.get("/{reference}", responses=RESPONSES)
async def read_lab(caller: Moderator, lab: ThisLab) -> LabOut:
    """Read one of the labs of the caller's organisation."""
    return await lab.read(caller)


@router.put("/{reference}", responses=REPLACING)
async def correct_lab(
    body: LabIn,
    caller: Moderator,
    lab: ThisLab,
    database: InDatabase,
    request: Request,
    if_match: IfMatch = None,
) -> LabOut:
    """Say anew what a lab is about and what is looked at; ideas and trials stay.

    `If-Match` carries the ETag read.

    Raises:
        InvalidContent: 422, your organisation has no such story.
        Stale: 412, the lab changed since.
    """
    if body.reference != lab.reference:
        raise InvalidContent("The reference in the body is not the one in the address.")
    sent = await lab_of(body, caller, database, request)
    return await lab.change(
        caller,
        replacing("changed", lambda known: rules.lab_corrected(known, sent), if_match),
    )


def replacing(
    happening: str, rule: Callable[[Lab], Lab | None], if_match: str | None
) -> LabStep:
    """Return the step of a rule, of the version that `if_match` names.

    Raises:
        NoVersionNamed: 428, it names none.
    """
    check = version_check(if_match)
    return LabStep(happening, rule, lambda stored, _: check(stored))


def open_trial(row: asyncpg.Record, today: date) -> OpenTrial:
    """Return a trial of the follow-up list."""
    fields = {name: row[name] for name in OpenTrial.model_fields if name in row}
    return OpenTrial(**fields, is_overdue=row["until"] < today)
