"""An integer program: whole numbers, and what is known of them; solved by HiGHS."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

MOST = 2_000  # of anything that is counted in these tests
FAR = 10**9
MOST_ROUNDS = 100
MOST_NODES = 100
NOT_QUITE = 1e-6

Terms = Sequence[tuple[int, int]]  # (factor, number)
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fact:
    """A sum of numbers lies between two bounds."""

    terms: Terms
    low: int = -FAR
    high: int = FAR


class Program:
    """Whole numbers from 0 on by a key of their own, and facts about them."""

    def __init__(self) -> None:
        self.keys: dict[Hashable, int] = {}
        self._high: list[int] = []
        self._facts: list[Fact] = []

    def number(self, key: Hashable, high: int = MOST) -> int:
        """Return the number of a key; it is made when it is first asked for."""
        if key not in self.keys:
            self.keys[key] = len(self._high)
            self._high.append(high)
        return self.keys[key]

    def know(self, terms: Terms, low: int = -FAR, high: int = FAR) -> None:
        """Add a fact."""
        self._facts.append(Fact(terms, low, high))

    def know_one_of(self, *cases: Sequence[Fact]) -> list[int]:
        """Add that at least one case holds; return a 0 or 1 for each."""
        chosen = [self.number(("case", len(self._high)), 1) for _ in cases]
        self.know([(1, one) for one in chosen], low=1)
        for one, facts in zip(chosen, cases, strict=True):
            for fact in facts:
                self._know_if(one, fact)
        return chosen

    def _know_if(self, one: int, fact: Fact) -> None:
        above = sum(max(0, f * self._high[n]) for f, n in fact.terms)
        below = sum(min(0, f * self._high[n]) for f, n in fact.terms)
        if fact.high < above:
            slack = above - fact.high
            self.know([*fact.terms, (slack, one)], high=fact.high + slack)
        if fact.low > below:
            slack = fact.low - below
            self.know([*fact.terms, (-slack, one)], low=fact.low - slack)

    def solver(self) -> Solver:
        """Return what solves it as it is now."""
        return Solver(self._high, self._facts)


class Solver:
    """Finds whole numbers for which all facts hold."""

    def __init__(self, high: Sequence[int], facts: Sequence[Fact]) -> None:
        self._high = np.array(high, dtype=float)
        self._rows = np.repeat(np.arange(len(facts)), [len(f.terms) for f in facts])
        columns = [number for fact in facts for _, number in fact.terms]
        self._factors = np.array([f for fact in facts for f, _ in fact.terms], float)
        self._columns = np.array(columns)
        self._matrix = csr_array(
            (self._factors, (self._rows, self._columns)), shape=(len(facts), len(high))
        )
        self._low = np.array([f.low if f.low > -FAR else -np.inf for f in facts])
        self._top = np.array([f.high if f.high < FAR else np.inf for f in facts])

    def bounds(self) -> tuple[Array, Array]:
        """Return between which bounds every number lies, one fact after the other.

        This solves little by little what a person would: it never misses on purpose,
        but only a search tells what all facts together say.
        """
        low, high = np.zeros(len(self._high)), self._high.copy()
        for _ in range(MOST_ROUNDS):
            new_low, new_high = self._narrowed(low, high)
            if np.array_equal(new_low, low) and np.array_equal(new_high, high):
                break
            low, high = new_low, new_high
        return low, high

    def _narrowed(self, low: Array, high: Array) -> tuple[Array, Array]:
        factors, is_added = self._factors, self._factors > 0
        ends = factors * low[self._columns], factors * high[self._columns]
        least, most = np.minimum(*ends), np.maximum(*ends)
        # What is left for one term, if all others are as small, or as large, as can be.
        left = self._top[self._rows] - (self._sums(least)[self._rows] - least)
        need = self._low[self._rows] - (self._sums(most)[self._rows] - most)
        above = np.where(is_added, left, need) / factors
        below = np.where(is_added, need, left) / factors
        new_low, new_high = low.copy(), high.copy()
        np.minimum.at(new_high, self._columns, np.floor(above + NOT_QUITE))
        np.maximum.at(new_low, self._columns, np.ceil(below - NOT_QUITE))
        return new_low, new_high

    def _sums(self, terms: Array) -> Array:
        sums = np.zeros(len(self._low))
        np.add.at(sums, self._rows, terms)
        return sums

    def solve(
        self,
        within: Mapping[int, tuple[int, int]],
        most_nodes: int = MOST_NODES,
    ) -> Array | None:
        """Return numbers for which all facts hold, or None where none were found.

        Args:
            within: Bounds of some numbers for this time.
            most_nodes: How long to look, the same on every machine.
        """
        low, high = np.zeros((2, len(self._high)))
        high += self._high
        for number, (least, most) in within.items():
            low[number], high[number] = max(0, least), min(most, high[number])
        free = np.flatnonzero(low < high)
        found = np.where(low < high, 0.0, low)
        moved = self._matrix @ found
        matrix = self._matrix[:, free]
        rows = np.flatnonzero(np.diff(matrix.indptr))
        solved = milp(
            np.zeros(len(free)),
            integrality=np.ones(len(free)),
            bounds=Bounds(low[free], high[free]),
            constraints=LinearConstraint(
                matrix[rows], (self._low - moved)[rows], (self._top - moved)[rows]
            ),
            options={"node_limit": most_nodes},
        )
        if solved.x is None:
            return None
        found[free] = np.round(solved.x)
        return found
