"""The disclosure rule, written a second time for the sample's expectations.

Source: NHS England MHSDS monthly statistics, with secondary suppression: counts under
5, zero included, are hidden; what stays is rounded to the nearest 5. An organisation,
or a place of two, is told twice as coarsely: to the nearest 10, hidden under 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Literal

# To what a count is rounded, and from how many on it is told.
PLAIN = 5
COARSE = 10
TOLD_FROM = {PLAIN: 5, COARSE: 9}
SHORT_WAIT_DAYS = 28
MEDIAN_FROM = {PLAIN: 10, COARSE: 20}
P90_FROM = 15
SUPPRESSED: Literal["suppressed"] = "suppressed"

Shown = int | str
Group = str | None
Figure = dict[str, Shown | None]


@dataclass(slots=True)
class Cell:
    """True counts of one group; for waits also each wait in days."""

    numerator: int = 0
    denominator: int = 0
    days: list[int] = field(default_factory=list)


Row = Mapping[Group, Cell]


def base_of(scope: str, organisations: int) -> int:
    """Return how coarsely is told what so many organisations did."""
    return PLAIN if scope == "system" or organisations > 2 else COARSE


def hidden_of(counts: Mapping[Group, int], base: int) -> set[Group]:
    """Return which cells of a row are hidden; a single cell has no secondary step."""
    hidden = {group for group, count in counts.items() if count < TOLD_FROM[base]}
    if len(counts) == 1:
        return hidden
    shown = sorted(counts.keys() - hidden, key=lambda g: (counts[g], g or ""))
    for group in shown:
        if not gives_away(counts, hidden, base):
            break
        hidden.add(group)
    return hidden


def gives_away(counts: Mapping[Group, int], hidden: set[Group], base: int) -> bool:
    """Say whether the total tells what is hidden: one cell, or too few people."""
    few = sum(counts[group] for group in hidden) < TOLD_FROM[base]
    return bool(hidden) and (len(hidden) == 1 or few)


def nearest(count: int, base: int = PLAIN) -> int:
    """Return the nearest multiple, half up."""
    return (2 * count + base) // (2 * base) * base


def shown_row(counts: Mapping[Group, int], base: int = PLAIN) -> dict[Group, Shown]:
    """Return each count rounded, or hidden."""
    hidden = hidden_of(counts, base)
    return {
        group: SUPPRESSED if group in hidden else nearest(count, base)
        for group, count in counts.items()
    }


def percent(numerator: int, denominator: int, base: int = PLAIN) -> Shown:
    """Return that of the rounded counts, half up: of few more coarsely.

    Hidden if few are in it, or few are not.
    """
    few = TOLD_FROM[base]
    if numerator < few or 1 <= denominator - numerator < few:
        return SUPPRESSED
    shown, step = nearest(denominator, base), 1
    if shown < 200:
        step = 5 if shown >= 100 else 10 if shown >= 50 else 20
    share = Fraction(100 * nearest(numerator, base), shown)
    return step * floor(share / step + Fraction(1, 2))


def known_percent(known: int, everyone: int, base: int) -> Shown:
    """Return of how many something is known, in percent of the rounded counts.

    A step, of 5, 10 or 20 percent, is never less than three times what counts are
    rounded to.
    """
    below = nearest(everyone, base)
    steps = [step for step in (5, 10, 20) if Fraction(step * below, 100) >= 3 * base]
    if known < TOLD_FROM[base] or not steps:
        return SUPPRESSED
    share = Fraction(100 * nearest(known, base), below)
    return steps[0] * floor(share / steps[0] + Fraction(1, 2))


def rank(days: Iterable[int], share: Fraction) -> int:
    """Return the value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(days)
    return ordered[ceil(share * len(ordered)) - 1]


def count_figures(row: Row, base: int = PLAIN) -> list[Figure]:
    """Return figures of how many there are."""
    shown = shown_row({group: cell.numerator for group, cell in row.items()}, base)
    return [_figure(group, count, count, count) for group, count in shown.items()]


def rate_figures(row: Row, base: int = PLAIN) -> list[Figure]:
    """Return percentages; a hidden one hides its numerator too."""
    above = shown_row({group: cell.numerator for group, cell in row.items()}, base)
    below = shown_row({group: cell.denominator for group, cell in row.items()}, base)
    figures = []
    for group, cell in row.items():
        value: Shown = SUPPRESSED
        if SUPPRESSED not in (above[group], below[group]):
            value = percent(cell.numerator, cell.denominator, base)
        numerator = SUPPRESSED if value == SUPPRESSED else above[group]
        figures.append(_figure(group, value, numerator, below[group]))
    return figures


def share_figures(row: Row, base: int = PLAIN) -> list[Figure]:
    """Return each group's share of all groups."""
    counts = {group: cell.numerator for group, cell in row.items()}
    total = sum(counts.values())
    is_open = len(counts) > 1 and gives_away(counts, hidden_of(counts, base), base)
    is_hidden = is_open or total < TOLD_FROM[base]
    all_shown: Shown = SUPPRESSED if is_hidden else nearest(total, base)
    return [
        _figure(
            group,
            SUPPRESSED if shown == SUPPRESSED else percent(counts[group], total, base),
            shown,
            all_shown,
        )
        for group, shown in shown_row(counts, base).items()
    ]


def mix_figures(row: Row, base: int = PLAIN) -> list[Figure]:
    """Return what share of all had each; the cell of none tells how many there were."""
    everyone = row[None].denominator
    is_hidden = everyone < TOLD_FROM[base]
    all_shown: Shown = SUPPRESSED if is_hidden else nearest(everyone, base)
    figures = []
    for group, cell in row.items():
        value: Shown = SUPPRESSED
        if all_shown != SUPPRESSED:
            value = percent(cell.numerator, everyone, base)
        above = SUPPRESSED if value == SUPPRESSED else nearest(cell.numerator, base)
        if group is not None:
            figures.append(_figure(group, value, above, all_shown))
    return figures


def wait_figures(row: Row, base: int = PLAIN) -> list[Figure]:
    """Return median and 90th percentile in days, and the share within 28."""
    shown = shown_row({group: len(cell.days) for group, cell in row.items()}, base)
    figures = []
    for group, cell in row.items():
        count = shown[group]
        median = p90 = within = count
        if count != SUPPRESSED:
            median = p90 = SUPPRESSED
            if int(count) >= MEDIAN_FROM[base]:
                median = rank(cell.days, Fraction(1, 2))
            if int(count) >= P90_FROM:
                p90 = rank(cell.days, Fraction(9, 10))
            short = sum(day <= SHORT_WAIT_DAYS for day in cell.days)
            within = percent(short, len(cell.days), base)
        figure = _figure(group, median, count, count)
        figures.append(figure | {"p90": p90, "within_28": within})
    return figures


def _figure(group: Group, value: Shown, numerator: Shown, denominator: Shown) -> Figure:
    return {
        "group": group,
        "value": value,
        "numerator": numerator,
        "denominator": denominator,
    }
