"""What somebody knows who asked for every figure, as an integer program.

They know the rule and its code, that parts add up to totals (organisations to places
and the system, months to years, groups to everybody), and that records are only added
from one release to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.integration.aggregation.attack_tables import (
    COARSE,
    PLAIN,
    WHATS,
    Cell,
    Rule,
    Table,
    percent,
)
from tests.integration.aggregation.integer_program import MOST, Fact, Program

HIDDEN = "suppressed"
# Of those who wait some leave; a first contact may turn out to be a second one.
NOT_ONLY_ADDED = {"still_waiting", "access_count"}
Shown = Any  # int or HIDDEN
Figures = Sequence[Mapping[str, Any]]


class Attack:
    """Collects what answers tell."""

    def __init__(
        self,
        parts: Mapping[str, Sequence[Sequence[str]]],
        rules: tuple[Rule, Rule] = (PLAIN, COARSE),
    ) -> None:
        self._plain, self._coarse = rules
        self.program = Program()
        self.hidden: dict[int, None] = {}
        self._parts = parts  # what a scope is the sum of
        self._tables: dict[Table, tuple[str | None, ...]] = {}
        self._shown: dict[Table, Shown] = {}
        self._organisations = {scope: len(found[0]) for scope, found in parts.items()}

    def number(self, table: Table, group: str | None, what: str) -> int:
        """Return the number of a cell; counts are their own denominators."""
        if table.kind in ("count", "stock", "share", "wait") and what == "d":
            what = "n"
        return self.program.number(Cell(table, group, what))

    def rule(self, table: Table) -> Rule:
        """Return by which rule a table is told."""
        is_of_few = self._organisations.get(table.scope, 1) < 3
        return self._coarse if is_of_few and table.scope != "system" else self._plain

    def hear(self, release: int, answer: Mapping[str, Any]) -> None:
        """Learn from the answer to one question."""
        where = (release, answer["indicator"], answer["scope"], answer["breakdown"])
        by_month: dict[str, list[Mapping[str, Any]]] = {}
        for figure in answer["figures"]:
            by_month.setdefault(figure["month"], []).append(figure)
        for month, figures in by_month.items():
            self._hear_table(Table(*where, month, month), figures)
        if answer["totals_from"] != answer["totals_to"]:
            year = Table(*where, answer["totals_from"], answer["totals_to"])
            if year not in self._tables:
                self._hear_table(year, answer["totals"])
                self._add_months(year, list(by_month))

    def _hear_table(self, table: Table, figures: Figures) -> None:
        if table in self._tables:
            return
        self._tables[table] = tuple(figure["group"] for figure in figures)
        {
            "count": self._hear_counts,
            "stock": self._hear_counts,
            "share": self._hear_shares,
            "rate": self._hear_rates,
            "wait": self._hear_waits,
        }[table.kind](table, figures)
        if table.by is None:
            self._shown[table] = figures[0]["denominator"]
        self._hear_completeness(table, figures)

    def _add_months(self, year: Table, months: Iterable[str]) -> None:
        within = [m for m in months if year.first <= m <= year.last]
        assert len(within) == 12
        for group in self._tables[year]:
            for what in WHATS[year.kind]:
                parts = [
                    self.number(year.but(first=m, last=m), group, what) for m in within
                ]
                self._is_sum(self.number(year, group, what), parts)

    def _is_sum(self, total: int, parts: Iterable[int]) -> None:
        self.program.know([(-1, total), *((1, part) for part in parts)], 0, 0)

    def _hear_row(
        self, rule: Rule, numbers: Sequence[int], shown: Sequence[Shown]
    ) -> None:
        """Learn from counts by the row rule."""
        know = self.program.know
        hidden = [n for n, s in zip(numbers, shown, strict=True) if s == HIDDEN]
        left = [n for n, s in zip(numbers, shown, strict=True) if s != HIDDEN]
        for number, value in zip(numbers, shown, strict=True):
            if value != HIDDEN:
                know([(1, number)], *rule.interval(value))
        if len(numbers) == 1:
            for number in hidden:
                know([(1, number)], high=rule.small)
            return
        further = []
        for number in hidden:
            others = [(1, other) for other in hidden if other != number]
            is_next = [Fact([(1, number)], low=rule.small + 1)]
            is_next += [Fact([(1, number), (-1, other)], high=0) for other in left]
            if len(others) > 1:
                is_next.append(Fact(others, high=rule.small))
            _, is_further = self.program.know_one_of(
                [Fact([(1, number)], high=rule.small)], is_next
            )
            further.append((1, is_further))
        if hidden:
            know(further, high=1)
            if left:
                know([(1, number) for number in hidden], low=rule.small + 1)

    def _hear_counts(self, table: Table, figures: Figures) -> None:
        numbers = [self._cell(table, f["group"], "n", f["value"]) for f in figures]
        self._hear_row(self.rule(table), numbers, [f["value"] for f in figures])

    def _cell(self, table: Table, group: str | None, what: str, shown: Shown) -> int:
        number = self.number(table, group, what)
        if shown == HIDDEN:
            self.hidden[number] = None
        return number

    def _hear_shares(self, table: Table, figures: Figures) -> None:
        numbers = [self._cell(table, f["group"], "n", f["numerator"]) for f in figures]
        self._hear_row(self.rule(table), numbers, [f["numerator"] for f in figures])
        everyone = self.program.number((table, "everyone"))
        self._is_sum(everyone, numbers)
        self._hear_row(self.rule(table), [everyone], [figures[0]["denominator"]])
        for figure, number in zip(figures, numbers, strict=True):
            if figure["numerator"] != HIDDEN and figure["denominator"] != HIDDEN:
                told = (figure["value"], figure["denominator"])
                self._hear_percent(table, number, everyone, told)

    def _hear_rates(self, table: Table, figures: Figures) -> None:
        rule = self.rule(table)
        below = [self._cell(table, f["group"], "d", f["denominator"]) for f in figures]
        self._hear_row(self.rule(table), below, [f["denominator"] for f in figures])
        further = []
        for figure, every in zip(figures, below, strict=True):
            some = self._cell(table, figure["group"], "n", figure["numerator"])
            self.program.know([(1, some), (-1, every)], high=0)
            if figure["value"] != HIDDEN:
                self.program.know([(1, some)], *rule.interval(figure["numerator"]))
                self._hear_percent(
                    table, some, every, (figure["value"], figure["denominator"])
                )
            elif figure["denominator"] != HIDDEN:
                cases = [*rule.few(some, every), *([[]] if len(figures) > 1 else [])]
                chosen = self.program.know_one_of(*cases)
                further += [(1, one) for one in chosen[2:]]
        if further:
            self.program.know(further, high=1)

    def _hear_percent(
        self, table: Table, some: int, every: int, shown: tuple[Shown, int]
    ) -> None:
        """Learn from a percentage of a count that is shown."""
        rule, (value, below) = self.rule(table), shown
        if value == HIDDEN:
            self.program.know_one_of(*rule.few(some, every))
            return
        step = rule.step(below)
        twice = 2 * value // step
        self.program.know([(200, some), (-(twice - 1) * step, every)], low=0)
        self.program.know([(200, some), (-(twice + 1) * step, every)], high=-1)
        self.program.know([(1, some)], low=rule.small + 1)
        rest = [(1, every), (-1, some)]
        self.program.know_one_of([Fact(rest, 0, 0)], [Fact(rest, low=rule.small + 1)])

    def _hear_waits(self, table: Table, figures: Figures) -> None:
        seen = [self._cell(table, f["group"], "n", f["denominator"]) for f in figures]
        self._hear_row(self.rule(table), seen, [f["denominator"] for f in figures])
        for figure, every in zip(figures, seen, strict=True):
            short = self._cell(table, figure["group"], "s", figure["within_28"])
            self.program.know([(1, short), (-1, every)], high=0)
            if figure["denominator"] == HIDDEN:
                continue
            told = (figure["within_28"], figure["denominator"])
            self._hear_percent(table, short, every, told)
            for rank, (of, among) in {"value": (2, 1), "p90": (10, 9)}.items():
                if figure[rank] != HIDDEN:
                    known = {"low": 0} if figure[rank] <= 28 else {"high": -1}
                    self.program.know([(of, short), (-among, every)], **known)

    def _hear_completeness(self, table: Table, figures: Figures) -> None:
        """Learn how many there are whose group is known, if everybody's count is shown.

        Percentages are of rounded counts, so they tell one such count, or a few.
        """
        value = figures[0]["completeness"]
        below = self._shown.get(table.but(by=None))
        if table.by is None or value in (None, HIDDEN) or below in (None, HIDDEN):
            return
        rule = self.rule(table)
        told = [n for n in range(0, below + 1, rule.base) if percent(n, below) == value]
        known = [
            (1, self.number(table, figure["group"], "d"))
            for figure in figures
            if figure["group"] not in ("not_known", "not_stated")
        ]
        low, high = rule.interval(told[0])[0], rule.interval(told[-1])[1]
        self.program.know(known, low, high)

    def add_up(self) -> None:
        """Add what holds between the tables that were heard."""
        for table, groups in self._tables.items():
            for what in WHATS[table.kind]:
                for group in groups:
                    self._add_organisations(table, group, what)
                    self._is_only_added(table, group, what)
                self._add_groups(table, groups, what)

    def _add_groups(
        self, table: Table, groups: Sequence[str | None], what: str
    ) -> None:
        everyone = table.but(by=None)
        if table.by and everyone in self._tables:
            parts = [self.number(table, group, what) for group in groups]
            self._is_sum(self.number(everyone, None, what), parts)

    def _add_organisations(self, table: Table, group: str | None, what: str) -> None:
        for scopes in self._parts.get(table.scope, []):
            tables = [table.but(scope=scope) for scope in scopes]
            if all(part in self._tables for part in tables):
                parts = [(1, self.number(part, group, what)) for part in tables]
                total = (-1, self.number(table, group, what))
                high = MOST if table.indicator == "access_count" else 0
                self.program.know([total, *parts], 0, high)

    def _is_only_added(self, table: Table, group: str | None, what: str) -> None:
        before = table.but(release=table.release - 1)
        if before in self._tables and table.indicator not in NOT_ONLY_ADDED:
            earlier = self.number(before, group, what)
            self.program.know([(1, self.number(table, group, what)), (-1, earlier)], 0)
