"""What was asked and told, as arrays, and what is known of the rule.

An array is of one indicator: by release, scope, period and group. Its periods are all
months, then all published years; its groups are those of all breakdowns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from services.aggregation.disclosure import SUPPRESSED, Figure
from services.aggregation.indicators import INDICATORS
from services.aggregation.rules import GROUPS
from tests.integration.aggregation.attack_world import THEMES
from tests.integration.aggregation.integer_program import Fact, Ints

HIDDEN: Final = -1
NOT_TOLD: Final = -2
ALWAYS: Final = -1  # the period of what is counted over all time
FIELDS = ("value", "numerator", "denominator", "within_28", "p90", "completeness")
# True numbers behind each kind of indicator: of numerators, denominators, short waits;
# counts are their own denominators, and a share or a mix has one for all its groups.
WHATS = {
    "count": "n",
    "stock": "n",
    "share": "nd",
    "mix": "nd",
    "rate": "nd",
    "wait": "ns",
}
HAS_ONE_TOTAL = ("share", "mix")
# Of fewer than so many: percentages to the nearest 20, 10 or 5.
STEPS = ((50, 20), (100, 10), (200, 5))
Group = tuple[str | None, str | None]
Period = tuple[str, str]


def groups_of(code: str) -> list[Group]:
    """Return breakdown and group of all that an indicator can be asked by.

    Of a share or a mix, that of none is how many there were in all.
    """
    indicator = INDICATORS[code]
    found: list[Group] = []
    for by in indicator.asked_by:
        names: Sequence[str | None] = GROUPS.get(by or "", (None,))
        if indicator.own:
            names = indicator.own.groups or THEMES
        if indicator.kind in HAS_ONE_TOTAL:
            names = (None, *names)
        found += [(by, name) for name in names]
    return found


def columns_of(code: str) -> dict[str | None, slice]:
    """Return where the groups of each breakdown are."""
    breakdowns = [by for by, _ in groups_of(code)]
    return {
        by: slice(breakdowns.index(by), breakdowns.index(by) + breakdowns.count(by))
        for by in dict.fromkeys(breakdowns)
    }


@dataclass(frozen=True)
class Asked:
    """All that is asked about an indicator.

    Attributes:
        parts: What a scope is the sum of, in one or more ways.
        members: The number of organisations in each scope.
    """

    releases: int
    scopes: Sequence[str]
    months: Sequence[str]
    years: Sequence[Period]
    parts: Mapping[str, Sequence[Sequence[str]]]
    members: Mapping[str, int]

    @property
    def periods(self) -> list[Period]:
        """Return first and last month of each period."""
        return [*((month, month) for month in self.months), *self.years]

    def shape(self, code: str) -> tuple[int, int, int, int]:
        """Return how many releases, scopes, periods and groups there are."""
        groups = len(groups_of(code))
        return self.releases, len(self.scopes), len(self.periods), groups


@dataclass
class Shown:
    """Everything that was told about one indicator, in an array for each field."""

    asked: Asked
    code: str
    fields: dict[str, Ints] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = self.asked.shape(self.code)
        self.fields = {name: np.full(shape, NOT_TOLD) for name in FIELDS}

    def hear(
        self, at: tuple[int, int, int], by: str | None, figures: Sequence[Figure]
    ) -> None:
        """Take the figures of one release, scope and period."""
        columns = columns_of(self.code)[by]
        begin = columns.stop - len(figures)
        for name, array in self.fields.items():
            array[*at, begin : columns.stop] = [
                _number(getattr(figure, name)) for figure in figures
            ]


def _number(shown: int | str | None) -> int:
    if shown is None:
        return NOT_TOLD
    return HIDDEN if shown == SUPPRESSED else int(shown)


@dataclass(frozen=True, slots=True)
class Rule:
    """How counts are told: hidden up to `small`, others to the nearest `base`.

    Both are arrays: they differ from scope to scope.

    Attributes:
        is_exact: Whether percentages are of true counts; of rounded ones they tell
            nothing else than those.
    """

    small: Ints
    base: Ints
    is_exact: bool

    def interval(self, shown: Ints) -> tuple[Ints, Ints]:
        """Return which counts are shown like this; hidden ones may be any."""
        low, high = shown - self.base // 2, shown + (self.base - 1) // 2
        is_shown = shown >= 0
        return (
            np.where(is_shown, np.maximum(self.small + 1, low), 0),
            np.where(is_shown, high, 10**6),
        )

    def at(self, chosen: tuple[Ints, ...], shape: Sequence[int]) -> Rule:
        """Return the rule at some places of an array of a shape."""
        small, base = (np.broadcast_to(a, shape) for a in (self.small, self.base))
        return Rule(small[chosen], base[chosen], self.is_exact)

    def few(self, some: Ints, every: Ints) -> list[list[Fact]]:
        """Return why a percentage is hidden: few are in it, or few are not."""
        rest = [(1, every), (-1, some)]
        return [[Fact([(1, some)], high=self.small)], [Fact(rest, 1, self.small)]]

    def step(self, shown: Ints) -> Ints:
        """Return to what percentages of a count that is shown like this are rounded."""
        step = np.ones_like(shown)
        for limit, coarser in () if self.is_exact else reversed(STEPS):
            step = np.where(shown < limit, coarser, step)
        return step


def rule_of(asked: Asked, few: int, *, is_exact: bool) -> Rule:
    """Return the rule for every scope; of fewer organisations all is coarser."""
    is_coarse = [
        scope != "system" and asked.members[scope] < few for scope in asked.scopes
    ]
    coarse = np.array(is_coarse)[None, :, None, None]
    return Rule(np.where(coarse, 8, 4), np.where(coarse, 10, 5), is_exact)


def known_step(every: Ints, base: Ints) -> Ints:
    """Return in which steps it is told of how many something is known; 0 if not."""
    step = np.zeros_like(every)
    for finer in (20, 10, 5):
        step = np.where(finer * every >= 300 * base, finer, step)
    return step


def percent(some: Ints, every: Ints, step: Ints | int = 1) -> Ints:
    """Return percentages, half up."""
    found: Ints = (200 * some + every * step) // (2 * every * step) * step
    return found
