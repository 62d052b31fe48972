"""The definitions as a service without settings of its own reads them."""

from __future__ import annotations

from services.measures.instruments import read
from services.measures.instruments.definition import AttainmentMeasure, GoalMeasure

INSTRUMENTS = read()
QUESTIONNAIRES = INSTRUMENTS.questionnaires


def _gbo() -> GoalMeasure:
    measure = INSTRUMENTS.goal_measures["gbo"]
    assert isinstance(measure, GoalMeasure)
    return measure


def _gas() -> AttainmentMeasure:
    measure = INSTRUMENTS.goal_measures["gas"]
    assert isinstance(measure, AttainmentMeasure)
    return measure


GBO, GAS = _gbo(), _gas()
