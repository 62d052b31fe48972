"""The disclosure rule, written a second time for the sample's expectations.

Source: NHS England MHSDS monthly statistics, with secondary suppression: counts under
5, zero included, are hidden; what stays is rounded to the nearest 5. An organisation,
or a place of two, is told twice as coarsely.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Literal

# From how many on a count is told, and to what it is rounded.
PLAIN = 5
COARSE = 10
SHORT_WAIT_DAYS = 28
MEDIAN_FROM = 10
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


def least_of(scope: str, organisations: int) -> int:
    """Return how coarsely is told what so many organisations did."""
    return PLAIN if scope == "system" or organisations > 2 else COARSE


def hidden_of(counts: Mapping[Group, int], least: int) -> set[Group]:
    """Return which cells of a row are hidden; a single cell has no secondary step."""
    hidden = {group for group, count in counts.items() if count < least}
    if len(counts) == 1:
        return hidden
    shown = sorted(counts.keys() - hidden, key=lambda g: (counts[g], g or ""))
    for group in shown:
        if not gives_away(counts, hidden, least):
            break
        hidden.add(group)
    return hidden


def gives_away(counts: Mapping[Group, int], hidden: set[Group], least: int) -> bool:
    """Say whether the total tells what is hidden: one cell, or too few people."""
    few = sum(counts[group] for group in hidden) < least
    return bool(hidden) and (len(hidden) == 1 or few)


def nearest(count: int, least: int = PLAIN) -> int:
    """Return the nearest multiple, half up."""
    return (2 * count + least) // (2 * least) * least


def shown_row(counts: Mapping[Group, int], least: int = PLAIN) -> dict[Group, Shown]:
    """Return each count rounded, or hidden."""
    hidden = hidden_of(counts, least)
    return {
        group: SUPPRESSED if group in hidden else nearest(count, least)
        for group, count in counts.items()
    }


def percent(numerator: int, denominator: int, least: int = PLAIN) -> Shown:
    """Return a percentage, half up: the fewer it is of, the more coarsely.

    Hidden if few are in it, or few are not.
    """
    if numerator < least or 1 <= denominator - numerator < least:
        return SUPPRESSED
    shown, step = nearest(denominator, least), 1
    if shown < 200:
        step = 5 if shown >= 100 else 10 if shown >= 50 else 20
    share = Fraction(100 * numerator, denominator)
    return step * floor(share / step + Fraction(1, 2))


def known_percent(known: int, everyone: int, least: int) -> Shown:
    """Return of how many something is known, in percent of the rounded counts."""
    if known < least:
        return SUPPRESSED
    share = Fraction(100 * nearest(known, least), nearest(everyone, least))
    return floor(share + Fraction(1, 2))


def rank(days: Iterable[int], share: Fraction) -> int:
    """Return the value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(days)
    return ordered[ceil(share * len(ordered)) - 1]


def count_figures(row: Row, least: int = PLAIN) -> list[Figure]:
    """Return figures of how many there are."""
    shown = shown_row({group: cell.numerator for group, cell in row.items()}, least)
    return [_figure(group, count, count, count) for group, count in shown.items()]


def rate_figures(row: Row, least: int = PLAIN) -> list[Figure]:
    """Return percentages; a hidden one hides its numerator too."""
    above = shown_row({group: cell.numerator for group, cell in row.items()}, least)
    below = shown_row({group: cell.denominator for group, cell in row.items()}, least)
    figures = []
    for group, cell in row.items():
        value: Shown = SUPPRESSED
        if SUPPRESSED not in (above[group], below[group]):
            value = percent(cell.numerator, cell.denominator, least)
        numerator = SUPPRESSED if value == SUPPRESSED else above[group]
        figures.append(_figure(group, value, numerator, below[group]))
    return figures


def share_figures(row: Row, least: int = PLAIN) -> list[Figure]:
    """Return each group's share of all groups."""
    counts = {group: cell.numerator for group, cell in row.items()}
    total = sum(counts.values())
    is_open = len(counts) > 1 and gives_away(counts, hidden_of(counts, least), least)
    all_shown = SUPPRESSED if is_open or total < least else nearest(total, least)
    return [
        _figure(
            group,
            SUPPRESSED if shown == SUPPRESSED else percent(counts[group], total, least),
            shown,
            all_shown,
        )
        for group, shown in shown_row(counts, least).items()
    ]


def mix_figures(row: Row, least: int = PLAIN) -> list[Figure]:
    """Return what share of all had each; the cell of none tells how many there were."""
    everyone = row[None].denominator
    all_shown: Shown = SUPPRESSED if everyone < least else nearest(everyone, least)
    figures = []
    for group, cell in row.items():
        value: Shown = SUPPRESSED
        if all_shown != SUPPRESSED:
            value = percent(cell.numerator, everyone, least)
        above = SUPPRESSED if value == SUPPRESSED else nearest(cell.numerator, least)
        if group is not None:
            figures.append(_figure(group, value, above, all_shown))
    return figures


def wait_figures(row: Row, least: int = PLAIN) -> list[Figure]:
    """Return median and 90th percentile in days, and the share within 28."""
    shown = shown_row({group: len(cell.days) for group, cell in row.items()}, least)
    figures = []
    for group, cell in row.items():
        count = shown[group]
        median = p90 = within = count
        if count != SUPPRESSED:
            median = p90 = SUPPRESSED
            if int(count) >= MEDIAN_FROM:
                median = rank(cell.days, Fraction(1, 2))
            if int(count) >= P90_FROM:
                p90 = rank(cell.days, Fraction(9, 10))
            short = sum(day <= SHORT_WAIT_DAYS for day in cell.days)
            within = percent(short, len(cell.days), least)
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
