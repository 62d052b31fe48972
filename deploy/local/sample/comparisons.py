"""Groups compared, and who is heard, worked out a second time from expected figures.

Source: rate ratio with its 95% interval by the log method, gap in percentage points;
all of them of published counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from deploy.local.sample.expected import PUBLISHING, Expected
from deploy.local.sample.gate import (
    SUPPRESSED,
    TOLD_FROM,
    Figure,
    Shown,
    known_percent,
    nearest,
    rate_figures,
    share_figures,
)
from deploy.local.sample.groups import NOT_KNOWN

NOT_STATED = "not_stated"
APART = (NOT_KNOWN, NOT_STATED)
COMPARED_WITH = {
    "ethnicity": "white",
    "gender": "male",
    "age": "25_34",
    "deprivation": "quintile_5",
    "disability": "no",
    "source": "group_a",
}
COMPARISONS = ("ratio", "ratio_low", "ratio_high", "gap")
Period = tuple[str, str]
Number = float | str | None


def equity(
    expected: Expected, indicator: str, scope: str, by: str, period: Period
) -> dict[str, object]:
    """Return what an indicator's equity has to be."""
    figures = expected.answer(indicator, scope, by, period)["totals"]
    known = {str(f["group"]): f for f in figures if f["group"] not in APART}
    is_rate = PUBLISHING[indicator][1] is rate_figures
    reference = known[COMPARED_WITH[by]]
    shares = {} if is_rate else known_shares(expected, indicator, scope, by, period)
    return {
        "reference": COMPARED_WITH[by],
        "coverage": coverage(expected, indicator, scope, by, period),
        "groups": [
            {
                "group": group,
                "share": shares.get(group),
                **(against(figure, reference) if is_rate else NOTHING),
            }
            for group, figure in known.items()
        ],
    }


NOTHING: Mapping[str, Number] = dict.fromkeys(COMPARISONS)


def against(figure: Figure, reference: Figure) -> Mapping[str, Number]:
    """Return how a rate compares with the reference's; of itself, nothing."""
    if figure is reference:
        return NOTHING
    counts = [
        one[name]
        for one in (figure, reference)
        for name in ("numerator", "denominator")
    ]
    if SUPPRESSED in counts:
        return dict.fromkeys(COMPARISONS, SUPPRESSED)
    a, n1, b, n0 = (Decimal(str(count)) for count in counts)
    ratio = (a / n1) / (b / n0)
    error = max(Decimal(0), 1 / a - 1 / n1 + 1 / b - 1 / n0).sqrt()
    reach = (Decimal("1.96") * error).exp()
    hundredth, tenth = Decimal("0.01"), Decimal("0.1")
    return {
        "ratio": told(ratio, hundredth),
        "ratio_low": told(ratio / reach, hundredth),
        "ratio_high": told(ratio * reach, hundredth),
        "gap": told(100 * (a * n0 - b * n1) / (n1 * n0), tenth),
    }


def told(number: Decimal, step: Decimal) -> float:
    """Return a number rounded half away from zero."""
    # Digits at the end are of the arithmetic, not of the number.
    return float(round(number, 20).quantize(step, ROUND_HALF_UP))


def coverage(
    expected: Expected, indicator: str, scope: str, by: str, period: Period
) -> Shown:
    """Return the percentage whose group is known."""
    row = expected.whole(indicator, scope, by, period)
    everyone = sum(cell.denominator for cell in row.values())
    apart = sum(cell.denominator for group, cell in row.items() if group in APART)
    return known_percent(everyone - apart, everyone, expected.base(scope))


def known_shares(
    expected: Expected, indicator: str, scope: str, by: str, period: Period
) -> dict[str, Shown]:
    """Return each group's percentage of all whose group is known."""
    figures = expected.answer(indicator, scope, by, period)["totals"]
    covered = coverage(expected, indicator, scope, by, period)
    known = everyone(expected, indicator, scope, period, figures)
    known *= 100 if covered == SUPPRESSED else int(covered)
    shares: dict[str, Shown] = {}
    for figure in figures:
        if figure["group"] not in APART:
            group, count = str(figure["group"]), figure["numerator"]
            shares[group] = SUPPRESSED
            if count != SUPPRESSED and known:
                above = 10_000 * int(str(count))
                shares[group] = min(100, (2 * above + known) // (2 * known))
    return shares


def everyone(
    expected: Expected,
    indicator: str,
    scope: str,
    period: Period,
    figures: Sequence[Figure],
) -> int:
    """Return how many are published of all groups together; 0 where that is hidden."""
    if PUBLISHING[indicator][1] is share_figures:
        total = figures[0]["denominator"]
        return 0 if total == SUPPRESSED else int(str(total))
    [cell] = expected.whole(indicator, scope, None, period).values()
    base = expected.base(scope)
    return nearest(cell.numerator, base) if cell.numerator >= TOLD_FROM[base] else 0


def voice_gap(
    expected: Expected, scope: str, by: str, period: Period
) -> list[dict[str, Shown]]:
    """Return each group's share of those served, measured and heard."""
    served, measured, heard = (
        known_shares(expected, indicator, scope, by, period)
        for indicator in ("access_count", "measured_count", "heard_count")
    )
    return [
        {
            "group": group,
            "served": share,
            "measured": measured[group],
            "heard": heard[group],
            "measured_gap": points(measured[group], share),
            "heard_gap": points(heard[group], share),
        }
        for group, share in served.items()
    ]


def points(share: Shown, served: Shown) -> Shown:
    """Return the difference of two shares, hidden with either."""
    if SUPPRESSED in (share, served):
        return SUPPRESSED
    return int(share) - int(served)
