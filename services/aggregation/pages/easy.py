"""The same figures in easy words: short sentences, and one idea in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.aggregation.disclosure import SUPPRESSED, Figure
from services.aggregation.pages.words import number
from services.aggregation.schemas import FiguresOut

OUT_OF = 10
TOO_FEW = (
    "We do not show this number.",
    "It is about very few people.",
    "You could tell who they are.",
    "It does not mean zero.",
)
TITLES = {
    "access_count": "People we met",
    "wait_days": "How long people waited",
    "still_waiting": "People who still wait",
    "ineligible_rate": "People we said no to",
    "reliable_improvement": "Did life get better?",
    "goals_attained": "Did people reach their goals?",
    "magic_rate": "Good and bad moments",
    "answered_rate": "Did we answer?",
}
SENTENCES: dict[str, tuple[str, ...]] = {
    "access_count": ("About {value} people came to us for help.",),
    "wait_days": (
        "Half of the people waited {value} days or less.",
        "Half of the people waited more.",
    ),
    "still_waiting": ("About {value} people still wait for help.",),
    "ineligible_rate": (
        "Some people ask for help.",
        "We say: this is not the right place for you.",
        "This was {value} out of 100 times.",
    ),
    "reliable_improvement": (
        "We ask people how they feel.",
        "Later we ask them again.",
        "{value} out of 100 people feel much better.",
        "We did not ask all people again.",
    ),
    "goals_attained": (
        "People tell us what they want to do.",
        "{value} out of 100 goals are much closer now.",
    ),
    "magic_rate": (
        "People tell us about good and bad moments.",
        "We call the good ones magic.",
        "{value} out of 100 moments were magic.",
        "The rest were bad, or both.",
    ),
    "answered_rate": (
        "People tell us what happened to them.",
        "We should write back.",
        "We did this for {value} out of 100 stories.",
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One figure in easy words.

    Attributes:
        tenths: How many of ten, to be drawn; None where that says nothing.
    """

    code: str
    title: str
    value: str
    sentences: Sequence[str]
    tenths: int | None


def part_of(answer: FiguresOut) -> Part:
    """Put an indicator into easy words; what is hidden is said to be hidden."""
    total = answer.totals[0]
    is_hidden = total.value == SUPPRESSED
    said = SENTENCES[answer.indicator]
    return Part(
        code=answer.indicator,
        title=TITLES[answer.indicator],
        value="" if is_hidden else _value(answer, total),
        sentences=TOO_FEW
        if is_hidden
        else [one.format(value=number(total.value)) for one in said],
        tenths=_tenths(answer, total),
    )


def _value(answer: FiguresOut, total: Figure) -> str:
    shown = number(total.value)
    if answer.unit == "percent":
        return f"{shown} out of 100"
    return f"{shown} {answer.unit}"


def _tenths(answer: FiguresOut, total: Figure) -> int | None:
    if answer.unit != "percent" or total.value == SUPPRESSED:
        return None
    return (total.value + OUT_OF // 2) // OUT_OF
