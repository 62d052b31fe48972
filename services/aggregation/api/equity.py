"""Endpoints that compare groups: equity of an indicator, and who is heard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.aggregation import rules, view
from services.aggregation.api.indicators import Asking, Counted, levels_for
from services.aggregation.disclosure import Gate
from services.aggregation.equity import EquityOut, equity_of
from services.aggregation.problems import BadQuestion, NoSuchIndicator, NotCounted
from services.aggregation.schemas import Question
from services.aggregation.voice import HEARD, VOICES, VoiceGapOut, voice_gap_of
from shared.access import MaybeCaller
from shared.database import InDatabase
from shared.problems import FieldProblem, NoToken, documented

router = APIRouter(tags=["system view"])
RESPONSES = documented(NoSuchIndicator, BadQuestion, NotCounted, NoToken)


def by_groups(question: Question) -> Question:
    """Return a question as it is, if it is asked by groups of people, for a year.

    Raises:
        BadQuestion: 422, by nothing, by what only one indicator has, or of a period in
            which there is no published year.
    """
    if question.breakdown not in rules.BREAKDOWNS:
        one_of = f"one of {', '.join(rules.BREAKDOWNS)}"
        field = FieldProblem(pointer="/by", detail=one_of)
        raise BadQuestion("Groups can be compared by groups of people only.", [field])
    if question.indicator.kind != "stock" and not rules.latest_year(
        question.first, question.last
    ):
        raise BadQuestion(
            "Groups are compared over twelve months that end with a quarter; ask for a"
            " period that has them."
        )
    return question


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
    """Compare the groups of a breakdown with one, over the latest year of the period.

    Rates have a ratio with its 95% interval and a gap in percentage points; counts and
    waits have each group's share. Whoever was not asked, or declined, is kept apart.

    Raises:
        NotCounted: 503, the system view is being counted.
    """
    gate: Gate = request.app.state.gate
    levels = levels_for(caller)
    answer = await view.answer(database, gate, question, standing, levels)
    return equity_of(answer, is_rate=question.indicator.kind == "rate")


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
    gate: Gate = request.app.state.gate
    answers = {}
    for code in VOICES:
        levels = levels_for(caller) if code == HEARD else []
        question = by_groups(ask(code))
        answers[code] = await view.answer(database, gate, question, standing, levels)
    return voice_gap_of(answers)
