"""Endpoints that compare groups: equity of an indicator, and who is heard."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.aggregation import notes, rules, view
from services.aggregation.api.indicators import Asking, Counted
from services.aggregation.api.rights import gate_for, levels_for
from services.aggregation.disclosure import Gate, Hidden
from services.aggregation.equity import EquityOut, equity_of
from services.aggregation.problems import BadQuestion, NoSuchIndicator, NotCounted
from services.aggregation.queries import Standing
from services.aggregation.schemas import Question
from services.aggregation.voice import VOICES, Side, VoiceGapOut, voice_gap_of
from shared.access import MaybeCaller
from shared.database import Database, InDatabase
from shared.problems import FieldProblem, NoToken, documented

router = APIRouter(tags=["system view"])
RESPONSES = documented(NoSuchIndicator, BadQuestion, NotCounted, NoToken)


NO_YEAR = (
    "Groups are compared over twelve months that end with a quarter; ask for a period"
    " that has them, and is not to come."
)


def by_groups(question: Question) -> Question:
    """Return a question by groups of people about the latest year of its period.

    What is counted at the end of each month is of the period's last month.

    Raises:
        BadQuestion: 422, by nothing, by what only one indicator has, or without a year.
    """
    if question.breakdown not in rules.BREAKDOWNS:
        one_of = f"one of {', '.join(rules.BREAKDOWNS)}"
        field = FieldProblem(pointer="/by", detail=one_of)
        raise BadQuestion("Groups can be compared by groups of people only.", [field])
    if question.indicator.kind == "stock":
        return question
    year = rules.latest_year(question.first, question.last)
    if year is None:
        raise BadQuestion(NO_YEAR)
    return replace(question, first=year[0], last=year[1])


async def compared(code: str, ask: Asking) -> Question:
    """Return the question about the indicator of the address, by groups."""
    return by_groups(ask(code))


@router.get("/indicators/{code}/equity", responses=RESPONSES)
async def show_equity(
    question: Annotated[Question, Depends(compared)],
    standing: Counted,
    caller: MaybeCaller,
    database: InDatabase,
    request: Request,
) -> EquityOut:
    """Compare the groups of a breakdown with one of them, over the period's last year.

    Rates have a ratio with its 95% interval and a gap in percentage points; counts and
    waits have each group's share. Whoever was not asked, or declined, is kept apart.

    Raises:
        BadQuestion: 422, the period has no year in it.
        NotCounted: 503, the system view is being counted.
    """
    gate = gate_for(request, caller)
    answer = await view.answer(database, gate, question, standing, levels_for(caller))
    if not answer.totals:
        raise BadQuestion(NO_YEAR)
    if question.indicator.kind == "rate":
        return equity_of(answer, None)
    if question.indicator.kind == "share":
        return equity_of(answer, answer.totals[0].denominator)
    return equity_of(answer, await everyone(database, gate, question, standing))


async def everyone(
    database: Database, gate: Gate, question: Question, standing: Standing
) -> int | Hidden:
    """Return the published count of all groups of a question together."""
    undivided = replace(question, breakdown=None)
    [figure] = await view.totals_of(database, gate, undivided, standing)
    return figure.numerator


@router.get("/voice-gap", responses=RESPONSES)
async def show_voice_gap(
    ask: Asking,
    standing: Counted,
    caller: MaybeCaller,
    database: InDatabase,
    request: Request,
) -> VoiceGapOut:
    """Show whom the system serves, measures and hears, group by group.

    Raises:
        NotCounted: 503, the system view is being counted.
    """
    gate = gate_for(request, caller)
    questions = [by_groups(ask(code)) for code in VOICES]
    sides = [
        Side(
            question.indicator,
            await view.totals_of(database, gate, question, standing),
            await everyone(database, gate, question, standing),
            view.notes_beside(gate, question, said),
        )
        for question, said in zip(
            questions, await notes.beside(database, questions), strict=True
        )
    ]
    heard = questions[-1]
    moments = await view.moments_beside(database, heard, levels_for(caller))
    return voice_gap_of(heard, standing.as_of, sides, moments)
