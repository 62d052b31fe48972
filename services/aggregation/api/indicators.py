"""Endpoints of the catalogue and of figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from services.aggregation import provenance, queries, release_queries, rules, view
from services.aggregation.api.rights import gate_for, levels_for, sees, sees_now
from services.aggregation.frameworks.asking import asked_by
from services.aggregation.frameworks.definition import ID_PATTERN
from services.aggregation.indicators import INDICATORS, Indicator
from services.aggregation.problems import BadQuestion, NoSuchIndicator, NotCounted
from services.aggregation.queries import Standing
from services.aggregation.schemas import (
    AskedFor,
    Catalogue,
    FiguresOut,
    IndicatorOut,
    Question,
)
from shared.access import Caller, MaybeCaller
from shared.database import Database, InDatabase
from shared.problems import FieldProblem, NotAllowed, NoToken, documented

router = APIRouter(tags=["system view"])
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
MOST_MONTHS = 120
NOBODY_THERE = "No registered organisation is there."


def breakdowns_of(indicator: Indicator) -> list[str]:
    """Return what an indicator can be asked by."""
    return [name for name in indicator.asked_by if name]


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
    return between(begin, end)


def between(begin: date, end: date) -> tuple[date, date]:
    """Return two months as they are, if they are a period.

    Raises:
        BadQuestion: 422, the wrong way round, or over ten years.
    """
    months = (end.year - begin.year) * 12 + end.month - begin.month + 1
    if not 1 <= months <= MOST_MONTHS:
        raise BadQuestion(f"Give 1 to {MOST_MONTHS} months, `from` before `to`.")
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


def scope_of(place: str | None, organisation: str | None) -> str:
    """Return the name of a scope.

    Raises:
        NoSuchIndicator: 404, nothing can have such a name.
    """
    if "\x00" in f"{place}{organisation}":
        raise NoSuchIndicator(NOBODY_THERE)
    if organisation:
        return f"organisation:{organisation}"
    return f"place:{place}" if place else "system"


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
    if place and organisation:
        raise BadQuestion("Ask for a place or an organisation, not for both.")
    if organisation:
        if caller is None:
            raise NoToken("An organisation's own figures need a token.")
        if not sees(caller, organisation):
            raise NoSuchIndicator("There is no such organisation that you may see.")
    scope = scope_of(place, organisation)
    members = await queries.members(database, scope)
    if scope != "system" and not members:
        raise NoSuchIndicator(NOBODY_THERE)
    return scope, members


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
    release: int | None = Field(None, ge=1, le=2**63 - 1)


async def shown_to(
    database: Database, caller: Caller | None, scope: str, release: int | None = None
) -> Standing:
    """Return of what moment the figures are that a caller sees of a scope.

    Everyone sees the latest release, or the one that is asked for; who works here, and
    whoever asks for an organisation, sees what is counted now.

    Raises:
        NotCounted: 503, they are being counted, or nothing was released yet.
        NoSuchIndicator: 404, there is no such release.
    """
    is_inside = sees_now(caller) or scope.startswith("organisation:")
    if release is None and is_inside:
        standing = await queries.standing(database)
        if standing.is_counted:
            return standing
    elif found := await release_queries.released(database, scope, release):
        return found
    elif release is not None:
        raise NoSuchIndicator("There was no such release of this.")
    elif scope != "system" and not await queries.members(database, scope):
        raise NoSuchIndicator(NOBODY_THERE)
    raise NotCounted("Figures are shown once all is counted. Try again shortly.")


async def counted(
    asked: Annotated[Asked, Query()], caller: MaybeCaller, database: InDatabase
) -> Standing:
    """Return of what moment the figures are that this question is answered with."""
    scope = scope_of(asked.place, asked.organisation)
    return await shown_to(database, caller, scope, asked.release)


Counted = Annotated[Standing, Depends(counted)]


async def asking(
    asked: Annotated[Asked, Query()],
    standing: Counted,
    caller: MaybeCaller,
    database: InDatabase,
) -> Callable[[str], Question]:
    """Return what makes the question about an indicator, if this caller may ask it."""
    begin, end = period(asked.first, asked.last, standing)
    scope, members = await scope_for(database, caller, asked.place, asked.organisation)

    def ask(code: str) -> Question:
        indicator = INDICATORS.get(code)
        if indicator is None:
            raise NoSuchIndicator("GET /indicators lists those that are there.")
        breakdown = breakdown_for(indicator, asked.by)
        return Question(
            indicator, scope, members, breakdown, begin, end, standing.release
        )

    return ask


Asking = Annotated[Callable[[str], Question], Depends(asking)]


async def question_of(code: str, ask: Asking) -> Question:
    """Return the question about the indicator of the address."""
    return ask(code)


@dataclass(frozen=True, slots=True)
class Looked:
    """A question, of what moment it is answered, and who asks it in a framework."""

    question: Question
    asked_for: list[AskedFor]
    standing: Standing


async def looked_at(
    question: Annotated[Question, Depends(question_of)],
    standing: Counted,
    caller: MaybeCaller,
    database: InDatabase,
    framework: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
) -> Looked:
    """Return the question, within the places of a framework if one is named."""
    if framework is None:
        return Looked(question, [], standing)
    within, asked_for = await asked_by(database, framework, question)
    if within.scope != question.scope:
        standing = await shown_to(database, caller, within.scope)
    return Looked(replace(within, release=standing.release), asked_for, standing)


@router.get(
    "/indicators/{code}",
    responses=documented(NoSuchIndicator, BadQuestion, NotCounted, NoToken, NotAllowed),
)
async def show_indicator(
    looked: Annotated[Looked, Depends(looked_at)],
    caller: MaybeCaller,
    database: InDatabase,
    request: Request,
) -> FiguresOut:
    """Show an indicator's figures by month, through the disclosure gate.

    With a framework: of its places only, and with the outcomes it speaks for.

    Raises:
        NotCounted: 503, the system view is being counted.
    """
    gate = gate_for(request, caller)
    levels = levels_for(caller)
    answer = await view.answer(database, gate, looked.question, looked.standing, levels)
    beside = {
        "asked_for": looked.asked_for,
        "made_of": await provenance.provenance_of(database, gate, looked.question),
        "pairing": await provenance.pairing_beside(
            database, gate, looked.question, looked.standing
        ),
    }
    return answer.model_copy(update=beside)
