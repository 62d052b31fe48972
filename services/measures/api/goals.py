"""POST, GET and PUT /goals: set, rate, reword, drop and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Response

from services.measures import queries
from services.measures.api.own import (
    After,
    Limit,
    Own,
    ThisOwn,
    ThisSession,
)
from services.measures.problems import GoalDiffers
from services.measures.rules import goals as rules
from services.measures.schemas import (
    DroppingIn,
    GoalDetail,
    GoalIn,
    GoalOut,
    GoalPage,
    KeptGoal,
    RatingIn,
)
from shared.audit.reading import read_after
from shared.bodies import differences
from shared.events import GOALS
from shared.problems import (
    Erased,
    InvalidContent,
    NotAllowed,
    NotFound,
    NoToken,
    NoVersionNamed,
    Stale,
    documented,
)
from shared.records import Change, Entry, Stored, version_check

router = APIRouter(prefix="/goals", tags=["goals"])
RESPONSES = documented(InvalidContent, NotFound, NoToken, NotAllowed)


def out(stored: Stored, reference: str, organisation: str) -> GoalOut:
    """Answer where a goal stands."""
    return GoalOut(
        goal_id=stored.id,
        reference=reference,
        organisation=organisation,
        sequence=stored.sequence,
    )


def detail(stored: Stored, reference: str, organisation: str) -> GoalDetail:
    """Answer with all that the owner sent."""
    kept = KeptGoal.model_validate_json(stored.kept or "")
    return GoalDetail(
        **dict(out(stored, reference, organisation)),
        goal=kept.goal,
        ratings=kept.ratings,
        dropping=kept.dropping,
    )


def differs(stored: Stored, entry: Entry) -> GoalDiffers | None:
    """Say in which fields a stored goal differs from what was sent, if any."""
    sent = KeptGoal.model_validate_json(entry.kept).goal
    known = KeptGoal.model_validate_json(stored.kept or "").goal
    fields = differences(known.model_dump_json(), sent.model_dump_json())
    if not fields:
        return None
    return GoalDiffers(
        f"Stored with another value of {', '.join(fields)}. To correct it, PUT the goal"
        " with If-Match; a rewritten goal needs a reference of its own."
    )


async def change(
    own: Own,
    happening: str,
    rule: Callable[[KeptGoal], KeptGoal | None],
    check: Callable[[Stored], None] = lambda _: None,
) -> GoalOut:
    """Apply `rule` to a goal and answer where it stands."""
    organisation, identity = own.session.organisation, own.session.identity

    def apply(stored: Stored) -> Change | None:
        check(stored)
        after = rule(KeptGoal.model_validate_json(stored.kept or ""))
        if after is None:
            return None
        return queries.goal_change(happening, after, organisation, identity)

    return out(await own.change(GOALS, apply), own.reference, organisation)


@router.post(
    "",
    status_code=201,
    responses=documented(InvalidContent, GoalDiffers, Erased, NoToken, NotAllowed),
)
async def set_goal(body: GoalIn, session: ThisSession, response: Response) -> GoalOut:
    """Store a goal and announce it as `goal.set`, without its words.

    The same reference with the same content answers 200 and changes nothing.

    Raises:
        GoalDiffers: 409, this reference is stored with other content.
        Erased: 410, what it stood for was erased.
    """
    rules.check_goal(body, session.instruments, queries.today())
    kept = KeptGoal(goal=body)
    entry = queries.goal_entry(kept, session.organisation, session.identity)
    stored = await queries.store_goal(session.database, session.writing(GOALS), entry)
    stored.refuse_erased()
    if not stored.is_new:
        problem = differs(stored, entry)
        if problem:
            raise problem
        response.status_code = 200
    response.headers["Location"] = f"/goals/{body.reference}"
    response.headers["ETag"] = f'"{stored.sequence}"'
    return out(stored, body.reference, session.organisation)


@router.get("", responses=documented(InvalidContent, NoToken, NotAllowed))
async def list_goals(
    session: ThisSession, after: After = "", limit: Limit = 100
) -> GoalPage:
    """List the caller's own goals, in order of reference."""
    organisation = session.organisation
    rows = await read_after(session.database, session.reading(GOALS), after, limit)
    return GoalPage(
        goals=[detail(stored, reference, organisation) for reference, stored in rows],
        next=rows[-1][0] if len(rows) == limit else None,
    )


@router.get("/{reference}", responses=documented(NotFound, NoToken, NotAllowed))
async def read_goal(own: ThisOwn) -> GoalDetail:
    """Read one of the caller's own goals, words and all."""
    return detail(await own.read(GOALS), own.reference, own.session.organisation)


@router.post("/{reference}/ratings", status_code=201, responses=RESPONSES)
async def rate_goal(body: RatingIn, own: ThisOwn) -> GoalOut:
    """Say how far the person is: 0 to 10, or -2 to 2 for a goal of kind gas.

    Told again for a day, the later holds.
    """
    today, instruments = queries.today(), own.session.instruments
    return await change(
        own, "rated", lambda kept: rules.rated(kept, body, instruments, today)
    )


@router.put("/{reference}", responses=RESPONSES | documented(Stale, NoVersionNamed))
async def correct_goal(
    body: GoalIn,
    own: ThisOwn,
    if_match: Annotated[str | None, Header()] = None,
) -> GoalOut:
    """Correct a goal; one that was rewritten is a new goal, with its own reference.

    Raises:
        NoVersionNamed: 428, `If-Match` is absent.
        Stale: 412, the goal changed since.
    """
    if body.reference != own.reference:
        raise InvalidContent("The reference in the body is not the one in the address.")
    today, check = queries.today(), version_check(if_match)
    instruments = own.session.instruments
    return await change(
        own,
        "changed",
        lambda kept: rules.changed(kept, body, instruments, today),
        check,
    )


@router.put("/{reference}/dropping", responses=RESPONSES)
async def drop_goal(body: DroppingIn, own: ThisOwn) -> GoalOut:
    """Say that a goal is no longer one; its ratings stay and count."""
    today = queries.today()
    return await change(own, "dropped", lambda kept: rules.dropped(kept, body, today))
