"""Endpoints of aggregation: the catalogue, figures, and the event contract."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import FileResponse

from services.aggregation import queries, rules, view
from services.aggregation.disclosure import Gate
from services.aggregation.indicators import INDICATORS, Indicator
from services.aggregation.problems import BadQuestion, NoSuchIndicator, NotCounted
from services.aggregation.queries import Standing
from services.aggregation.schemas import Catalogue, FiguresOut, IndicatorOut, Question
from shared.access import Caller, MaybeCaller
from shared.contract_files import CONTRACT
from shared.database import Database, InDatabase
from shared.problems import FieldProblem, NotAllowed, NoToken, documented

router = APIRouter(tags=["system view"])
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
MOST_MONTHS = 120
SEES_ALL_ORGANISATIONS = frozenset({"viewer", "platform", "steward"})
SEES_PARTNERS_STORIES = frozenset({"viewer", "moderator", "partner"})


def breakdowns_of(indicator: Indicator) -> list[str]:
    """Return what an indicator can be asked by."""
    return [indicator.only_breakdown] if indicator.only_breakdown else [*rules.GROUPS]


def levels_for(caller: Caller | None) -> list[str]:
    """Return the consent levels at which a caller may see moments."""
    if caller is None or caller.roles.isdisjoint(SEES_PARTNERS_STORIES):
        return ["public"]
    return ["partners", "public"]


def read_month(text: str, name: str) -> date:
    """Read `YYYY-MM`.

    Raises:
        BadQuestion: 422, it is no month.
    """
    found = MONTH.fullmatch(text)
    if not found:
        field = FieldProblem(pointer=f"/{name}", detail="a month is written as YYYY-MM")
        raise BadQuestion("One parameter is not valid.", [field])
    return date(int(found[1]), int(found[2]), 1)


def period(
    first: str | None, last: str | None, standing: Standing
) -> tuple[date, date]:
    """Return the first day of the first and of the last month asked for.

    Without `to`, the newest month with anything in it; without `from`, the months
    since the latest published year up to `to` began: twelve to fourteen.

    Raises:
        BadQuestion: 422, no month, the wrong way round, or over ten years.
    """
    newest = standing.newest_month or date(2000, 1, 1)
    end = read_month(last, "to") if last else newest
    begin = read_month(first, "from") if first else rules.first_month_shown(end)
    months = (end.year - begin.year) * 12 + end.month - begin.month + 1
    if not 1 <= months <= MOST_MONTHS:
        raise BadQuestion(f"Ask for 1 to {MOST_MONTHS} months, `from` before `to`.")
    return begin, end


def breakdown_for(indicator: Indicator, by: str | None) -> str | None:
    """Return the breakdown to use.

    Raises:
        BadQuestion: 422, this indicator cannot be asked by that.
    """
    known = breakdowns_of(indicator)
    if by is not None and by not in known:
        field = FieldProblem(pointer="/by", detail=f"one of {', '.join(known)}")
        raise BadQuestion("One parameter is not valid.", [field])
    return by or indicator.only_breakdown


async def scope_for(
    database: Database,
    caller: Caller | None,
    place: str | None,
    organisation: str | None,
) -> tuple[str, list[str]]:
    """Return the scope asked for and who is in it, if this caller may see it.

    Everyone may see the system and its places; an organisation is seen by its own
    partners, and by viewers, platforms and stewards.

    Raises:
        NoToken: 401, an organisation's figures need a token.
        NoSuchIndicator: 404, not there, or not this caller's.
    """
    if "\x00" in f"{place}{organisation}":
        raise NoSuchIndicator("No registered organisation is there.")
    if place and organisation:
        raise BadQuestion("Ask for a place or an organisation, not for both.")
    if organisation:
        if caller is None:
            raise NoToken("An organisation's own figures need a token.")
        is_own = organisation == caller.organisation and "partner" in caller.roles
        if not is_own and caller.roles.isdisjoint(SEES_ALL_ORGANISATIONS):
            raise NoSuchIndicator("There is no such organisation that you may see.")
    scope = "system"
    if organisation or place:
        scope = f"organisation:{organisation}" if organisation else f"place:{place}"
    members = await queries.members(database, scope)
    if scope != "system" and not members:
        raise NoSuchIndicator("No registered organisation is there.")
    return scope, members


async def counted(database: InDatabase) -> Standing:
    """Return of what moment the figures are.

    Raises:
        NotCounted: 503, they are being counted.
    """
    standing = await queries.standing(database)
    if not standing.is_counted:
        raise NotCounted("Figures are shown once all is counted. Try again shortly.")
    return standing


Counted = Annotated[Standing, Depends(counted)]


@router.get("/indicators", responses=documented(NotCounted))
async def list_indicators(database: InDatabase) -> Catalogue:
    """List the indicators: what they mean and what they can be asked by."""
    return Catalogue(
        indicators=[
            IndicatorOut(
                code=indicator.code,
                title=indicator.title,
                unit=indicator.unit,
                direction=indicator.direction,
                caveat=indicator.caveat,
                breakdowns=breakdowns_of(indicator),
            )
            for indicator in INDICATORS.values()
        ],
        places=await queries.places(database),
    )


class Asked(BaseModel):
    """The parameters of a question."""

    by: str | None = None
    place: str | None = None
    organisation: str | None = None
    first: str | None = Field(None, alias="from", description="Month, YYYY-MM")
    last: str | None = Field(None, alias="to", description="Month, YYYY-MM")


async def question_of(
    code: str,
    asked: Annotated[Asked, Query()],
    standing: Counted,
    caller: MaybeCaller,
    database: InDatabase,
) -> Question:
    """Return the question, if it can be asked by this caller."""
    indicator = INDICATORS.get(code)
    if indicator is None:
        raise NoSuchIndicator("GET /indicators lists those that are there.")
    begin, end = period(asked.first, asked.last, standing)
    breakdown = breakdown_for(indicator, asked.by)
    scope, members = await scope_for(database, caller, asked.place, asked.organisation)
    return Question(indicator, scope, members, breakdown, begin, end)


@router.get(
    "/indicators/{code}",
    responses=documented(NoSuchIndicator, BadQuestion, NotCounted, NoToken, NotAllowed),
)
async def show_indicator(
    question: Annotated[Question, Depends(question_of)],
    standing: Counted,
    caller: MaybeCaller,
    database: InDatabase,
    request: Request,
) -> FiguresOut:
    """Show an indicator's figures by month, through the disclosure gate.

    Raises:
        NotCounted: 503, the system view is being counted.
    """
    gate: Gate = request.app.state.gate
    return await view.answer(database, gate, question, standing, levels_for(caller))


@router.get("/asyncapi.json", include_in_schema=False)
async def show_contract() -> FileResponse:
    """Show the event contract as an AsyncAPI document."""
    return FileResponse(CONTRACT / "asyncapi.json", media_type="application/json")


@router.get("/schemas/{name}", responses=documented(NoSuchIndicator))
async def show_schema(name: str) -> FileResponse:
    """Show the JSON Schema of one entity's state."""
    path = CONTRACT / "schemas" / f"{name}.json"
    if not name.isalpha() or not path.is_file():
        raise NoSuchIndicator("There is no such schema.")
    return FileResponse(path, media_type="application/schema+json")
