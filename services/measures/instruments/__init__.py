"""The instruments: one data file each, read and checked once at start."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter

from services.measures.instruments.definition import (
    Definition,
    GoalMeasure,
    Questionnaire,
)

DEFINITIONS: TypeAdapter[Questionnaire | GoalMeasure] = TypeAdapter(Definition)


def load(folder: Path) -> dict[str, Questionnaire | GoalMeasure]:
    """Read every definition in `folder`, by code, in order of code.

    Raises:
        ValidationError: a file says too little, too much, or something impossible.
    """
    found = {}
    for file in sorted(folder.glob("*.toml")):
        said = tomllib.loads(file.read_text("utf-8"), parse_float=Decimal)
        found[file.stem] = DEFINITIONS.validate_python(said)
    return found


INSTRUMENTS = load(Path(__file__).parent)
QUESTIONNAIRES = {
    code: one for code, one in INSTRUMENTS.items() if isinstance(one, Questionnaire)
}
GOAL_MEASURES = {
    code: one for code, one in INSTRUMENTS.items() if isinstance(one, GoalMeasure)
}
