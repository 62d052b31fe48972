"""Looks for other numbers that would look the same: what has them is not told."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tests.integration.aggregation.attack import Attack
from tests.integration.aggregation.attack_tables import ALWAYS
from tests.integration.aggregation.integer_program import Array, Broken, Ints, Truths

ATTEMPTS = 6
FEW = 5
REACH = 4
REACH_OF_YEARS = 10


class Cell(NamedTuple):
    """A hidden number: release, scope, period and group by their places."""

    code: str
    what: str
    at: tuple[int, ...]


class Search:
    """Starts from the truth, which only the tests know, and changes a few months."""

    def __init__(self, attack: Attack, truth: Mapping[tuple[str, str], Ints]) -> None:
        self._attack = attack
        self._solver = attack.program.solver()
        self._random = random.Random(1)
        self._months = len(attack.asked.months)
        self._at, self._breakdowns = attack.program.at, attack.program.breakdowns
        values = np.zeros(len(attack.program.at))
        for key, numbers in attack.numbers.items():
            values[numbers] = truth[key]
        self.true = attack.program.settle(values)
        broken = self._solver.broken_by(self.true)
        assert not broken, f"not true of what is told: {self._described(broken)}"
        self.low, self.high = self._solver.bounds()

    def number(self, cell: Cell) -> int:
        """Return the number of a cell."""
        return int(self._attack.numbers[cell.code, cell.what][cell.at])

    def hidden_months(self) -> list[Cell]:
        """Return the hidden cells of single months and groups with anybody in them.

        What is of everybody is the sum of groups in six ways: to change it is much to
        solve.
        """
        is_month = (self._at >= 0) & (self._at < self._months)
        return self._hidden(is_month & (self._breakdowns != 0) & (self.true > 0))

    def pinned(self) -> list[Cell]:
        """Return the hidden cells of which one value is left.

        Where all that is counted was read, one by one, nothing was worked out.
        """
        is_left = self.low == self.high
        for numbers, read in self._attack.readable:
            is_left[numbers] &= (read == 0) | (self.high[numbers] > read)
        if ("magic_rate", "d") in self._attack.numbers:
            self._leave_out_no_moments(is_left)
            self._leave_out_answered(is_left)
        return self._hidden(is_left)

    def _leave_out_no_moments(self, is_left: Truths) -> None:
        """Leave out where there are none: those that are shared are no secret."""
        numbers = self._attack.numbers
        is_any = self.true[numbers["magic_rate", "d"][..., :1]] > 0
        for what in "nd":
            is_left[numbers["magic_rate", what]] &= is_any

    def _leave_out_answered(self, is_left: Truths) -> None:
        """Leave out how many were answered where it is told as what changes are of.

        It is hidden with its percentage, for the few others: all are not to be known.
        """
        numbers, hidden = self._attack.numbers, self._attack.hidden
        is_secret = hidden["changed_rate", "d"] | is_left[numbers["answered_rate", "d"]]
        is_left[numbers["answered_rate", "n"]] &= is_secret

    def _described(self, broken: Sequence[Broken]) -> str:
        """Say of the first facts that are not true which cells they are about."""
        told = []
        for fact in broken[:FEW]:
            terms = [
                f"{factor:+g} * {self._name(number)} (is {self.true[number]:g})"
                for number, factor in fact.factors.items()
            ]
            told.append(f"{fact.low:g} <= {' '.join(terms)} <= {fact.high:g}")
        return "\n".join([f"{len(broken)} facts", *told])

    def _name(self, number: int) -> str:
        for key, numbers in self._attack.numbers.items():
            for at in np.argwhere(numbers == number):
                return str((*key, *map(int, at)))
        return "a number that follows"

    def _hidden(self, which: Truths) -> list[Cell]:
        return [
            Cell(*key, tuple(map(int, at)))
            for key, hidden in self._attack.hidden.items()
            for at in np.argwhere(hidden & which[self._attack.numbers[key]])
        ]

    def uncertain(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return those for which another number was found that would look the same."""
        changed: set[int] = set()
        for cell in cells:
            if self.number(cell) not in changed:
                changed.update(self._changed(self.number(cell)))
        return [cell for cell in cells if self.number(cell) in changed]

    def _changed(self, number: int) -> Sequence[int]:
        true = self.true[number]
        for low, high in self._neighbourhoods(number):
            for least, most in ((true + 1, true + REACH), (true - REACH, true - 1)):
                least = max(least, self.low[number])
                most = min(most, self.high[number])
                if least <= most:
                    within_low, within_high = low.copy(), high.copy()
                    within_low[number], within_high[number] = least, most
                    found = self._solver.solve(within_low, within_high)
                    if found is not None:
                        return np.flatnonzero(found != self.true).tolist()
        return ()

    def _neighbourhoods(self, number: int) -> Iterator[tuple[Array, Array]]:
        """Yield what may change in one breakdown: first a quarter, then more."""
        month, breakdown = self._at[number], self._breakdowns[number]
        begin = month - month % 3
        quarter = range(begin, min(begin + 3, self._months))
        for attempt in range(ATTEMPTS):
            more = self._random.sample(range(self._months), min(6, attempt // 3))
            of_years = REACH_OF_YEARS if attempt else 0
            yield self._near({*quarter, *more}, breakdown, of_years)

    def _near(
        self, months: Collection[int], breakdown: int, of_years: int
    ) -> tuple[Array, Array]:
        reach = np.where(self._at >= self._months, of_years, 0)
        reach[np.isin(self._at, [*months, ALWAYS])] = REACH
        reach[(self._breakdowns != breakdown) & (self._at != ALWAYS)] = 0
        # What follows from others may be anything, where these may change.
        reach[self._follows() & (reach > 0)] = 10**6
        return self.true - reach, self.true + reach

    def _follows(self) -> Truths:
        found = np.full(len(self.true), fill_value=True)
        for numbers in self._attack.numbers.values():
            found[numbers] = False
        return found
