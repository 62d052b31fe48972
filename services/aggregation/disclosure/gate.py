"""Where figures are made: true counts go in, what the rule leaves of them comes out."""

from __future__ import annotations

from dataclasses import dataclass

from services.aggregation.disclosure.figure import (
    SUPPRESSED,
    About,
    Cells,
    Counted,
    Figure,
    Hidden,
)
from services.aggregation.disclosure.rule import Rule
from services.aggregation.indicators.definition import Kind
from services.aggregation.rules import nearest_rank

# Of 10, the nearest rank of nine in ten may be the longest wait, and somebody's own.
LEAST_FOR_P90 = 15
SHORT_WAIT_DAYS = 28


@dataclass(frozen=True, slots=True)
class Gate(Rule):
    """Publishes figures by the rule."""

    def publish(self, kind: Kind, cells: Cells, about: About) -> list[Figure]:
        """Publish the cells of one row: one figure per group."""
        if self.is_small_cohort and (len(cells) > 1 or None not in cells):
            return [self._hidden(about, group) for group in cells if group is not None]
        publishing = {
            "count": self.counts,
            "stock": self.counts,
            "rate": self.rates,
            "share": self.shares,
            "wait": self.waits,
            "mix": self.mix,
        }[kind]
        return publishing(cells, about)

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
            self._hidden(about, group, p90=SUPPRESSED, within_28=SUPPRESSED)
            if shown[group] == SUPPRESSED
            else self._wait(about, group, cell, shown[group])
            for group, cell in cells.items()
        ]

    def _wait(
        self, about: About, group: str | None, cell: Counted, shown: int | Hidden
    ) -> Figure:
        short = sum(count for days, count in cell.days if days <= SHORT_WAIT_DAYS)
        return Figure(
            **about,
            group=group,
            value=self._rank(cell, 0.5, self.least_for_median),
            numerator=shown,
            denominator=shown,
            p90=self._rank(cell, 0.9, LEAST_FOR_P90),
            within_28=self.percent(short, cell.denominator),
        )

    def _rank(self, cell: Counted, share: float, least: int) -> int | Hidden:
        days = nearest_rank(cell.days, share)
        is_of_few = self.rounded(cell.denominator) < least
        return SUPPRESSED if days is None or is_of_few else days

    @staticmethod
    def _hidden(about: About, group: str | None, **waits: Hidden) -> Figure:
        return Figure(
            **about,
            **waits,
            group=group,
            value=SUPPRESSED,
            numerator=SUPPRESSED,
            denominator=SUPPRESSED,
        )

    def _shown(self, cells: Cells, what: str) -> dict[str | None, int | Hidden]:
        counts = {group or "": getattr(cell, what) for group, cell in cells.items()}
        row = self.row(counts, with_secondary=len(cells) > 1)
        return {group: row.cells[group or ""] for group in cells}
