"""Definitions are complete, sourced and consistent, or the service does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.measures.instruments import DEFINITIONS, read
from services.measures.instruments.scoring import SCORING
from tests.unit.measures.definitions import INSTRUMENTS, QUESTIONNAIRES

BY_CODE = INSTRUMENTS.by_code
REQOL10 = BY_CODE["reqol10"].model_dump(exclude={"item_codes"})


def numbers_without_source(said: object, where: str = "") -> list[str]:
    if not isinstance(said, dict):
        return []
    own = [k for k, v in said.items() if isinstance(v, int | float)]
    bare = [f"{where}/{key}" for key in own if "source" not in said]
    inner = (numbers_without_source(v, f"{where}/{k}") for k, v in said.items())
    return bare + [found for part in inner for found in part]


@pytest.mark.parametrize("code", BY_CODE)
def test_every_number_has_a_source(code: str) -> None:
    assert numbers_without_source(BY_CODE[code].model_dump(mode="json")) == []


@pytest.mark.parametrize("code", BY_CODE)
def test_an_instrument_is_in_the_file_of_its_code(code: str) -> None:
    assert BY_CODE[code].code == code


@pytest.mark.parametrize("code", QUESTIONNAIRES)
def test_a_questionnaire_has_a_scoring_rule(code: str) -> None:
    assert QUESTIONNAIRES[code].scoring in SCORING


@pytest.mark.parametrize(
    "change",
    [
        {"items": {**REQOL10["items"], "count": 11}},
        {"cut_off": {"value": 25, "below": "clinical", "otherwise": "general"}},
        {"missing": {**REQOL10["missing"], "source": "somebody said so"}},
        {"wording": ["an item"]},
    ],
    ids=["other-total", "no-source", "vague-source", "unknown-field"],
)
def test_a_definition_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DEFINITIONS.validate_python({**REQOL10, **change})


def test_a_folder_without_definitions_has_no_instruments(tmp_path: Path) -> None:
    assert read(folder=tmp_path).by_code == {}
