"""Tables of figures, the true numbers behind them, and what is known of the rule."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from services.aggregation.indicators import INDICATORS
from tests.integration.aggregation.integer_program import Fact

# What there is of each kind of indicator: numerator, denominator, short waits.
WHATS = {"count": "n", "stock": "n", "share": "n", "rate": "nd", "wait": "ns"}
# Of fewer than so many: percentages to the nearest 20, 10 or 5.
STEPS = ((50, 20), (100, 10), (200, 5))


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of one indicator, scope and breakdown, of a month or a year."""

    release: int
    indicator: str
    scope: str
    by: str | None
    first: str
    last: str

    @property
    def kind(self) -> str:
        """Return what kind of indicator it is."""
        return INDICATORS[self.indicator].kind

    def but(self, **changes: Any) -> Table:  # noqa: ANN401
        """Return a table that differs in something."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Cell:
    """A true number that somebody may want to know.

    Attributes:
        what: `n` of the numerator, `d` of the denominator, `s` of short waits.
    """

    table: Table
    group: str | None
    what: str


@dataclass(frozen=True, slots=True)
class Rule:
    """How counts are told: hidden up to `small`, others to the nearest `base`."""

    small: int
    base: int
    steps: tuple[tuple[int, int], ...] = STEPS

    def interval(self, shown: int) -> tuple[int, int]:
        """Return which counts are shown like this."""
        low, high = shown - self.base // 2, shown + (self.base - 1) // 2
        return max(self.small + 1, low), high

    def few(self, some: int, every: int) -> list[list[Fact]]:
        """Return why a percentage is hidden: few are in it, or few are not."""
        rest = [(1, every), (-1, some)]
        return [[Fact([(1, some)], high=self.small)], [Fact(rest, 1, self.small)]]

    def step(self, shown: int) -> int:
        """Return to what percentages of a count that is shown like this are rounded."""
        return next((step for limit, step in self.steps if shown < limit), 1)


PLAIN, COARSE = Rule(4, 5), Rule(9, 10)


def percent(some: int, every: int) -> int:
    """Return a whole percentage, half up."""
    return (200 * some + every) // (2 * every)
