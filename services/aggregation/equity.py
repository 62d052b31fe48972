"""Compares groups of people with a reference group, from published figures alone.

Whatever is worked out here anybody could work out from the figures themselves: counts
come rounded, and where one is hidden, what rests on it is hidden too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import exp, log, sqrt
from typing import Final, NamedTuple

from pydantic import BaseModel, Field

from services.aggregation.disclosure import SUPPRESSED, Figure, Hidden
from services.aggregation.rules import (
    NOT_KNOWN,
    NOT_STATED,
    UNKNOWN_GROUPS,
    rounded,
)
from services.aggregation.schemas import Answered, FiguresOut

Z_95: Final = 1.96
# One that stays the same whatever is asked: which group is largest would change with
# place and period, and comparisons with it.
REFERENCES: Final[Mapping[str, str]] = {
    "ethnicity": "white",
    "gender": "male",
    "age": "25_34",
    "deprivation": "quintile_5",
    "disability": "no",
    "source": "group_a",
}
ROUNDED_NOTE = (
    "Ratios, intervals, gaps and shares are worked out from the rounded counts shown"
    " here, so they are near, not exact. Where a count is hidden, they are too."
)
INTERVAL_NOTE = (
    "The interval says how far chance alone may move the ratio, 19 times out of 20; if"
    " it holds 1, no difference is shown. A difference does not say why."
)
SHARES_NOTE = (
    "Shares are of those whose group is known, as far as the rounded total and the"
    " coverage tell, and of everybody counted where coverage is hidden; they are not"
    " rates of everybody who lives there."
)


class Ratio(NamedTuple):
    """How many times as often as in the reference group, with its 95% interval."""

    value: float
    low: float
    high: float


class Compared(BaseModel):
    """One group beside the reference group; the reference itself has no ratio."""

    group: str
    is_reference: bool
    figure: Figure
    share: int | Hidden | None = Field(
        None, description="Percent of those known; where there is no rate"
    )
    ratio: float | Hidden | None = Field(None, description="Of rates: to the reference")
    ratio_low: float | Hidden | None = None
    ratio_high: float | Hidden | None = None
    gap: float | Hidden | None = Field(
        None, description="Of rates: percentage points over the reference"
    )
    is_clear: bool | Hidden | None = Field(
        None, description="Whether the interval leaves out 1"
    )


class EquityOut(Answered):
    """One indicator by group, compared with one of them.

    Attributes:
        coverage: Percentage whose group is known.
        not_known: Those who were not asked; in no comparison.
        not_stated: Those who were asked and declined; in no comparison.
    """

    reference: str
    coverage: int | Hidden | None
    groups: list[Compared]
    not_known: Figure | None
    not_stated: Figure | None


def rate_ratio(above: int, below: int, reference: tuple[int, int]) -> Ratio:
    """Return the ratio of two rates with its 95% interval (log method).

    Source: domain reference, section 3 (equity maths). No count may be 0.

    Args:
        above: Numerator of a group.
        below: Denominator of that group.
        reference: Numerator and denominator of the reference group.
    """
    b, n0 = reference
    ratio = Fraction(above * n0, below * b)
    error = sqrt(
        Fraction(1, above) - Fraction(1, below) + Fraction(1, b) - Fraction(1, n0)
    )
    low, high = (exp(log(ratio) + sign * Z_95 * error) for sign in (-1, 1))
    return Ratio(rounded(ratio, 2), rounded(low, 2), rounded(high, 2))


def rate_gap(above: int, below: int, reference: tuple[int, int]) -> float:
    """Return the absolute gap between two rates, in percentage points."""
    return rounded(100 * (Fraction(above, below) - Fraction(*reference)), 1)


def counts_of(figure: Figure | None) -> tuple[int, int] | None:
    """Return the published counts of a rate, or None where either is hidden.

    A count that was rounded to nothing compares with nothing either.
    """
    if figure is None or SUPPRESSED in (figure.numerator, figure.denominator):
        return None
    above, below = int(figure.numerator), int(figure.denominator)
    return (above, below) if above and below else None


def shares(
    figures: Sequence[Figure], everyone: int | Hidden
) -> dict[str, int | Hidden]:
    """Return each known group's whole percentage of all whose group is known.

    How many those are is told by the published total and coverage. Where coverage is
    hidden, so few are there that shares are of everybody.

    Args:
        figures: One for each group.
        everyone: Published count of all of them together, groups known or not.
    """
    coverage = figures[0].completeness
    covered = 100 if coverage is None or coverage == SUPPRESSED else coverage
    known = 0 if everyone == SUPPRESSED else everyone * covered
    return {
        figure.group: SUPPRESSED
        if figure.numerator == SUPPRESSED or not known
        else min(100, int(rounded(Fraction(10_000 * figure.numerator, known), 0)))
        for figure in figures
        if figure.group and figure.group not in UNKNOWN_GROUPS
    }


def figure_of(figures: Sequence[Figure], group: str) -> Figure | None:
    """Return a group's figure, or None where there is no such group."""
    return next((figure for figure in figures if figure.group == group), None)


