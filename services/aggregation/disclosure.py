"""The disclosure gate: every figure leaves through here; no other place makes one.

Source of the rule: NHS England MHSDS monthly statistics (counts under 5, zero
included, are hidden; others are rounded to the nearest 5; a percentage is hidden with
its numerator, and computed from true counts), with secondary suppression. Other than
there, a percentage of fewer than 100 is rounded to the nearest 5: a whole one tells the
counts exactly, and they, by differences, what was hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypedDict

from pydantic import BaseModel

from services.aggregation.rules import nearest_rank

SUPPRESSED: Final = "suppressed"
Hidden = Literal["suppressed"]
LEAST_HIDDEN_CELLS = 2
FROM_HERE_WHOLE = 100
PERCENT_STEP = 5
# Of fewer, the nearest rank of nine in ten is the longest wait, and somebody's own.
LEAST_FOR_P90 = 10
SHORT_WAIT_DAYS = 28


class Figure(BaseModel):
    """One published value; only the gate makes one.

    `suppressed` is a value of its own: never 0, never absent.
    """

    month: str | None = None
    group: str | None = None
    value: int | Hidden
    numerator: int | Hidden
    denominator: int | Hidden
    p90: int | Hidden | None = None
    within_28: int | Hidden | None = None
    completeness: int | Hidden | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """True counts of one cell; they never leave but through the gate.

    Attributes:
        days: For waits, (days, people) in ascending order of days.
    """

    numerator: int = 0
    denominator: int = 0
    days: tuple[tuple[int, int], ...] = ()


class About(TypedDict):
    """What holds for all figures of a row: its month, and how complete it is."""

    month: str | None
    completeness: int | Hidden | None


Cells = Mapping[str | None, Counted]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """Cells of one row after the rule; a hidden one is `suppressed`."""

    cells: Mapping[str, int | Hidden]
    total: int | Hidden
    primary: tuple[str, ...]
    secondary: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """The rule with its parameters."""

    threshold: int = 5
    base: int = 5
    suppress_zero: bool = True

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
        """Return a percentage (half up), or hide it.

        Whole from a denominator of 100 on, below that to the nearest 5. Hidden with a
        small numerator, and where only a few remain: "97%" of 100 would say that there
        are three others.
        """
        rest = denominator - numerator
        if not denominator or self._is_small(numerator) or 0 < rest < self.threshold:
            return SUPPRESSED
        step = 1 if self.rounded(denominator) >= FROM_HERE_WHOLE else PERCENT_STEP
        whole = denominator * step
        return (200 * numerator + whole) // (2 * whole) * step

    def rounded(self, count: int) -> int:
        """Return `count` rounded to the nearest multiple of `base`, half up."""
        return (2 * count + self.base) // (2 * self.base) * self.base

    def _is_small(self, count: int) -> bool:
        return count < self.threshold and (count > 0 or self.suppress_zero)

    def counts(self, cells: Cells, about: About) -> list[Figure]:
        """Publish counts of people: one figure per group."""
        shown = self._shown(cells, "numerator")
        return [
            Figure(
                **about,
                group=group,
                value=shown[group],
                numerator=shown[group],
                denominator=shown[group],
            )
            for group in cells
        ]

    def rates(self, cells: Cells, about: About) -> list[Figure]:
        """Publish percentages: numerator and denominator both go through the rule."""
        above = self._shown(cells, "numerator")
        below = self._shown(cells, "denominator")
        figures = []
        for group, cell in cells.items():
            is_hidden = SUPPRESSED in (above[group], below[group])
            value = (
                SUPPRESSED
                if is_hidden
                else self.percent(cell.numerator, cell.denominator)
            )
            figures.append(
                Figure(
                    **about,
                    group=group,
                    value=value,
                    numerator=SUPPRESSED if value == SUPPRESSED else above[group],
                    denominator=below[group],
                )
            )
        return figures

    def shares(self, cells: Cells, about: About) -> list[Figure]:
        """Publish each group's share of all groups."""
        row = self.row({group or "": cell.numerator for group, cell in cells.items()})
        total = sum(cell.numerator for cell in cells.values())
        return [
            Figure(
                **about,
                group=group,
                value=SUPPRESSED
                if row.cells[group or ""] == SUPPRESSED
                else self.percent(cell.numerator, total),
                numerator=row.cells[group or ""],
                denominator=row.total,
            )
            for group, cell in cells.items()
        ]

    def mix(self, cells: Cells, about: About) -> list[Figure]:
        """Publish what share of all had something; one may have had several.

        The cell of no group holds how many there were in all.
        """
        everyone = cells[None].denominator
        below = self.count(everyone)
        figures = []
        for group, cell in cells.items():
            value = self.percent(cell.numerator, everyone)
            if below == SUPPRESSED:
                value = SUPPRESSED
            if group is not None:
                figures.append(
                    Figure(
                        **about,
                        group=group,
                        value=value,
                        numerator=SUPPRESSED
                        if value == SUPPRESSED
                        else self.count(cell.numerator),
                        denominator=below,
                    )
                )
        return figures

    def waits(self, cells: Cells, about: About) -> list[Figure]:
        """Publish median and 90th percentile in days, and the share within 28."""
        shown = self._shown(cells, "denominator")
        return [
            self._hidden_wait(about, group)
            if shown[group] == SUPPRESSED
            else self._wait(about, group, cell, shown[group])
            for group, cell in cells.items()
        ]

    def _wait(
        self, about: About, group: str | None, cell: Counted, shown: int | Hidden
    ) -> Figure:
        short = sum(count for days, count in cell.days if days <= SHORT_WAIT_DAYS)
        median, p90 = nearest_rank(cell.days, 0.5), nearest_rank(cell.days, 0.9)
        return Figure(
            **about,
            group=group,
            value=SUPPRESSED if median is None else median,
            numerator=shown,
            denominator=shown,
            p90=SUPPRESSED if p90 is None or cell.denominator < LEAST_FOR_P90 else p90,
            within_28=self.percent(short, cell.denominator),
        )

    @staticmethod
    def _hidden_wait(about: About, group: str | None) -> Figure:
        return Figure(
            **about,
            group=group,
            value=SUPPRESSED,
            numerator=SUPPRESSED,
            denominator=SUPPRESSED,
            p90=SUPPRESSED,
            within_28=SUPPRESSED,
        )

    def _shown(self, cells: Cells, what: str) -> dict[str | None, int | Hidden]:
        counts = {group or "": getattr(cell, what) for group, cell in cells.items()}
        row = self.row(counts, with_secondary=len(cells) > 1)
        return {group: row.cells[group or ""] for group in cells}
