"""XmR charts: which months of a figure are out of the ordinary, and which are not.

Only published values are read. A hidden month is a gap: what it may be is neither
guessed nor left out silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Final, Literal

from pydantic import BaseModel, Field

from services.aggregation.disclosure import SUPPRESSED, Figure
from services.aggregation.rules import rounded

LEAST_POINTS: Final = 12
LEAST_RANGES: Final = 6
RUN: Final = 8
MOST_TOLD: Final = 3
LIMIT_FACTOR: Final = Fraction(266, 100)
Side = Literal["above", "below"]


class Signal(BaseModel):
    """Something that chance alone would seldom do: a far month, or a run on one side.

    Attributes:
        kind: `outside` of the limits, or a `run` of eight months or more.
    """

    kind: Literal["outside", "run"]
    side: Side
    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="to")
    sentence: str


class Trend(BaseModel):
    """The usual level of a figure, how far it usually goes, and what is unusual."""

    points: int = Field(description="Months that are over and whose figure is shown")
    mean: float | None = None
    low: float | None = Field(None, description="Below it a month is unusual")
    high: float | None = Field(None, description="Above it a month is unusual")
    signals: list[Signal] = []
    sentence: str = Field(description="What it says, in plain words")


Point = tuple[str, int | None]


def trend_of(figures: Sequence[Figure], unit: str, as_of: datetime | None) -> Trend:
    """Return the trend of one figure by month: limits are mean ± 2.66 × mean range.

    Source: domain reference, section 3 (trend: XmR, 12 points or more). Ours are that a
    moving range is taken only between neighbouring months that are both shown, of which
    there must be 6; that a month that is not over yet, as of `as_of`, is no point; that
    a hidden month and one on the mean end a run; and that limits are clipped where they
    are told (a count is not negative, a percentage not over 100), not where months are
    compared with them.

    Args:
        figures: One for each month, in order.
        unit: Of the indicator.
        as_of: The moment of the newest message.
    """
    points = list(_points(figures, as_of))
    shown = [value for _, value in points if value is not None]
    if len(shown) < LEAST_POINTS:
        return Trend(points=len(shown), sentence=_too_few(len(shown)))
    ranges = [
        abs(one - other)
        for (_, one), (_, other) in pairwise(points)
        if one is not None and other is not None
    ]
    if len(ranges) < LEAST_RANGES:
        return Trend(points=len(shown), sentence=TOO_SCATTERED)
    mean = Fraction(sum(shown), len(shown))
    reach = LIMIT_FACTOR * Fraction(sum(ranges), len(ranges))
    signals = [*_outside(points, mean - reach, mean + reach), *_runs(points, mean)]
    low, high = max(mean - reach, Fraction(0)), mean + reach
    return Trend(
        points=len(shown),
        mean=rounded(mean, 1),
        low=rounded(low, 1),
        high=rounded(min(high, Fraction(100)) if unit == "percent" else high, 1),
        signals=signals,
        sentence=_in_words(signals),
    )


ORDINARY = (
    "Nothing here is out of the ordinary: the months differ no more than they usually"
    " do, so going up or down from one to the next says nothing."
)
WHY = "This does not say why."
TOO_SCATTERED = (
    "Too few months beside each other are shown to tell how much they usually differ."
)


def _in_words(signals: Sequence[Signal]) -> str:
    if not signals:
        return ORDINARY
    if len(signals) <= MOST_TOLD:
        return " ".join([*(one.sentence for one in signals), WHY])
    far = sum(one.kind == "outside" for one in signals)
    runs = len(signals) - far
    parts = [f"{far} months lie outside what is usual"] if far else []
    if runs:
        times = "once" if runs == 1 else f"{runs} times"
        parts.append(f"{times} {RUN} months or more lie on one side of the mean")
    return f"Much was different: {', and '.join(parts)}. {WHY}"


def _too_few(points: int) -> str:
    count = "No month is" if not points else f"{points} months are"
    if points == 1:
        count = "One month is"
    return (
        f"{count} shown in full; a trend is told from {LEAST_POINTS} on. Fewer do not"
        " tell a direction from chance."
    )


def _points(figures: Sequence[Figure], as_of: datetime | None) -> Iterator[Point]:
    for figure in figures:
        if as_of is None or (figure.month or "") < as_of.strftime("%Y-%m"):
            is_hidden = figure.value == SUPPRESSED
            yield figure.month or "", None if is_hidden else int(figure.value)


def _side(value: int | None, mean: Fraction) -> Side | None:
    if value is None or value == mean:
        return None
    return "above" if value > mean else "below"


def _outside(
    points: Sequence[Point], low: Fraction, high: Fraction
) -> Iterator[Signal]:
    for month, value in points:
        if value is not None and not low <= value <= high:
            side: Side = "above" if value > high else "below"
            yield Signal(
                kind="outside",
                side=side,
                first=month,
                last=month,
                sentence=f"{name_of(month)} lies {side} what is usual.",
            )


def _runs(points: Sequence[Point], mean: Fraction) -> Iterator[Signal]:
    for side, run in groupby(points, lambda point: _side(point[1], mean)):
        months = [month for month, _ in run]
        if side is not None and len(months) >= RUN:
            between = f"{name_of(months[0])} to {name_of(months[-1])}"
            yield Signal(
                kind="run",
                side=side,
                first=months[0],
                last=months[-1],
                sentence=f"Every month from {between} lies {side} the mean.",
            )


def name_of(month: str) -> str:
    """Return the name of a month, `May 2026`."""
    return date.fromisoformat(f"{month}-01").strftime("%B %Y")
