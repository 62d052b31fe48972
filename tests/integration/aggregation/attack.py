"""What somebody knows who asked for every figure, as an integer program.

They know the rule and its code, that parts add up to totals (organisations to places
and the system, months to years, groups to everybody), and that records are only added
from one release to the next.
"""

from __future__ import annotations

import numpy as np

from services.aggregation.indicators import INDICATORS
from services.aggregation.rules import GROUPS, UNKNOWN_GROUPS
from tests.integration.aggregation.attack_tables import (
    HAS_ONE_TOTAL,
    HIDDEN,
    WHATS,
    Asked,
    Rule,
    Shown,
    columns_of,
    groups_of,
    known_step,
    percent,
    rule_of,
)
from tests.integration.aggregation.integer_program import (
    MOST,
    Fact,
    Ints,
    Program,
    Truths,
)

# Of those who wait some leave; a first contact may turn out to be a second one.
OF_FIRST_CONTACTS = ("access_count", "crisis_use")
NOT_ONLY_ADDED = ("still_waiting", *OF_FIRST_CONTACTS)


class Attack:
    """Collects what answers tell.

    Attributes:
        numbers: The numbers behind the figures of each indicator, by what they are.
        hidden: Which of them are not shown.
        readable: Numbers of what is read one by one, and how many were.
        rule: By which all is told.
    """

    def __init__(self, asked: Asked, few: int = 3, *, is_exact: bool = False) -> None:
        self.asked = asked
        self.program = Program()
        self.numbers: dict[tuple[str, str], Ints] = {}
        self.hidden: dict[tuple[str, str], Truths] = {}
        self.readable: list[tuple[Ints, Ints]] = []
        self.rule = rule_of(asked, few, is_exact=is_exact)

    def hear(self, shown: Shown) -> None:
        """Learn from all answers about one indicator."""
        code, kind = shown.code, INDICATORS[shown.code].kind
        shape = self.asked.shape(code)
        at = np.broadcast_to(np.arange(shape[2])[:, None], shape)
        known = [None, *GROUPS]
        of = np.broadcast_to(
            [known.index(by) if by in known else -1 for by, _ in groups_of(code)], shape
        )
        for what in WHATS[kind]:
            which = slice(None)
            if kind in HAS_ONE_TOTAL:
                which = slice(1) if what == "d" else slice(1, None)
            self.numbers[code, what] = self.program.numbers(
                at[..., which], of[..., which]
            )
        {
            "count": self._hear_counts,
            "stock": self._hear_counts,
            "share": self._hear_shares,
            "mix": self._hear_mix,
            "rate": self._hear_rates,
            "wait": self._hear_waits,
        }[kind](shown)
        if kind != "mix":
            self._hear_completeness(shown)
        self._add_up(code)

    def _hear_row(self, numbers: Ints, shown: Ints) -> None:
        """Learn from counts by the row rule."""
        program, rule = self.program, self.rule
        program.bound(numbers, *rule.interval(shown))
        at = np.nonzero((shown == HIDDEN).any(axis=-1))
        members, hidden, left = numbers[at], shown[at] == HIDDEN, shown[at] >= 0
        small = rule.at(at, shown.shape).small[:, 0]
        if shown.shape[-1] == 1:
            program.bound(members[:, 0], high=small)
            return
        together, least = program.total(members, hidden), program.least(members, left)
        row, column = np.nonzero(hidden)
        one, its_small, others = members[row, column], small[row], together[row]
        is_one_of_two = hidden.sum(axis=-1)[row] == 2
        _, is_further = program.know_one_of(
            one,
            [Fact([(1, one)], high=its_small)],
            [
                Fact([(1, one)], low=its_small + 1),
                Fact([(1, one), (-1, least[row])], high=0),
                Fact([(1, others), (-1, one)], high=its_small + MOST * is_one_of_two),
            ],
        )
        self._at_most_one(row, is_further)
        program.bound(together, low=np.where(left.any(axis=-1), small + 1, 0))

    def _at_most_one(self, row: Ints, chosen: Ints) -> None:
        rows, first, row = np.unique(row, return_index=True, return_inverse=True)
        which = self.program.beside(chosen[first], 1)
        self.program.know_sums(row, chosen, which)
        self.program.follow(which, lambda v: np.bincount(row, v[chosen], len(rows)))

    def _hide(self, code: str, what: str, shown: Ints) -> None:
        self.hidden[code, what] = shown == HIDDEN

    def _hear_counts(self, shown: Shown) -> None:
        numbers, values = self.numbers[shown.code, "n"], shown.fields["value"]
        for columns in columns_of(shown.code).values():
            self._hear_row(numbers[..., columns], values[..., columns])
        self._hide(shown.code, "n", values)

    def _hear_shares(self, shown: Shown) -> None:
        some, every = self.numbers[shown.code, "n"], self.numbers[shown.code, "d"]
        above, below = (shown.fields[name] for name in ("numerator", "denominator"))
        self._hear_row(some, above[..., 1:])
        self._hear_row(every, below[..., 1:2])
        self._hide(shown.code, "n", above[..., 1:])
        self._hide(shown.code, "d", below[..., 1:2])
        self.program.know(
            [(-1, every[..., 0]), *((1, some[..., g]) for g in range(some.shape[-1]))],
            0,
            0,
        )
        is_told = (above[..., 1:] >= 0) & (below[..., 1:] >= 0)
        self._hear_percent(some, every, (shown.fields["value"], below), is_told)

    def _hear_mix(self, shown: Shown) -> None:
        """Learn what share had something: each group is told by itself."""
        some, every = self.numbers[shown.code, "n"], self.numbers[shown.code, "d"]
        above, below = (shown.fields[name] for name in ("numerator", "denominator"))
        self._hear_row(every, below[..., 1:2])
        self._hide(shown.code, "n", above[..., 1:])
        self._hide(shown.code, "d", below[..., 1:2])
        self.program.bound(some, *self.rule.interval(above[..., 1:]))
        self.program.know([(1, some), (-1, every)], high=0)
        is_told = below[..., 1:] >= 0
        self._hear_percent(some, every, (shown.fields["value"], below), is_told)

    def _hear_rates(self, shown: Shown) -> None:
        some, every = self.numbers[shown.code, "n"], self.numbers[shown.code, "d"]
        above, below = (shown.fields[name] for name in ("numerator", "denominator"))
        values = shown.fields["value"]
        self.program.bound(some, *self.rule.interval(above))
        self.program.know([(1, some), (-1, every)], high=0)
        self._hide(shown.code, "n", above)
        self._hide(shown.code, "d", below)
        for columns in columns_of(shown.code).values():
            self._hear_row(every[..., columns], below[..., columns])
            self._hear_hidden_rates(
                (some[..., columns], every[..., columns]),
                (values[..., columns], below[..., columns]),
            )
        is_told = (values >= 0) & (below >= 0)
        self._hear_percent(some, every, (values, below), is_told)

    def _hear_hidden_rates(
        self, numbers: tuple[Ints, Ints], shown: tuple[Ints, Ints]
    ) -> None:
        """Learn why percentages of shown counts are hidden: few, or the next fewest."""
        (some, every), (values, below) = numbers, shown
        at = np.nonzero((values == HIDDEN) & (below >= 0))
        rule, one = self.rule.at(at, values.shape), some[at]
        cases = rule.few(one, every[at])
        if values.shape[-1] > 1:
            least = self.program.least(some, values >= 0)[at[:-1]]
            is_next = [Fact([(1, one)], low=rule.small + 1)]
            cases.append([*is_next, Fact([(1, one), (-1, least)], high=0)])
        _, _, *further = self.program.know_one_of(one, *cases)
        for chosen in further:
            rows = np.ravel_multi_index(at[:-1], values.shape[:-1])
            self._at_most_one(rows, chosen)

    def _hear_percent(
        self, some: Ints, every: Ints, shown: tuple[Ints, Ints], is_told: Truths
    ) -> None:
        """Learn from percentages of counts that are shown."""
        values, below = (array[..., -some.shape[-1] :] for array in shown)
        every = np.broadcast_to(every, some.shape)
        at = np.nonzero(is_told & (values == HIDDEN))
        rule = self.rule.at(at, some.shape)
        self.program.know_one_of(some[at], *rule.few(some[at], every[at]))
        at = np.nonzero(is_told & (values >= 0))
        rule = self.rule.at(at, some.shape)
        above, whole, told = some[at], every[at], (values[at], below[at])
        if rule.is_exact:
            twice = 2 * told[0]
            self.program.know([(200, above), (1 - twice, whole)], low=0)
            self.program.know([(200, above), (-1 - twice, whole)], high=-1)
        else:
            self._hear_rounded(rule, above, told, rule.step(told[1]))
        self.program.bound(above, low=rule.small + 1)
        rest = [(1, whole), (-1, above)]
        self.program.know_one_of(
            above, [Fact(rest, 0, 0)], [Fact(rest, rule.small + 1)]
        )

    def _hear_rounded(
        self, rule: Rule, some: Ints, told: tuple[Ints, Ints], step: Ints
    ) -> None:
        """Learn from percentages of rounded counts: they tell one, or a few."""
        base, every = rule.base[:, None], told[1][:, None]
        counts = np.arange(MOST // 5) * base
        fits = percent(counts, every, step[:, None]) == told[0][:, None]
        first, last = fits.argmax(axis=1), fits[:, ::-1].argmax(axis=1)
        low, _ = rule.interval(first * rule.base)
        _, high = rule.interval((fits.shape[1] - 1 - last) * rule.base)
        self.program.bound(some, low, high)

    def _hear_waits(self, shown: Shown) -> None:
        every, short = self.numbers[shown.code, "n"], self.numbers[shown.code, "s"]
        below, within = shown.fields["denominator"], shown.fields["within_28"]
        for columns in columns_of(shown.code).values():
            self._hear_row(every[..., columns], below[..., columns])
        self._hide(shown.code, "n", below)
        self._hide(shown.code, "s", within)
        self.program.know([(1, short), (-1, every)], high=0)
        self._hear_percent(short, every, (within, below), below >= 0)
        for name, (of, among) in {"value": (2, 1), "p90": (10, 9)}.items():
            days = shown.fields[name]
            for at, low, high in (
                (np.nonzero((days >= 0) & (days <= 28)), 0, 10**9),
                (np.nonzero(days > 28), -(10**9), -1),
            ):
                self.program.know([(of, short[at]), (-among, every[at])], low, high)

    def _hear_completeness(self, shown: Shown) -> None:
        """Learn of how many the group is known; where it is hidden, few may be."""
        code, names = shown.code, groups_of(shown.code)
        kind = INDICATORS[code].kind
        is_one, what = kind in HAS_ONE_TOTAL, "d" if kind == "rate" else "n"
        every = shown.fields["denominator"][..., is_one : is_one + 1]
        for by, columns in columns_of(code).items():
            chosen = [
                index - is_one
                for index in _places(columns)
                if names[index][1] not in (None, *UNKNOWN_GROUPS)
            ]
            if by and chosen:
                members = self.numbers[code, what][..., chosen]
                known = self.program.total(members, np.full(members.shape, True))
                told = shown.fields["completeness"][..., columns.stop - 1]
                self._hear_known(known[..., None], told[..., None], every)

    def _hear_known(self, known: Ints, told: Ints, every: Ints) -> None:
        step = known_step(every, self.rule.base)
        at = np.nonzero((told == HIDDEN) & (step > 0))
        self.program.bound(known[at], high=self.rule.at(at, told.shape).small)
        at = np.nonzero(told >= 0)
        rule = self.rule.at(at, told.shape)
        self._hear_rounded(rule, known[at], (told[at], every[at]), step[at])

    def _add_up(self, code: str) -> None:
        """Add what holds between the tables of an indicator."""
        for what in WHATS[INDICATORS[code].kind]:
            numbers = self.numbers[code, what]
            if INDICATORS[code].kind != "stock":
                self._add_months(numbers)
            self._add_organisations(code, numbers)
            if code not in NOT_ONLY_ADDED:
                self.program.know([(1, numbers[1:]), (-1, numbers[:-1])], 0)
            columns = columns_of(code)
            for by, groups in columns.items() if None in columns else ():
                if by:
                    parts = [(1, numbers[..., g]) for g in _places(groups)]
                    self.program.know([(-1, numbers[..., 0]), *parts], 0, 0)

    def _add_months(self, numbers: Ints) -> None:
        months = self.asked.months
        for nth, (first, last) in enumerate(self.asked.years, len(months)):
            begin, end = months.index(first), months.index(last)
            parts = [(1, numbers[:, :, m]) for m in range(begin, end + 1)]
            self.program.know([(-1, numbers[:, :, nth]), *parts], 0, 0)

    def _add_organisations(self, code: str, numbers: Ints) -> None:
        scopes = list(self.asked.scopes)
        high = MOST if code in OF_FIRST_CONTACTS else 0
        for scope, ways in self.asked.parts.items():
            for parts in ways:
                some = [(1, numbers[:, scopes.index(part)]) for part in parts]
                total = (-1, numbers[:, scopes.index(scope)])
                self.program.know([total, *some], 0, high)


def _places(columns: slice) -> range:
    return range(columns.start, columns.stop)
