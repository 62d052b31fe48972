"""Known problems of the figures, found in the figures: missing, worse, hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.aggregation.disclosure import SUPPRESSED
from services.aggregation.pages import words
from services.aggregation.schemas import FiguresOut
from services.aggregation.trend import Signal

FEW_PAIRED_PERCENT = 60
FEW_PARTNERS_PERCENT = 80
LATELY_MONTHS = 6
COMPLETE = "access_count"
PAIRED = "pairing_rate"
WORSE_SIDE = {"higher": "below", "lower": "above"}


@dataclass(frozen=True, slots=True)
class Known:
    """One problem, in a sentence; `code` is the figure that it is about."""

    kind: Literal["missing", "worse", "hidden"]
    sentence: str
    code: str


def known_problems(
    answers: Mapping[str, FiguresOut], worse: Mapping[str, str]
) -> list[Known]:
    """Return what a reader should know is wrong, the most basic first.

    All of it is found in the published figures, so it tells no more than they do.

    Args:
        answers: Figures of the latest months, by indicator.
        worse: What got worse in a year, in words, by indicator.
    """
    return [
        *_incomplete(answers[COMPLETE]),
        *_few_paired(answers[PAIRED]),
        *(one for answer in answers.values() for one in _worse(answer, worse)),
        *_hidden(list(answers.values())),
    ]


def _incomplete(answer: FiguresOut) -> Iterator[Known]:
    over = answer.as_of.strftime("%Y-%m") if answer.as_of else "9999-12"
    months = [
        words.month(figure.month or "")
        for figure in answer.figures
        if (figure.month or "") < over
        and figure.completeness not in (None, SUPPRESSED)
        and int(figure.completeness or 0) < FEW_PARTNERS_PERCENT
    ]
    if months:
        yield Known(
            "missing",
            f"Fewer than {FEW_PARTNERS_PERCENT} in 100 partners told us of anybody new"
            f" in {words.listed(months)}. Either nobody came, or we were not told.",
            COMPLETE,
        )


def _few_paired(answer: FiguresOut) -> Iterator[Known]:
    value = answer.totals[0].value
    if value == SUPPRESSED or value >= FEW_PAIRED_PERCENT:
        return
    yield Known(
        "missing",
        f"Only {value} in 100 people were asked twice how they are. What we say about"
        " life getting better is about those few, not about everybody.",
        PAIRED,
    )


def _worse(answer: FiguresOut, worse: Mapping[str, str]) -> Iterator[Known]:
    """Yield what is worse than a year ago, or else what lately was unusually bad.

    A run that has ended is over: what came after it was better.
    """
    if said := worse.get(answer.indicator):
        yield Known("worse", said, answer.indicator)
        return
    side = WORSE_SIDE.get(answer.direction)
    over = answer.as_of.strftime("%Y-%m") if answer.as_of else "9999-12"
    months = [figure.month or "" for figure in answer.figures]
    lately = [month for month in months if month < over][-LATELY_MONTHS:]
    for signal in answer.trend.signals if answer.trend else []:
        since = lately[-1] if signal.kind == "run" else lately[0]
        if signal.side == side and signal.last >= since:
            yield Known("worse", _unusual(answer, signal), answer.indicator)


def _unusual(answer: FiguresOut, signal: Signal) -> str:
    than = "higher" if signal.side == "above" else "lower"
    when = f"In {words.month(signal.first)} it was"
    if signal.last != signal.first:
        when = (
            f"From {words.month(signal.first)} to {words.month(signal.last)} it stayed"
        )
    return (
        f"{answer.title}. {when} {than} than usual, and that is worse. The number does"
        " not say why."
    )


def _hidden(answers: Sequence[FiguresOut]) -> Iterator[Known]:
    whole = [
        answer.title
        for answer in answers
        if answer.totals and all(one.value == SUPPRESSED for one in answer.totals)
    ]
    months = sum(
        figure.value == SUPPRESSED for answer in answers for figure in answer.figures
    )
    if whole:
        yield Known(
            "hidden",
            f"We do not show {words.listed(whole)}: so few people could be recognised."
            " Hidden is not zero.",
            answers[0].indicator,
        )
    elif months:
        yield Known(
            "hidden",
            f"Of single months we hide {months} figure{'s' * (months > 1)}: so few"
            " people could be recognised. Hidden is not zero.",
            answers[0].indicator,
        )
