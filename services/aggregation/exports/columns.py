"""The columns of a file of figures: the same in every format that has columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from services.aggregation.disclosure import SUPPRESSED, Figure
from services.aggregation.exports.selection import Answer

Kind = Literal["text", "month", "number", "truth", "moment"]
DOES_NOT_APPLY: Final = "not_applicable"
SHOWN: Final = "shown"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        unit: Of its numbers; `by indicator` where it is the one in column `unit`.
    """

    name: str
    meaning: str
    kind: Kind = "text"
    unit: str = ""


NUMBERS = (
    Column(
        "value",
        "The figure: a count, a percentage, or the median of days",
        "number",
        "by indicator",
    ),
    Column(
        "numerator",
        "How many it is true of, rounded",
        "number",
        "people or things",
    ),
    Column(
        "denominator",
        "Out of how many, rounded",
        "number",
        "people or things",
    ),
    Column(
        "p90",
        "Days that 90 in 100 did not wait longer than; only where days are counted",
        "number",
        "days",
    ),
    Column(
        "within_28",
        "Of all who waited, those who waited 28 days or less; only where days are"
        " counted",
        "number",
        "percent",
    ),
    Column(
        "completeness",
        "With a breakdown: those whose group is known. Without: the organisations that"
        " told of anybody that month",
        "number",
        "percent",
    ),
)
COLUMNS = (
    Column("indicator", "Which indicator; see the rows of kind `indicator`"),
    Column("scope", "Whose figures: system, place or organisation"),
    Column("scope_name", "Name of the place, or code of the organisation"),
    Column("breakdown", "What people are divided by; empty: everybody together"),
    Column("group", "Which of its groups; empty: everybody together"),
    Column("month", "The month it is about", "month"),
    Column("unit", "Of `value`: people, stories, percent or days"),
    *NUMBERS,
    Column(
        "is_suppressed",
        "Whether `value` is hidden because so few could be recognised; hidden is not"
        " zero",
        "truth",
    ),
    Column("as_of", "Of which moment the whole file is", "moment", "UTC"),
)


def rows(answer: Answer) -> Iterator[tuple[Figure, tuple[str, ...]]]:
    """Yield each figure with the texts that come before its month."""
    scope, breakdown = answer.scope, answer.figures.breakdown or ""
    head = (answer.indicator.code, scope.kind, scope.name, breakdown)
    for figure in answer.figures.figures:
        yield figure, (*head, figure.group or "")


def numbers(figure: Figure) -> list[int | str | None]:
    """Return the numbers of a figure in order; hidden ones are words."""
    return [getattr(figure, column.name) for column in NUMBERS]


def is_suppressed(figure: Figure) -> bool:
    """Say whether the value is hidden."""
    return figure.value == SUPPRESSED