def compare_rates(figures: Sequence[Figure], reference: str) -> list[Compared]:
    """Return each known group's rate beside that of the reference group."""
    other = counts_of(figure_of(figures, reference))
    return [
        Compared(group=group, is_reference=True, figure=figure)
        if group == reference
        else _compared(group, figure, other)
        for figure in figures
        if (group := figure.group or "") not in UNKNOWN_GROUPS
    ]


def _compared(
    group: str, figure: Figure, reference: tuple[int, int] | None
) -> Compared:
    counts = counts_of(figure)
    if counts is None or reference is None:
        return Compared(
            group=group,
            is_reference=False,
            figure=figure,
            ratio=SUPPRESSED,
            ratio_low=SUPPRESSED,
            ratio_high=SUPPRESSED,
            gap=SUPPRESSED,
            is_clear=SUPPRESSED,
        )
    ratio = rate_ratio(*counts, reference)
    return Compared(
        group=group,
        is_reference=False,
        figure=figure,
        ratio=ratio.value,
        ratio_low=ratio.low,
        ratio_high=ratio.high,
        gap=rate_gap(*counts, reference),
        is_clear=not ratio.low <= 1 <= ratio.high,
    )


def compare_shares(
    figures: Sequence[Figure], reference: str, everyone: int | Hidden
) -> list[Compared]:
    """Return each known group's share: of counts and waits there is no ratio.

    Whether a count is large for a group depends on how many live there, which is not
    known here.
    """
    found = shares(figures, everyone)
    return [
        Compared(
            group=figure.group,
            is_reference=figure.group == reference,
            figure=figure,
            share=found[figure.group],
        )
        for figure in figures
        if figure.group in found
    ]


def equity_of(answer: FiguresOut, everyone: int | Hidden | None) -> EquityOut:
    """Return a year's figures by group, compared with the reference.

    Args:
        answer: To a question by groups of people.
        everyone: Published count of all together, for shares; None for rates.
    """
    figures = answer.totals
    reference = REFERENCES[answer.breakdown or ""]
    head = {name: getattr(answer, name) for name in Answered.model_fields}
    own = [ROUNDED_NOTE, INTERVAL_NOTE if everyone is None else SHARES_NOTE]
    return EquityOut(
        **head
        | {
            "notes": [*answer.notes, *own],
            "first": answer.totals_first,
            "last": answer.totals_last,
        },
        reference=reference,
        coverage=figures[0].completeness,
        groups=compare_rates(figures, reference)
        if everyone is None
        else compare_shares(figures, reference, everyone),
        not_known=figure_of(figures, NOT_KNOWN),
        not_stated=figure_of(figures, NOT_STATED),
    )
