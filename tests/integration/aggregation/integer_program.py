"""An integer program: whole numbers, and what is known of them; solved by HiGHS.

Numbers and facts come in arrays: one call says the same of many tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

MOST = 2_000  # of anything that is counted in these tests
FAR = 10**9
MOST_ROUNDS = 200
MOST_NODES = 100
NOT_QUITE = 1e-6

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]
Some = Any  # a whole number, or an array of them
Terms = Sequence[tuple[Some, Ints]]  # (factor, numbers)


class Fact(NamedTuple):
    """A sum of numbers lies between two bounds."""

    terms: Terms
    low: Some = -FAR
    high: Some = FAR

    def holds(self, values: Array) -> Truths:
        """Say where it holds, if the numbers have these values."""
        found = sum(factor * values[numbers] for factor, numbers in self.terms)
        holds: Truths = (self.low <= found) & (found <= self.high)
        return holds


class Broken(NamedTuple):
    """A sum, by the factors of its numbers, that does not lie between two bounds."""

    factors: Mapping[int, float]
    low: float
    high: float


class Program:
    """Whole numbers from 0 on, and facts about them.

    Attributes:
        at: Of which period each number is.
        breakdowns: And of which breakdown.
        low: What each number is at least.
        high: What each number is at most.
    """

    def __init__(self) -> None:
        self.at = np.zeros(0, np.int64)
        self.breakdowns = np.zeros(0, np.int64)
        self.low = np.zeros(0, np.int64)
        self.high = np.zeros(0, np.int64)
        self._facts: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []
        self._derived: list[tuple[Ints, Callable[[Array], Any]]] = []

    def numbers(self, at: Ints, breakdowns: Ints, high: int = MOST) -> Ints:
        """Return new numbers, one for each period in `at`."""
        first = len(self.at)
        self.at = np.append(self.at, at.ravel())
        self.breakdowns = np.append(self.breakdowns, breakdowns.ravel())
        self.low = np.append(self.low, np.zeros(at.size, np.int64))
        self.high = np.append(self.high, np.full(at.size, high, np.int64))
        return np.arange(first, first + at.size).reshape(at.shape)

    def beside(self, numbers: Ints, high: int = MOST) -> Ints:
        """Return new numbers that are of the same periods and breakdowns."""
        return self.numbers(self.at[numbers], self.breakdowns[numbers], high)

    def bound(self, numbers: Ints, low: Some = 0, high: Some = FAR) -> None:
        """Add between which bounds numbers lie."""
        np.maximum.at(self.low, numbers, low)
        np.minimum.at(self.high, numbers, high)

    def know(self, terms: Terms, low: Some = -FAR, high: Some = FAR) -> None:
        """Add a fact for each place in the arrays, which are of one shape together."""
        parts = [part for term in terms for part in term]
        *flat, lows, highs = (a.ravel() for a in np.broadcast_arrays(*parts, low, high))
        rows = np.arange(len(lows))
        self._facts.append(
            (
                np.tile(rows, len(terms)),
                np.concatenate(flat[0::2]),
                np.concatenate(flat[1::2]),
                lows,
                highs,
            )
        )

    def know_sums(self, rows: Ints, some: Ints, totals: Ints) -> None:
        """Add that each total is the sum of some numbers, by its row."""
        ones, none = np.ones(len(some), np.int64), np.zeros(len(totals), np.int64)
        self._facts.append(
            (
                np.append(rows, np.arange(len(totals))),
                np.append(ones, none - 1),
                np.append(some, totals),
                none,
                none,
            )
        )

    def total(self, members: Ints, which: Truths) -> Ints:
        """Return numbers that are the sums of some members in the last dimension."""
        totals = self.beside(members[..., 0])
        rows, columns = np.nonzero(which.reshape(-1, members.shape[-1]))
        some = members.reshape(-1, members.shape[-1])[rows, columns]
        self.know_sums(rows, some, totals.ravel())
        self._derived.append((totals, lambda v: (v[members] * which).sum(axis=-1)))
        return totals

    def least(self, members: Ints, which: Truths) -> Ints:
        """Return numbers that are at most as large as each of some members."""
        least = self.beside(members[..., 0])
        each = np.broadcast_to(least[..., None], members.shape)
        self.know([(1, each[which]), (-1, members[which])], high=0)
        self._derived.append(
            (least, lambda v: np.where(which, v[members], MOST).min(axis=-1))
        )
        return least

    def know_one_of(self, of: Ints, *cases: Sequence[Fact]) -> list[Ints]:
        """Add that one case holds; return a 0 or 1 for each, the first that holds.

        Args:
            of: Numbers that the cases are about.
        """
        chosen = [self.beside(of, 1) for _ in cases]
        self.know([(1, one) for one in chosen], 1, 1)
        for one, facts in zip(chosen, cases, strict=True):
            for fact in facts:
                self._know_if(one, fact)

        def is_first(nth: int) -> Callable[[Array], Truths]:
            def find(values: Array) -> Truths:
                holds = [
                    np.all([fact.holds(values) for fact in facts], axis=0)
                    if facts
                    else np.full(of.shape, fill_value=True)
                    for facts in cases[: nth + 1]
                ]
                first: Truths = holds[nth] & ~np.any(holds[:nth], axis=0)
                return first

            return find

        self._derived += [(one, is_first(nth)) for nth, one in enumerate(chosen)]
        return chosen

    def _know_if(self, one: Ints, fact: Fact) -> None:
        ends = [(f * self.low[n], f * self.high[n]) for f, n in fact.terms]
        above = sum(np.maximum(*both) for both in ends)
        below = sum(np.minimum(*both) for both in ends)
        if np.any(np.less(fact.high, FAR)):
            slack = np.maximum(above - fact.high, 0)
            self.know([*fact.terms, (slack, one)], high=fact.high + slack)
        if np.any(np.greater(fact.low, -FAR)):
            slack = np.maximum(fact.low - below, 0)
            self.know([*fact.terms, (-slack, one)], low=fact.low - slack)

    def follow(self, numbers: Ints, follows: Callable[[Array], Any]) -> None:
        """Say how the values of numbers follow from those of earlier ones."""
        self._derived.append((numbers, follows))

    def settle(self, values: Array) -> Array:
        """Return the values with those of all numbers that follow from others."""
        for numbers, follows in self._derived:
            values[numbers] = follows(values)
        return values

    def solver(self) -> Solver:
        """Return what solves it as it is now."""
        return Solver(self.low, self.high, self._facts)


class Solver:
    """Finds whole numbers for which all facts hold."""

    def __init__(
        self,
        low: Ints,
        high: Ints,
        facts: Sequence[tuple[Ints, Ints, Ints, Ints, Ints]],
    ) -> None:
        self._least, self._most = low.astype(float), high.astype(float)
        begins = np.cumsum([0, *(len(lows) for *_, lows, _ in facts)])
        rows = np.concatenate(
            [begin + fact[0] for begin, fact in zip(begins, facts, strict=False)]
        )
        factors, columns, lows, highs = (
            np.concatenate([fact[part] for fact in facts]) for part in (1, 2, 3, 4)
        )
        self._low = np.where(lows > -FAR, lows, -np.inf)
        self._top = np.where(highs < FAR, highs, np.inf)
        self._matrix = csr_array(
            (factors.astype(float), (rows, columns)), shape=(len(lows), len(low))
        )
        self._matrix.eliminate_zeros()

    def broken_by(self, values: Array) -> list[Broken]:
        """Return what does not hold for some numbers."""
        found = self._matrix @ values
        is_outside = (values < self._least) | (values > self._most)
        broken = [
            Broken({int(number): 1.0}, self._least[number], self._most[number])
            for number in np.flatnonzero(is_outside)
        ]
        for fact in np.flatnonzero((found < self._low) | (found > self._top)):
            row = self._matrix[[fact]]
            factors = dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))
            broken.append(Broken(factors, self._low[fact], self._top[fact]))
        return broken

    def bounds(self) -> tuple[Array, Array]:
        """Return between which bounds every number lies, one fact after the other.

        This solves little by little what a person would: it never misses on purpose,
        but only a search tells what all facts together say.
        """
        low, high = self._least, self._most
        by_number = self._matrix.tocsc()
        left = np.arange(len(self._low))
        for _ in range(MOST_ROUNDS):
            new_low, new_high = self._narrowed(left, low, high)
            moved = np.flatnonzero((new_low > low) | (new_high < high))
            low, high = new_low, new_high
            if not moved.size:
                break
            left = np.unique(by_number[:, moved].indices)
        return low, high

    def _narrowed(self, facts: Ints, low: Array, high: Array) -> tuple[Array, Array]:
        matrix = self._matrix[facts] if len(facts) < len(self._low) else self._matrix
        factors, columns = matrix.data, matrix.indices
        rows = np.repeat(np.arange(len(facts)), np.diff(matrix.indptr))
        is_added = factors > 0
        ends = factors * low[columns], factors * high[columns]
        least, most = np.where(is_added, *ends), np.where(is_added, *ends[::-1])
        # What is left for one term, if all others are as small, or as large, as can be.
        left = (self._top[facts] - _sums(rows, least, len(facts)))[rows] + least
        need = (self._low[facts] - _sums(rows, most, len(facts)))[rows] + most
        above = np.where(is_added, left, need) / factors
        below = np.where(is_added, need, left) / factors
        new_low, new_high = low.copy(), high.copy()
        np.minimum.at(new_high, columns, np.floor(above + NOT_QUITE))
        np.maximum.at(new_low, columns, np.ceil(below - NOT_QUITE))
        return new_low, new_high

    def solve(
        self, low: Array, high: Array, most_nodes: int = MOST_NODES
    ) -> Array | None:
        """Return numbers for which all facts hold, or None where none were found.

        Args:
            low: Below which no number is this time.
            high: Above which no number is this time.
            most_nodes: How long to look, the same on every machine.
        """
        low, high = np.maximum(low, self._least), np.minimum(high, self._most)
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


def _sums(rows: Ints, terms: Array, count: int) -> Array:
    return np.bincount(rows, terms, count).astype(float)
