"""Figures as small cards: a number, a sentence, and a year of months as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.aggregation.disclosure import SUPPRESSED, Figure, Hidden
from services.aggregation.pages import words
from services.aggregation.schemas import FiguresOut

BAR_HEIGHT = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of a small chart; `height` is None where the figure is hidden."""

    x: int
    height: int | None
    label: str


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator as a person reads it."""

    code: str
    title: str
    value: str
    sentence: str
    caveat: str
    bars: Sequence[Bar]
    figures: Sequence[Figure]
    said: Sequence[str]


def bars_of(figures: Sequence[Figure]) -> list[Bar]:
    """Scale a year of figures to a small chart that starts at zero."""
    highest = max((f.value for f in figures if f.value != SUPPRESSED), default=0)
    return [
        Bar(index, _height(figure.value, highest), words.month(figure.month or ""))
        for index, figure in enumerate(figures)
    ]


def _height(value: int | Hidden, highest: int | Hidden) -> int | None:
    if value == SUPPRESSED or highest == SUPPRESSED:
        return None
    return max(1, round(BAR_HEIGHT * value / highest)) if highest else 1


def card_of(answer: FiguresOut) -> Card:
    """Put an indicator into plain words."""
    total = answer.totals[0]
    return Card(
        code=answer.indicator,
        title=answer.title,
        value=words.value(total.value, answer.unit),
        sentence=words.sentence(answer.indicator, total),
        caveat=answer.notes[0],
        bars=bars_of(answer.figures),
        figures=answer.figures,
        said=answer.notes[2:],
    )


def shares_of(answer: FiguresOut) -> list[tuple[str, int]]:
    """Return the groups of a whole with their percentages, the largest first."""
    shares = [
        (words.group_name(figure.group), figure.value)
        for figure in answer.totals
        if figure.value != SUPPRESSED
    ]
    return sorted(shares, key=lambda share: -share[1])
