"""What stands beside figures without being worked out from them, and what it tells.

All else is: trends, equity, the voice gap, known problems, what got worse in a year,
and which indicators a release changed rest on published figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
import numpy as np

from services.aggregation import provenance, view
from services.aggregation.disclosure import Gate
from services.aggregation.schemas import Question
from tests.integration.aggregation.attack import Attack
from tests.integration.aggregation.attack_relations import (
    EVERYBODY,
    JUDGED,
    Part,
    numbers_of,
)
from tests.integration.aggregation.attack_tables import ALWAYS, HIDDEN, NOT_TOLD, Asked
from tests.integration.aggregation.integer_program import Ints

LEVELS = ("partners", "public")
SCORINGS = "scores:{}"


@dataclass
class Beside:
    """What was told beside figures.

    By release, scope and month: how many stories were read, and how many moments, and
    magic ones, in them.

    Attributes:
        scorings: By measure, for each release, scope and version of its rules: 1 where
            it is told, and hidden where it is not.
    """

    asked: Asked
    versions: Sequence[str]
    scorings: dict[str, Ints] = field(default_factory=dict)

    def __post_init__(self) -> None:
        releases, scopes = self.asked.releases, len(self.asked.scopes)
        shape = releases, scopes, len(self.asked.months)
        self.stories, self.moments, self.magic = np.zeros((3, *shape), np.int64)
        for one in JUDGED:
            told = np.full((releases, scopes, len(self.versions)), NOT_TOLD)
            self.scorings[one.code] = told

    async def ask(
        self, database: asyncpg.Connection, gate: Gate, question: Question, release: int
    ) -> None:
        """Ask what made the scores of a scope, and for the moments of a month."""
        scope = self.asked.scopes.index(question.scope)
        month = self.asked.months.index(f"{question.first:%Y-%m}")
        if month == 0:
            where = question.scope, question.members, None
            origins = await provenance.origins(database, gate, where)
            for measure, told in self.scorings.items():
                found = origins.scorings([measure])
                shown = {version for some in found.values() for version in some}
                told[release, scope] = [
                    1 if version in shown else HIDDEN for version in self.versions
                ]
        read = await view.moments_beside(database, question, LEVELS)
        at = release, scope, month
        self.stories[at] = len({moment.story_id for moment in read})
        self.moments[at] = len(read)
        self.magic[at] = sum(moment.kind == "magic" for moment in read)

    def hear(self, attack: Attack) -> None:
        """Learn from all of it that is about the indicators of an attack."""
        for one in JUDGED:
            part = Part(f"reliable_improvement{one.suffix}", "d", EVERYBODY)
            if (part.code, part.what) in attack.numbers:
                self._hear_scorings(attack, one.code, numbers_of(attack, part))
        if ("heard_count", "n") in attack.numbers:
            self._hear_moments(attack)

    def _hear_scorings(self, attack: Attack, measure: str, pairs: Ints) -> None:
        """Learn of how many pairs, over all time, a version had a part."""
        told = self.scorings[measure]
        always = np.full(told.shape, ALWAYS)
        numbers = attack.program.numbers(always, always)
        attack.numbers[SCORINGS.format(measure), "n"] = numbers
        attack.hidden[SCORINGS.format(measure), "n"] = told == HIDDEN
        small = attack.rule.small[..., 0]
        attack.program.bound(
            numbers,
            np.where(told == HIDDEN, 0, small + 1),
            np.where(told == HIDDEN, small, 10**6),
        )
        attack.program.know([(1, numbers[1:]), (-1, numbers[:-1])], 0)
        months = range(len(self.asked.months))
        pairs_of = [(1, pairs[:, :, month]) for month in months]
        versions = [numbers[..., nth] for nth in range(len(self.versions))]
        for version in versions:
            attack.program.know([*pairs_of, (-1, version)], 0)
        every = [(1, version) for version in versions]
        attack.program.know([*every, *((-1, number) for _, number in pairs_of)], 0)

    def _hear_moments(self, attack: Attack) -> None:
        """Learn that there are at least those stories that may be read.

        If there are no others, that is no secret: their tellers agreed to share them.
        """
        for code, what, seen in (
            ("heard_count", "n", self.stories),
            ("answered_rate", "d", self.stories),
            ("magic_rate", "d", self.moments),
            ("magic_rate", "n", self.magic),
        ):
            numbers = numbers_of(attack, Part(code, what, EVERYBODY))
            everywhere = self._everywhere(seen)
            attack.program.bound(numbers, low=everywhere)
            attack.readable.append((numbers, everywhere))

    def _everywhere(self, seen: Ints) -> Ints:
        """Return what was seen of organisations in all scopes and periods."""
        scopes, months = list(self.asked.scopes), list(self.asked.months)
        found = seen.copy()
        for scope, (parts, *_) in self.asked.parts.items():
            some = [scopes.index(part) for part in parts]
            found[:, scopes.index(scope)] = seen[:, some].sum(axis=1)
        years = [
            found[:, :, months.index(first) : months.index(last) + 1].sum(axis=2)
            for first, last in self.asked.years
        ]
        return np.concatenate([found, np.stack(years, axis=2)], axis=2)
