"""The disclosure rule, written a second time for the sample's expectations.

Source: NHS England MHSDS monthly statistics, with secondary suppression: counts under
5, zero included, are hidden; what stays is rounded to the nearest 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Literal

THRESHOLD = 5
BASE = 5
SHORT_WAIT_DAYS = 28
LEAST_FOR_P90 = 10
WHOLE_FROM = 100
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


def hidden_of(counts: Mapping[Group, int]) -> set[Group]:
    """Return which cells of a row are hidden; a single cell has no secondary step."""
    hidden = {group for group, count in counts.items() if count < THRESHOLD}
    if len(counts) == 1:
        return hidden
    shown = sorted(counts.keys() - hidden, key=lambda g: (counts[g], g or ""))
    for group in shown:
        if not gives_away(counts, hidden):
            break
        hidden.add(group)
    return hidden


def gives_away(counts: Mapping[Group, int], hidden: set[Group]) -> bool:
    """Say whether the total tells what is hidden: one cell, or too few people."""
    few = sum(counts[group] for group in hidden) < THRESHOLD
    return bool(hidden) and (len(hidden) == 1 or few)


def nearest(count: int) -> int:
    """Return the nearest multiple of 5."""
    return (2 * count + BASE) // (2 * BASE) * BASE


def shown_row(counts: Mapping[Group, int]) -> dict[Group, Shown]:
    """Return each count rounded, or hidden."""
    hidden = hidden_of(counts)
    return {g: SUPPRESSED if g in hidden else nearest(n) for g, n in counts.items()}


def percent(numerator: int, denominator: int) -> Shown:
    """Return a percentage, half up: whole from 100 on, below that to the nearest 5.

    Hidden if few are in it, or few are not.
    """
    if numerator < THRESHOLD or 1 <= denominator - numerator < THRESHOLD:
        return SUPPRESSED
    share = Fraction(100 * numerator, denominator)
    if nearest(denominator) >= WHOLE_FROM:
        return floor(share + Fraction(1, 2))
    return 5 * floor(share / 5 + Fraction(1, 2))


def rank(days: Iterable[int], share: Fraction) -> int:
    """Return the value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(days)
    return ordered[ceil(share * len(ordered)) - 1]


def count_figures(row: Row) -> list[Figure]:
    """Return figures of how many there are."""
    shown = shown_row({group: cell.numerator for group, cell in row.items()})
    return [_figure(group, count, count, count) for group, count in shown.items()]


def rate_figures(row: Row) -> list[Figure]:
    """Return percentages; a hidden one hides its numerator too."""
    above = shown_row({group: cell.numerator for group, cell in row.items()})
    below = shown_row({group: cell.denominator for group, cell in row.items()})
    figures = []
    for group, cell in row.items():
        value: Shown = SUPPRESSED
        if SUPPRESSED not in (above[group], below[group]):
            value = percent(cell.numerator, cell.denominator)
        numerator = SUPPRESSED if value == SUPPRESSED else above[group]
        figures.append(_figure(group, value, numerator, below[group]))
    return figures


def share_figures(row: Row) -> list[Figure]:
    """Return each group's share of all groups."""
    counts = {group: cell.numerator for group, cell in row.items()}
    total = sum(counts.values())
    is_open = len(counts) > 1 and gives_away(counts, hidden_of(counts))
    all_shown = SUPPRESSED if is_open or total < THRESHOLD else nearest(total)
    return [
        _figure(
            group,
            SUPPRESSED if shown == SUPPRESSED else percent(counts[group], total),
            shown,
            all_shown,
        )
        for group, shown in shown_row(counts).items()
    ]


def mix_figures(row: Row) -> list[Figure]:
    """Return what share of all had each; the cell of none tells how many there were."""
    everyone = row[None].denominator
    all_shown: Shown = SUPPRESSED if everyone < THRESHOLD else nearest(everyone)
    figures = []
    for group, cell in row.items():
        value: Shown = SUPPRESSED
        if all_shown != SUPPRESSED:
            value = percent(cell.numerator, everyone)
        above = SUPPRESSED if value == SUPPRESSED else nearest(cell.numerator)
        if group is not None:
            figures.append(_figure(group, value, above, all_shown))
    return figures


def wait_figures(row: Row) -> list[Figure]:
    """Return median and 90th percentile in days, and the share within 28."""
    shown = shown_row({group: len(cell.days) for group, cell in row.items()})
    figures = []
    for group, cell in row.items():
        count = shown[group]
        median = p90 = within = count
        if count != SUPPRESSED:
            median = rank(cell.days, Fraction(1, 2))
            if len(cell.days) >= LEAST_FOR_P90:
                p90 = rank(cell.days, Fraction(9, 10))
            else:
                p90 = SUPPRESSED
            short = sum(day <= SHORT_WAIT_DAYS for day in cell.days)
            within = percent(short, len(cell.days))
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
