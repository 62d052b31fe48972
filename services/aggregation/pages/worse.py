"""What got worse in a year, from released figures alone.

Twelve months are held against the twelve before them, never a month against another.
Said is only what is further apart than rounding alone can make it, and of which chance
alone would seldom make as much: the 95% interval of the ratio leaves out 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import exp, log, sqrt
from typing import NamedTuple

from services.aggregation import release_queries, rules, view
from services.aggregation.disclosure import SUPPRESSED, Figure
from services.aggregation.equity import Z_95, counts_of, rate_ratio
from services.aggregation.indicators import INDICATORS
from services.aggregation.pages import words
from services.aggregation.pages.reading import Reading
from services.aggregation.queries import Standing
from services.aggregation.schemas import FiguresOut, Question

ENOUGH_PARTNERS_PERCENT = 80
# Percentages of fewer are rounded too roughly to hold two of them beside each other.
LEAST_COUNTED = 200
# No count is rounded further than this.
ROUNDED_BY = 5
WHY = "That is worse, and chance alone would seldom do it. The number does not say why."
Worse = dict[str, str]


class Share(NamedTuple):
    """A percentage with the published counts that it rests on."""

    percent: int
    above: int
    below: int


class YearsApart:
    """Keeps what got worse by scope; it is worked out once for each release.

    A release never changes, and there are only as many scopes as places.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int | None, Worse]] = {}

    async def worse(self, read: Reading, codes: Sequence[str]) -> Worse:
        """Return what to say of those indicators that got worse, by code."""
        standing: Standing | None = read.standing
        if read.standing.release is None:
            standing = await release_queries.released(read.database, read.scope)
        if standing is None or standing.newest_month is None:
            return {}
        number, found = self._kept.get(read.scope, (None, {}))
        if number != standing.release:
            found = await _compare(read, standing, standing.newest_month, codes)
            self._kept[read.scope] = (standing.release, found)
        return found


async def _compare(
    read: Reading, standing: Standing, newest: date, codes: Sequence[str]
) -> Worse:
    def asked(last: date) -> list[Question]:
        first, where = rules.first_month_shown(last), (read.scope, read.members)
        return [
            Question(INDICATORS[code], *where, None, first, last, standing.release)
            for code in codes
        ]

    before = date(newest.year - 1, newest.month, 1)
    questions = [*asked(newest), *asked(before)]
    answers = await view.answers(read.database, read.gate, questions, standing)
    pairs = zip(codes, answers[: len(codes)], answers[len(codes) :], strict=True)
    found = {code: said_of(now, then) for code, now, then in pairs}
    return {code: said for code, said in found.items() if said}


def said_of(now: FiguresOut, then: FiguresOut) -> str:
    """Say what an indicator was and is, if it got worse; nothing if that is not sure.

    Args:
        now: Figures up to the latest month.
        then: The same up to a year before.
    """
    if now.direction == "neither" or not now.totals or not then.totals:
        return ""
    [latest], [before] = now.totals, then.totals
    if now.unit in ("percent", "days"):
        said = _of_shares(now, _share(latest, now.unit), _share(before, now.unit))
    elif _is_told_alike(now) and _is_told_alike(then):
        said = _of_counts(now, latest, before)
    else:
        said = ""
    return f"{now.title}. {said} {WHY}" if said else ""


def _share(figure: Figure, unit: str) -> Share | None:
    """Return a percentage; of days it is that of those within 28."""
    if unit == "percent":
        counts = counts_of(figure)
        return Share(int(figure.value), *counts) if counts else None
    if SUPPRESSED in (figure.within_28, figure.denominator) or not figure.within_28:
        return None
    below = int(figure.denominator)
    above = round(below * int(figure.within_28) / 100)
    return Share(int(figure.within_28), above, below) if above else None


def _of_shares(answer: FiguresOut, now: Share | None, then: Share | None) -> str:
    if now is None or then is None or min(now.below, then.below) < LEAST_COUNTED:
        return ""
    is_lower_worse = answer.direction == "higher" or answer.unit == "days"
    worse_by = (then.percent - now.percent) * (1 if is_lower_worse else -1)
    # As far towards each other as rounding may have moved them apart.
    nearer = ROUNDED_BY if is_lower_worse else -ROUNDED_BY
    above, other = min(now.above + nearer, now.below), then.above - nearer
    if worse_by <= 1 or min(above, other) <= 0:
        return ""
    ratio = rate_ratio(above, now.below, (min(other, then.below), then.below))
    if not (ratio.high < 1 if is_lower_worse else ratio.low > 1):
        return ""
    took = " took 28 days or less" if answer.unit == "days" else ""
    last = words.month(answer.totals_last or "")
    return (
        f"In the year to {last}, {now.percent} in 100{took}. In the year before,"
        f" {then.percent} in 100{' did' if took else ''}."
    )


def _of_counts(answer: FiguresOut, latest: Figure, before: Figure) -> str:
    if SUPPRESSED in (latest.value, before.value):
        return ""
    now, then = int(latest.value), int(before.value)
    is_lower_worse = answer.direction == "higher"
    worse_by = (then - now) * (1 if is_lower_worse else -1)
    if worse_by <= 2 * ROUNDED_BY or not now or not then:
        return ""
    reach = Z_95 * sqrt(1 / now + 1 / then)
    if exp(abs(log(now / then)) - reach) <= 1:
        return ""
    last = words.month(answer.totals_last or "")
    if answer.totals_first == answer.totals_last:
        return f"In {last} it was about {now:,}. A year before it was about {then:,}."
    return f"In the year to {last} it was about {now:,}. Before, it was about {then:,}."


def _is_told_alike(answer: FiguresOut) -> bool:
    """Say whether nearly all partners told of somebody in each month.

    A count rises and falls with who counts.
    """
    told = [one.completeness for one in answer.figures]
    return all(
        one not in (None, SUPPRESSED) and int(one or 0) >= ENOUGH_PARTNERS_PERCENT
        for one in told
    )
