"""What definitions say of numbers of different indicators, and what stands beside them.

Whoever reads the definitions knows it: where one denominator is another's numerator,
both are told, each by its own row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from services.aggregation.indicators import INDICATORS
from services.aggregation.indicators.crises import DAYS
from services.aggregation.indicators.instruments import DIALOG_ITEMS, INSTRUMENTS
from tests.integration.aggregation.attack import Attack
from tests.integration.aggregation.attack_tables import (
    HAS_ONE_TOTAL,
    Group,
    Shown,
    groups_of,
)
from tests.integration.aggregation.integer_program import FAR, Ints


class Part(NamedTuple):
    """Numbers of an indicator, of all groups or of one."""

    code: str
    what: str
    group: Group | None = None


class Relation(NamedTuple):
    """Some numbers together are no more than others, or as many."""

    less: Sequence[Part]
    more: Sequence[Part]
    is_same: bool = False


EVERYBODY = (None, None)
WRONG_SERVICE = ("reason", "not_for_this_service")
PAIRING = [f"pairing_rate{one.suffix}" for one in INSTRUMENTS]
JUDGED = [one for one in (*INSTRUMENTS, *DIALOG_ITEMS) if one.threshold is not None]
THERAPIES = [
    f"talking_therapies_{what}"
    for what in ("improvement", "recovery", "reliable_recovery")
]


def _outcomes(suffix: str) -> list[str]:
    codes = (
        f"reliable_{what}{suffix}"
        for what in ("improvement", "deterioration", "recovery")
    )
    return [code for code in codes if code in INDICATORS]


# Indicators that tell of the same things; each family is solved for itself.
FAMILIES: dict[str, Sequence[str]] = {
    "seen": ("access_count", "wait_days", "crisis_use"),
    "introduced": ("source_mix", "still_waiting"),
    "doors": (
        *("ineligible_rate", "turned_away_reasons", "unpublished_rule_rate"),
        *("bounce_rate", "warm_handover"),
    ),
    "homes": ("settled_home", "settled_home_gained", "settled_home_lost"),
    "work": ("in_work", "in_work_gained", "in_work_lost"),
    "pairing": PAIRING,
    **{one.code: _outcomes(one.suffix) for one in JUDGED},
    "therapies": (
        *THERAPIES,
        *("reliable_improvement_phq9", "reliable_improvement_gad7"),
    ),
    "measured": ("measured_count",),
    "goals": (
        *("goals_attained", "goals_deteriorated"),
        *("goals_attained_people", "goals_attained_gas"),
    ),
    "voices": (
        *("heard_count", "answered_rate", "changed_rate"),
        *("magic_rate", "answer_days", "theme_mix"),
    ),
}


def _same(one: Part, *others: Part) -> Iterator[Relation]:
    for other in others:
        yield Relation([one], [other], is_same=True)


def _standing(now: str) -> Iterator[Relation]:
    """Yield relations of home or work: what is now, was gained and was lost."""
    gained, lost = f"{now}_gained", f"{now}_lost"
    yield Relation([Part(gained, "d"), Part(lost, "d")], [Part(now, "d")])
    kept = [Part(lost, "d"), Part(gained, "n")]
    yield Relation(kept, [Part(now, "n"), Part(lost, "n")])
    without = [Part(lost, "n"), Part(gained, "d"), Part(now, "n")]
    yield Relation(without, [Part(now, "d"), Part(gained, "n")])


def _pairs(suffix: str) -> Iterator[Relation]:
    better, worse, recovered = (
        f"reliable_{what}{suffix}"
        for what in ("improvement", "deterioration", "recovery")
    )
    yield from _same(Part(better, "d"), Part(worse, "d"))
    yield Relation([Part(better, "n"), Part(worse, "n")], [Part(better, "d")])
    yield Relation([Part(recovered, "d")], [Part(better, "d")])
    yield Relation([Part(recovered, "n")], [Part(better, "n")])


def _relations() -> Iterator[Relation]:
    turned_away = Part("bounce_rate", "d")
    ineligible = Part("ineligible_rate", "n")
    yield Relation([Part("access_count", "n")], [Part("wait_days", "n")])
    yield Relation([ineligible], [turned_away])
    yield Relation([turned_away], [Part("ineligible_rate", "d")])
    yield Relation([ineligible], [Part("warm_handover", "d")])
    yield Relation([Part("unpublished_rule_rate", "d")], [turned_away])
    yield from _same(
        Part("turned_away_reasons", "d", ("reason", None)),
        turned_away._replace(group=EVERYBODY),
    )
    yield from _same(
        Part("turned_away_reasons", "n", WRONG_SERVICE),
        ineligible._replace(group=EVERYBODY),
    )
    yield from _standing("settled_home")
    yield from _standing("in_work")
    yield from _same(*(Part(code, "d") for code in PAIRING))
    for one in JUDGED:
        yield from _pairs(one.suffix)
    better, recovered, reliably = THERAPIES
    asked_both = [Part(f"reliable_improvement_{one}", "d") for one in ("phq9", "gad7")]
    yield Relation([Part(better, "d")], asked_both)
    yield Relation([Part(recovered, "d")], [Part(better, "d")])
    yield from _same(Part(recovered, "d"), Part(reliably, "d"))
    yield Relation([Part(reliably, "n")], [Part(recovered, "n")])
    yield Relation([Part(reliably, "n")], [Part(better, "n")])
    closer, further = "goals_attained", "goals_deteriorated"
    yield from _same(Part(closer, "d"), Part(further, "d"))
    yield Relation([Part(closer, "n"), Part(further, "n")], [Part(closer, "d")])
    yield Relation([Part("goals_attained_people", "d")], [Part(closer, "d")])
    yield from _same(Part("heard_count", "n"), Part("answered_rate", "d"))
    yield from _same(Part("answered_rate", "n"), Part("changed_rate", "d"))
    coded = Part("theme_mix", "d", ("theme", None))
    yield Relation([coded], [Part("heard_count", "n", EVERYBODY)])


RELATIONS = list(_relations())


def relate(attack: Attack) -> None:
    """Add what the definitions say of the indicators that were heard."""
    for less, more, is_same in RELATIONS:
        if all((part.code, part.what) in attack.numbers for part in (*less, *more)):
            terms = [
                (factor, numbers_of(attack, part))
                for factor, parts in ((1, more), (-1, less))
                for part in parts
            ]
            attack.program.know(terms, 0, 0 if is_same else FAR)
    if ("source_mix", "n") in attack.numbers:
        _relate_waiting(attack)
    if ("crisis_use", "d") in attack.numbers:
        _relate_crises(attack)


def numbers_of(attack: Attack, part: Part) -> Ints:
    numbers = attack.numbers[part.code, part.what]
    if part.group is None:
        return numbers
    index = groups_of(part.code).index(part.group)
    is_after_total = INDICATORS[part.code].kind in HAS_ONE_TOTAL and part.what == "n"
    found: Ints = numbers[..., index - is_after_total]
    return found


def _relate_waiting(attack: Attack) -> None:
    """Add that those who wait waited a month before, or were introduced since."""
    months = len(attack.asked.months)
    sources = [("source", None), *groups_of("source_mix")[1:]]
    for by, name in sources:
        waiting = numbers_of(attack, Part("still_waiting", "n", (name and by, name)))
        what = "n" if name else "d"
        coming = numbers_of(attack, Part("source_mix", what, (by, name)))
        attack.program.know(
            [
                (1, waiting[:, :, : months - 1]),
                (1, coming[:, :, 1:months]),
                (-1, waiting[:, :, 1:months]),
            ],
            low=0,
        )


def _relate_crises(attack: Attack) -> None:
    """Add that six months before people had their first contact."""
    crises = numbers_of(attack, Part("crisis_use", "d", ("half_year", None)))
    seen = numbers_of(attack, Part("access_count", "n", EVERYBODY))
    months = list(attack.asked.months)
    for nth, month in enumerate(months):
        begin = date.fromisoformat(f"{month}-01")
        end = (begin + timedelta(31)).replace(day=1) - timedelta(1)
        first, last = (f"{day - timedelta(DAYS - 1):%Y-%m}" for day in (begin, end))
        if first in months and last in months:
            since = range(months.index(first), months.index(last) + 1)
            parts = [(1, seen[:, :, month]) for month in since]
            attack.program.know([(-1, crises[:, :, nth]), *parts], low=0)


def hear_who_told(attack: Attack, undivided: Shown) -> None:
    """Learn in which months an organisation told of anybody: that is no secret."""
    told = undivided.fields["completeness"][..., 0]
    coming = numbers_of(attack, Part("source_mix", "d", ("source", None)))
    is_one = [scope.startswith("organisation:") for scope in attack.asked.scopes]
    attack.program.bound(coming[np.array(is_one)[:, None] & (told == 100)], low=1)
    attack.program.bound(coming[told == 0], high=0)
    months = attack.asked.months
    is_silent = told == 0
    for nth, (first, last) in enumerate(attack.asked.years, len(months)):
        year = slice(months.index(first), months.index(last) + 1)
        is_silent[:, :, nth] = is_silent[:, :, year].all(axis=2)
    for what in "nd":
        attack.hidden["source_mix", what] &= ~is_silent[..., None]
