"""Ideas of a learning lab, who tries what until when, and what came of it."""

from __future__ import annotations

from fastapi import APIRouter

from services.stories.api.labs import (
    REPLACING,
    RESPONSES,
    IfMatch,
    ThisLab,
    replacing,
)
from services.stories.api.telling import latest_date
from services.stories.lab_queries import LabStep
from services.stories.problems import LabPartDiffers
from services.stories.rules import labs as rules
from services.stories.schemas.labs import IdeaIn, Lab, LabOut, OutcomeIn, TrialIn
from shared.access import Moderator
from shared.problems import documented
from shared.records import Stored, version_check

router = APIRouter(prefix="/labs/{reference}", tags=["labs"])
ADDING = RESPONSES | documented(LabPartDiffers)


@router.post("/ideas", status_code=201, responses=ADDING)
async def add_idea(body: IdeaIn, caller: Moderator, lab: ThisLab) -> LabOut:
    """Add an idea; the same again answers 200 and changes nothing.

    Raises:
        LabPartDiffers: 409, this reference is stored with other content.
    """
    step = LabStep("idea-added", lambda known: rules.lab_with_idea(known, body))
    return await lab.change(caller, step)


@router.delete("/ideas/{idea}", responses=REPLACING)
async def take_out_idea(
    idea: str, caller: Moderator, lab: ThisLab, if_match: IfMatch = None
) -> LabOut:
    """Take an idea out; trials of it stay. `If-Match` carries the ETag read."""

    def rule(known: Lab) -> Lab:
        return rules.lab_without_idea(known, idea)

    return await lab.change(caller, replacing("idea-removed", rule, if_match))


@router.post("/trials", status_code=201, responses=ADDING)
async def add_trial(body: TrialIn, caller: Moderator, lab: ThisLab) -> LabOut:
    """Say who tries what until when; the same again answers 200.

    Raises:
        LabPartDiffers: 409, this reference is stored with other content.
        InvalidContent: 422, it ends before the lab was held; or the lab has no such
            idea.
    """
    step = LabStep("trial-added", lambda known: rules.lab_with_trial(known, body))
    return await lab.change(caller, step)


@router.delete("/trials/{trial}", responses=REPLACING)
async def take_out_trial(
    trial: str, caller: Moderator, lab: ThisLab, if_match: IfMatch = None
) -> LabOut:
    """Take a trial out, with what came of it. `If-Match` carries the ETag read."""

    def rule(known: Lab) -> Lab:
        return rules.lab_without_trial(known, trial)

    return await lab.change(caller, replacing("trial-removed", rule, if_match))


@router.put("/trials/{trial}/outcome", responses=REPLACING)
async def tell_outcome(
    trial: str,
    body: OutcomeIn,
    caller: Moderator,
    lab: ThisLab,
    if_match: IfMatch = None,
) -> LabOut:
    """Say what came of a trial. To replace what was said, send `If-Match`.

    Raises:
        NotFound: 404, there is no such lab, or it has no such trial.
        InvalidContent: 422, the day is before the lab was held, or yet to come.
        NoVersionNamed: 428, it would replace another outcome.
    """
    return await lab.change(caller, outcome_step(trial, body, if_match))


def outcome_step(trial: str, outcome: OutcomeIn, if_match: str | None) -> LabStep:
    """Return the step that tells an outcome; only another one needs a version."""
    latest = latest_date()

    def check(stored: Stored, lab: Lab) -> None:
        if if_match is not None or rules.the_trial(lab, trial).outcome is not None:
            version_check(if_match)(stored)

    def rule(lab: Lab) -> Lab | None:
        return rules.lab_with_outcome(lab, trial, outcome, latest)

    return LabStep("outcome-told", rule, check)
