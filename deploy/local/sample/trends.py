"""What is unusual in a figure's months, worked out a second time with whole numbers.

Source: XmR charts, limits at 2.66 times the mean moving range; 12 points or more. A
hidden month is a gap: no range is taken across it, and it ends a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.local.sample.gate import SUPPRESSED, Figure

Told = dict[str, str]
Trend = dict[str, object]

LEAST_POINTS = 12
LEAST_RANGES = 6
LEAST_RUN = 8
NO_TREND: Trend = {"mean": None, "low": None, "high": None, "signals": []}


@dataclass(frozen=True, slots=True)
class Chart:
    """Months with their values, none where hidden; sums and counts of what is shown."""

    months: Sequence[str]
    values: Sequence[int | None]
    total: int
    points: int
    moved: int
    ranges: int

    def side(self, index: int) -> int:
        """Return 1 above the mean, -1 below it, 0 on it or where it is hidden."""
        value = self.values[index]
        if value is None:
            return 0
        distance = value * self.points - self.total
        return (distance > 0) - (distance < 0)

    def is_outside(self, index: int) -> bool:
        """Say whether a month is further from the mean than 2.66 mean ranges."""
        value = self.values[index]
        if value is None:
            return False
        distance = abs(value * self.points - self.total) * 100 * self.ranges
        return distance > 266 * self.moved * self.points


def chart_of(figures: Sequence[Figure]) -> Chart:
    """Return the chart of one figure by month."""
    values = [
        None if figure["value"] == SUPPRESSED else int(str(figure["value"]))
        for figure in figures
    ]
    shown = [value for value in values if value is not None]
    steps = []
    for index in range(1, len(values)):
        before, after = values[index - 1], values[index]
        if before is not None and after is not None:
            steps.append(abs(after - before))
    months = [str(figure["month"]) for figure in figures]
    return Chart(months, values, sum(shown), len(shown), sum(steps), len(steps))


def trend_of(figures: Sequence[Figure], unit: str) -> Trend:
    """Return mean, limits and signals as the service has to answer them.

    Args:
        figures: As expected, one for each month; all of them are over.
        unit: Of the indicator.
    """
    chart = chart_of(figures)
    if chart.points < LEAST_POINTS or chart.ranges < LEAST_RANGES:
        return {"points": chart.points, **NO_TREND}
    whole = 100 * chart.ranges * chart.points
    middle = 100 * chart.ranges * chart.total
    reach = 266 * chart.moved * chart.points
    most = 100 * whole if unit == "percent" else middle + reach
    return {
        "points": chart.points,
        "mean": tenth(middle, whole),
        "low": tenth(max(0, middle - reach), whole),
        "high": tenth(min(most, middle + reach), whole),
        "signals": [*far_months(chart), *long_runs(chart)],
    }


def tenth(above: int, below: int) -> float:
    """Return a quotient of whole numbers with one decimal, half up."""
    return (20 * above + below) // (2 * below) / 10


def far_months(chart: Chart) -> list[Told]:
    """Return the months outside of the limits."""
    return [
        told("outside", chart.side(index), month, month)
        for index, month in enumerate(chart.months)
        if chart.is_outside(index)
    ]


def long_runs(chart: Chart) -> list[Told]:
    """Return where eight months or more in a row are on one side of the mean."""
    found = []
    begin = 0
    for index in range(1, len(chart.months) + 1):
        side = chart.side(begin)
        if index < len(chart.months) and chart.side(index) == side:
            continue
        if side and index - begin >= LEAST_RUN:
            months = chart.months[begin], chart.months[index - 1]
            found.append(told("run", side, *months))
        begin = index
    return found


def told(kind: str, side: int, first: str, last: str) -> Told:
    """Return a signal without its sentence."""
    name = "above" if side > 0 else "below"
    return {"kind": kind, "side": name, "from": first, "to": last}
