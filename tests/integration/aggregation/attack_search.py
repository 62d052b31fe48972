"""Looks for other numbers that would look the same: what has them is not told."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from tests.integration.aggregation.attack import Attack
from tests.integration.aggregation.attack_tables import Cell, Table

ATTEMPTS = 24
REACH = 4
REACH_OF_YEARS = 10


class Search:
    """Starts from the truth, which only the tests know, and changes a few months."""

    def __init__(self, attack: Attack, truth: Callable[[Cell], int]) -> None:
        self._attack = attack
        self._keys = {number: key for key, number in attack.program.keys.items()}
        self._solver = attack.program.solver()
        self._random = random.Random(1)
        self.low, self.high = self._solver.bounds()
        is_true = {
            number: (truth(key), truth(key))
            for key, number in attack.program.keys.items()
            if isinstance(key, Cell)
        }
        found = self._solver.solve(is_true)
        assert found is not None, "what is true is not what was told"
        self._true = found
        tables = map(table_of, self._keys.values())
        self._months = sorted({t.first for t in tables if t and t.first == t.last})

    def hidden(self) -> list[Cell]:
        """Return the hidden cells."""
        keys = (self._keys[number] for number in self._attack.hidden)
        return [key for key in keys if isinstance(key, Cell)]

    def pinned(self) -> list[Cell]:
        """Return the hidden cells of which one value is left."""
        is_pinned = self.low == self.high
        numbers = self._attack.program.keys
        return [cell for cell in self.hidden() if is_pinned[numbers[cell]]]

    def uncertain(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return those for which another number was found that would look the same."""
        numbers = [self._attack.program.keys[cell] for cell in cells]
        changed: set[int] = set()
        for number in numbers:
            if number not in changed:
                changed.update(self._changed(number))
        both = zip(cells, numbers, strict=True)
        return [cell for cell, number in both if number in changed]

    def _changed(self, number: int) -> Sequence[int]:
        true = self._true[number]
        for within in self._neighbourhoods(number):
            for low, high in ((true + 1, true + REACH), (true - REACH, true - 1)):
                bounds = (
                    int(max(low, self.low[number])),
                    int(min(high, self.high[number])),
                )
                if bounds[0] <= bounds[1]:
                    found = self._solver.solve(within | {number: bounds})
                    if found is not None:
                        return np.flatnonzero(found != self._true).tolist()
        return ()

    def _neighbourhoods(self, number: int) -> Iterator[dict[int, tuple[int, int]]]:
        """Yield what may change: first a quarter alone, then more months and years."""
        table = table_of(self._keys[number])
        assert table is not None
        at = self._months.index(table.first)
        quarter = self._months[at - at % 3 : at - at % 3 + 3]
        for attempt in range(ATTEMPTS):
            more = self._random.sample(self._months, min(6, attempt // 3))
            reach = REACH_OF_YEARS if attempt else 0
            yield self._near({*quarter, *more}, reach, is_case_free=attempt % 2 == 0)

    def _near(
        self, months: Collection[str], reach_of_years: int, *, is_case_free: bool
    ) -> dict[int, tuple[int, int]]:
        within = {}
        for number, key in self._keys.items():
            table, true = table_of(key), int(self._true[number])
            reach = 0
            if table is None:
                if is_case_free:
                    continue
            elif table.first != table.last:
                reach = reach_of_years
            elif table.first in months:
                reach = REACH
            within[number] = (true - reach, true + reach)
        return within


def table_of(key: object) -> Table | None:
    """Return the table that a number is of; None where it says which case holds."""
    if isinstance(key, Cell):
        return key.table
    if isinstance(key, tuple) and isinstance(key[0], Table):
        return key[0]
    return None
