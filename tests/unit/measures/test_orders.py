"""Whatever the order of arrival, a referral's change is the same."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from services.measures.rules.change import compared, counted, together, told
from services.measures.rules.goal_change import attainment_change, goals_change
from services.measures.rules.pairing import Period
from services.measures.schemas import KeptAssessment, KeptGoal
from tests.unit.measures.definitions import GAS, GBO, INSTRUMENTS, QUESTIONNAIRES

ORDERS = 200
PERIOD = Period(date(2026, 1, 15), date(2026, 10, 31))
FIRST_DAY = date(2026, 1, 1)


def a_day(random: Random) -> str:
    """Return one of few days, so that some records share theirs."""
    return (FIRST_DAY + timedelta(days=30 * random.randrange(12))).isoformat()


def an_assessment(code: str, number: int, random: Random) -> KeptAssessment:
    instrument = QUESTIONNAIRES[code]
    items = [
        None
        if random.random() < 0.02
        else random.randint(instrument.items.lowest, instrument.items.highest)
        for _ in range(instrument.items.count)
    ]
    recorded = {
        "reference": f"{code}-{number}",
        "referral": "LW-1",
        "instrument": code,
        "completed_on": a_day(random),
        "completed_by": "person",
        "responses": {instrument.items.field: items},
    }
    withdrawal: dict[str, Any] | None = {} if random.random() < 0.1 else None
    return KeptAssessment.model_validate(
        {"recorded": recorded, "withdrawal": withdrawal}
    )


def a_goal(kind: str, number: int, random: Random) -> KeptGoal:
    lowest, highest, baseline = (0, 10, 3) if kind == "gbo" else (-2, 2, -1)
    weights = {} if kind == "gbo" else {"importance": 2, "difficulty": number % 3}
    days = sorted({a_day(random) for _ in range(4)})
    return KeptGoal.model_validate(
        {
            "goal": {
                "reference": f"{kind}-{number}",
                "referral": "LW-1",
                "kind": kind,
                "words": "see my sister",
                "set_on": "2026-02-01",
                "baseline": baseline,
                **weights,
            },
            "ratings": [
                {"rated_on": day, "value": random.randint(lowest, highest)}
                for day in days
            ],
        }
    )


def answer(assessments: list[KeptAssessment], goals: list[KeptGoal]) -> list[Any]:
    changes = compared(INSTRUMENTS, assessments, PERIOD)
    return [
        [told(one) for one in changes],
        counted(changes),
        together(changes),
        goals_change(GBO, goals, PERIOD),
        attainment_change(GAS, goals, PERIOD),
    ]


def test_two_hundred_orders_of_arrival_give_one_answer() -> None:
    random = Random(20_260_110)
    assessments = [
        an_assessment(code, number, random)
        for code in QUESTIONNAIRES
        for number in range(6)
    ]
    goals = [a_goal(kind, n, random) for kind in ("gbo", "gas") for n in range(3)]
    expected = answer(assessments, goals)
    changes, _, both, rated, scaled = expected
    assert any(change.paired for change in changes)
    assert both is not None
    assert rated.n_paired > 0
    assert scaled.n_rated > 0
    for _ in range(ORDERS):
        random.shuffle(assessments)
        random.shuffle(goals)
        assert answer(assessments, goals) == expected
