"""Pages about single figures: what each means, its chart and table, moments beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Query
from starlette.responses import HTMLResponse

from services.aggregation import api, provenance, queries, rules, view
from services.aggregation.api.equity import everyone
from services.aggregation.charts.specification import (
    HEIGHT,
    WIDTH,
    height_of_groups,
    unusual_months,
)
from services.aggregation.disclosure import SUPPRESSED
from services.aggregation.equity import Compared, EquityOut, equity_of
from services.aggregation.indicators import INDICATORS
from services.aggregation.pages import words
from services.aggregation.pages.cards import shares_of
from services.aggregation.pages.families import FAMILIES
from services.aggregation.pages.frame import page, router, templates
from services.aggregation.pages.made import made_of
from services.aggregation.pages.reading import Read, Reading, Reread
from services.aggregation.schemas import FiguresOut, Question
from shared.database import InDatabase

EARLIER_YEARS = 1
LEAST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as a page shows it; `said` is what it shows, in a sentence."""

    address: str
    said: str
    height: int
    width: int = WIDTH


def without_beginning(answer: FiguresOut) -> FiguresOut:
    """Leave out the months before the first that is shown, down to the last twelve.

    Nothing was counted before a system began; a row of gaps would say otherwise.
    """
    if answer.breakdown is not None:
        return answer
    figures = answer.figures
    begin = next(
        (nth for nth, one in enumerate(figures) if one.value != SUPPRESSED),
        len(figures),
    )
    begin = max(0, min(begin, len(figures) - LEAST_MONTHS))
    return answer.model_copy(update={"figures": figures[begin:]})


def picture_of(read: Reading, answer: FiguresOut) -> Picture:
    """Return the chart of an answer."""
    if answer.breakdown:
        where = read.here(by=answer.breakdown)
        said = said_of_groups(answer)
    else:
        where = read.here(**{"from": answer.first, "to": answer.last})
        said = said_of_months(answer)
    height = height_of_groups(answer) if answer.breakdown else HEIGHT
    return Picture(f"/charts/{answer.indicator}.svg{where}", said, height)


def said_of_months(answer: FiguresOut) -> str:
    """Say what a chart of months shows; the table says it month by month."""
    shown = [
        (int(one.value), one.month or "")
        for one in answer.figures
        if one.value != SUPPRESSED
    ]
    months = f"{answer.title}, month by month"
    if not shown:
        return f"{months}: every month is hidden, as too few people are in it."
    (low, low_month), (high, high_month) = min(shown), max(shown)
    said = [
        f"{months}: from {words.value(low, answer.unit)} in {words.month(low_month)}"
        f" to {words.value(high, answer.unit)} in {words.month(high_month)}."
    ]
    hidden = len(answer.figures) - len(shown)
    if hidden:
        are = "month is hidden" if hidden == 1 else "months are hidden"
        said.append(f"{hidden} {are}, with a cross instead of a point.")
    if answer.trend and answer.trend.mean is not None:
        said.append(f"The usual level is {answer.trend.mean:g}.")
    return " ".join(said)


def said_of_groups(answer: FiguresOut) -> str:
    """Say what a chart of groups shows."""
    named = [
        f"{words.group_name(one.group)} {words.value(one.value, answer.unit)}"
        for one in answer.totals
    ]
    by = words.BREAKDOWNS[answer.breakdown or ""]
    return f"{answer.title}, by {by}: {', '.join(named)}."


def compared(one: Compared, reference: str) -> str:
    """Say how a group compares with the reference group, in a sentence."""
    other = words.group_name(reference)
    if one.is_reference:
        return "The others are compared with this group."
    if one.share is not None:
        return ""
    if one.ratio in (SUPPRESSED, None):
        return "Cannot be compared: too few to show."
    range_ = f"({one.ratio_low} to {one.ratio_high})"
    if not one.is_clear:
        return f"No clear difference from “{other}” {range_}."
    return f"{one.ratio} times as often as “{other}” {range_}."


templates.globals |= {"compared": compared, "breakdown_words": words.BREAKDOWNS}


@router.get("/about")
async def list_figures(database: InDatabase, read: Read) -> HTMLResponse:
    """Show all figures by family, each with a link to what it says."""
    return page(
        "figures.html",
        is_signed_in=read.reader is not None,
        read=read,
        places=await queries.places(database),
        families=FAMILIES,
    )


@router.get("/about/{code}")
async def show_figure(
    code: str,
    database: InDatabase,
    read: Reread,
    by: Annotated[str | None, Query()] = None,
) -> HTMLResponse:
    """Show what one figure means and says, with its chart, its table and moments."""
    question = question_of(read, code, by or None)
    answer = without_beginning(await read.answer(question))
    first, last = api.period(None, None, read.standing)
    moments = await read.moments(first, last)
    equity = await equity_for(read, question, answer)
    return page(
        "figure.html",
        is_signed_in=read.reader is not None,
        read=read,
        places=await queries.places(database),
        indicator=INDICATORS[code],
        breakdowns=api.breakdowns_of(INDICATORS[code]),
        answer=answer,
        total=answer.totals[0] if answer.totals else None,
        sentence=words.sentence,
        shares=shares_of(answer) if answer.breakdown else [],
        equity=equity,
        picture=picture_of(read, answer),
        unusual=unusual_months(answer),
        quotes=await read.quotes(moments),
        gate=view.rule_for(read.gate, question),
        made_of=await made_of(read, question),
        pairing=await provenance.pairing_beside(
            read.database, read.gate, question, read.standing
        ),
    )


def question_of(read: Reading, code: str, by: str | None) -> Question:
    """Return the question of a page: a year by groups, or months with those before."""
    first, last = api.period(None, None, read.standing)
    question = read.question(code, by, first, last)
    if question.breakdown:
        return question
    earlier = date(first.year - EARLIER_YEARS, first.month, 1)
    return read.question(code, by, earlier, last)


async def equity_for(
    read: Reading, question: Question, answer: FiguresOut
) -> EquityOut | None:
    """Return the comparison of groups of people, if it was asked by such."""
    if question.breakdown not in rules.BREAKDOWNS or not answer.totals:
        return None
    if question.indicator.only_breakdown:
        return None
    if question.indicator.kind == "rate":
        return equity_of(answer, None)
    where = (read.database, read.gate, question, read.standing)
    return equity_of(answer, await everyone(*where))
