"""GET lists across referrals: turned away, possible duplicates, due."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.intake import registers
from services.intake.api.referrals import today
from services.intake.registers import After, Asked
from services.intake.schemas.registers import (
    DuePage,
    PossibleDuplicatePage,
    TurnedAwayPage,
)
from shared.access import Partner
from shared.audit.reading import Reading, StatedPurpose
from shared.bodies import Limit
from shared.database import InDatabase
from shared.problems import (
    InvalidContent,
    NotAllowed,
    NoToken,
    Unavailable,
    documented,
)

router = APIRouter(tags=["registers"])
RESPONSES = documented(InvalidContent, NoToken, NotAllowed)
DayAndReference = Annotated[
    str,
    Query(
        pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}\.[A-Za-z0-9._~-]{1,64})?$",
        description="`next` of the page before",
    ),
]
Pseudonym = Annotated[
    str, Query(pattern=r"^([0-9a-f]{64})?$", description="`next` of the page before")
]
AfterDays = Annotated[
    int, Query(ge=0, le=3_650, description="How long an assessment holds, in days")
]
Instrument = Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,40}$")]


@router.get("/referrals/turned-away", responses=RESPONSES)
async def list_turned_away(
    caller: Partner,
    database: InDatabase,
    after: DayAndReference = "",
    limit: Limit = 100,
    purpose: StatedPurpose = None,
) -> TurnedAwayPage:
    """List who was turned away: why, by which rule, and where they went instead.

    The latest decision comes first; withdrawn referrals are left out.
    """
    reading = Reading("referral", caller, purpose)
    found = await registers.turned_away(database, reading, After.parse(after), limit)
    last = found[-1] if len(found) == limit else None
    return TurnedAwayPage(
        referrals=found,
        next=After.cursor(last.decided_on, last.reference) if last else None,
    )


@router.get("/referrals/possible-duplicates", responses=RESPONSES)
async def list_possible_duplicates(
    caller: Partner,
    database: InDatabase,
    after: Pseudonym = "",
    limit: Limit = 100,
    purpose: StatedPurpose = None,
) -> PossibleDuplicatePage:
    """List referrals of one person that may be one and the same; nothing is merged.

    They are both open, or were received within 30 days of each other. A page may have
    fewer people than `limit` and still not be the last: `next` says so.
    """
    people, following = await registers.possible_duplicates(
        database, Reading("referral", caller, purpose), after, limit
    )
    return PossibleDuplicatePage(people=people, next=following)


@router.get("/due", responses=RESPONSES | documented(Unavailable))
async def list_due(
    caller: Partner,
    database: InDatabase,
    after: DayAndReference = "",
    limit: Limit = 100,
    after_days: AfterDays = 90,
    instrument: Instrument = None,
    purpose: StatedPurpose = None,
) -> DuePage:
    """List open referrals without an assessment, or whose latest is too long ago.

    The longest overdue comes first, counted from the latest assessment or, without
    one, from the day the referral was received.

    Raises:
        Unavailable: 503, assessments are still being read from the beginning.
    """
    if not await registers.are_assessments_read(database):
        raise Unavailable("Assessments are still being read from the beginning.")
    asked = Asked(today(), after_days, instrument)
    found = await registers.due(
        database, Reading("referral", caller, purpose), asked, After.parse(after), limit
    )
    last = found[-1] if len(found) == limit else None
    since = (last.last_assessed_on or last.received_on) if last else None
    return DuePage(
        as_of=asked.today,
        referrals=found,
        next=After.cursor(since, last.reference) if last and since else None,
    )
