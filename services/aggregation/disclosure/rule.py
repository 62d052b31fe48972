"""What is hidden of counts and percentages, and how the others are rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from services.aggregation.disclosure.figure import SUPPRESSED, Hidden

LEAST_HIDDEN_CELLS = 2
COARSER = 2
KNOWN_STEPS = (5, 10, 20)
KNOWN_COUNTS = 3
NOTE_BEGINS = "Counts under"
SMALL_COHORT_NOTE = (
    "So few people are together here that no percentages and no groups are shown, and"
    " no medians of fewer than {least}. What single people say stands in their stories."
)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """Cells of one row after the rule; a hidden one is `suppressed`."""

    cells: Mapping[str, int | Hidden]
    total: int | Hidden
    primary: tuple[str, ...]
    secondary: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule with its parameters.

    Attributes:
        few_organisations: Of fewer than so many all is told more coarsely.
        percent_steps: (limit, step): of fewer than the limit, as they are shown,
            percentages are to the nearest step; of more they are whole.
        own: The organisation of whoever asks; they hold its records themselves.
        small_cohorts: Scopes of 8 to 15 people: no percentages, no groups there.
        is_small_cohort: Whether this is the rule for one of them.
    """

    threshold: int = 5
    base: int = 5
    suppress_zero: bool = True
    few_organisations: int = 3
    percent_steps: tuple[tuple[int, int], ...] = ((50, 20), (100, 10), (200, 5))
    own: str | None = None
    small_cohorts: frozenset[str] = frozenset()
    is_small_cohort: bool = False

    def about(self, scope: str, organisations: int) -> Self:
        """Return the rule for a scope that so many organisations are in."""
        rule = replace(self, is_small_cohort=scope in self.small_cohorts)
        is_own = self.own is not None and scope == f"organisation:{self.own}"
        if organisations >= self.few_organisations or scope == "system" or is_own:
            return rule
        # One less: what is left between two others never begins where hidden ones end.
        threshold, base = COARSER * self.threshold - 1, COARSER * self.base
        return replace(rule, threshold=threshold, base=base)

    @property
    def notes(self) -> list[str]:
        """Return in plain words what the rule does to figures."""
        told = (
            f"{NOTE_BEGINS} {self.threshold} are hidden, others are rounded to the"
            f" nearest {self.base}, and percentages of few more coarsely, so that"
            " nobody can be recognised; hidden is not zero. Parts need not add up."
        )
        of_cohort = SMALL_COHORT_NOTE.format(least=self.least_for_median)
        return [told, *([of_cohort] if self.is_small_cohort else [])]

    @property
    def least_for_median(self) -> int:
        """Return of how many, as they are shown, a median is told: two steps."""
        return 2 * self.base

    def row(
        self, counts: Mapping[str, int], *, with_secondary: bool = True
    ) -> ShownRow:
        """Apply the row rule: primary, then secondary suppression, then rounding.

        Args:
            counts: True counts by label; all cells of one total.
            with_secondary: Hide further cells until no hidden one can be computed.
        """
        primary = [label for label, count in counts.items() if self._is_small(count)]
        secondary = self._secondary(counts, primary) if with_secondary else []
        hidden = {*primary, *secondary}
        total = sum(counts.values())
        can_be_computed = with_secondary and self._is_open(counts, hidden)
        hides_total = self._is_small(total) or can_be_computed
        return ShownRow(
            cells={
                label: SUPPRESSED if label in hidden else self.rounded(count)
                for label, count in counts.items()
            },
            total=SUPPRESSED if hides_total else self.rounded(total),
            primary=tuple(primary),
            secondary=tuple(secondary),
        )

    def _secondary(self, counts: Mapping[str, int], primary: list[str]) -> list[str]:
        """Return the smallest further cells to hide, until none can be computed."""
        remaining = sorted(set(counts) - set(primary), key=lambda c: (counts[c], c))
        added: list[str] = []
        while remaining and self._is_open(counts, {*primary, *added}):
            added.append(remaining.pop(0))
        return added

    def _is_open(self, counts: Mapping[str, int], hidden: set[str]) -> bool:
        """Say whether the total would give away what is hidden."""
        return bool(hidden) and (
            len(hidden) < LEAST_HIDDEN_CELLS
            or sum(counts[label] for label in hidden) < self.threshold
        )

    def count(self, count: int) -> int | Hidden:
        """Return a single count, hidden or rounded to the nearest `base`."""
        return SUPPRESSED if self._is_small(count) else self.rounded(count)

    def percent(self, numerator: int, denominator: int) -> int | Hidden:
        """Return a percentage (half up) of the rounded counts, or hide it.

        Whole from a denominator of 200 on, below that to the nearest 5, 10 or 20.
        Hidden with a small numerator, and where only a few remain: "97%" of 100 would
        say that there are three others.
        """
        rest = denominator - numerator
        is_told = denominator > 0 and not self.is_small_cohort
        if not is_told or self._is_small(numerator) or 0 < rest < self.threshold:
            return SUPPRESSED
        step = self._step(denominator)
        whole = self.rounded(denominator) * step
        return (200 * self.rounded(numerator) + whole) // (2 * whole) * step

    def _step(self, denominator: int) -> int:
        shown = self.rounded(denominator)
        return next((step for limit, step in self.percent_steps if shown < limit), 1)

    def completeness(self, known: int, everyone: int) -> int | Hidden:
        """Return the percentage that is known, of the rounded counts.

        In steps of 5, 10 or 20 that are three rounded counts or more; of so few that a
        step would be less it is hidden. Finer, it would be the sum of those groups of
        which each is told by itself.
        """
        below = self.rounded(everyone)
        steps = (s for s in KNOWN_STEPS if s * below >= 100 * KNOWN_COUNTS * self.base)
        step = next(steps, None)
        if step is None or self._is_small(known) or self.is_small_cohort:
            return SUPPRESSED
        whole = below * step
        return (200 * self.rounded(known) + whole) // (2 * whole) * step

    def rounded(self, count: int) -> int:
        """Return `count` rounded to the nearest multiple of `base`, half up."""
        return (2 * count + self.base) // (2 * self.base) * self.base

    def _is_small(self, count: int) -> bool:
        return count < self.threshold and (count > 0 or self.suppress_zero)
