"""Definitions are complete, sourced and consistent, or the service does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.measures import instruments
from services.measures.instruments import DEFINITIONS, read
from services.measures.instruments.scoring import SCORING
from tests.unit.measures.answering import scored
from tests.unit.measures.definitions import INSTRUMENTS, QUESTIONNAIRES

BY_CODE = INSTRUMENTS.by_code
REQOL10 = BY_CODE["reqol10"].model_dump(exclude={"item_codes"})


LOW = {"name": "low", "at_least": 0}
GROUP = {
    "sd": 1,
    "reliability": 0.8,
    "reliability_kind": "alpha",
    "source": "chosen: odd",
}
SETTABLE = {
    "reqol10": {"choices", "missing"},
    "reqol20": {"choices", "missing", "cut_off", "reliable_change"},
    "mansa": {"missing", "reliable_change", "reference_group"},
    "dialog": {"scales.qol_mean.missing", "scales.treatment_mean.missing"},
    "swemwbs": {"bands", "reliable_change", "reference_group"},
    "phq9": {"missing"},
    "gad7": {"missing"},
    "gbo": {"mean_change"},
    "gas": set[str](),
    "safety": set[str](),
}
# The dihedral group of order ten, and the permutation of Verhoeff's check.
TIMES = [
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
]  # fmt: skip
MOVED = [
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
]  # fmt: skip


def passes_verhoeff(code: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(TIMES[check][int(MOVED[place % 8][int(digit)])])
    return check == 0


def codes_of(instrument: object) -> list[str]:
    snomed = getattr(instrument, "snomed", None)
    return [*snomed.codes, *snomed.older] if snomed else []


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
        {"scoring": "table"},
        {"scoring": "means"},
        {"flags": {"odd": {"item": 11, "at_least": 1, "source": "chosen: odd"}}},
        {"choices": {"reverse_items": [0], "source": "chosen: odd"}},
        {"missing": {**REQOL10["missing"], "most": 10}},
        {"missing": {**REQOL10["missing"], "rule": "all_needed"}},
        {"reliable_change": {**REQOL10["reliable_change"], "threshold": 0}},
        {"reliable_change": {**REQOL10["reliable_change"], "per": "item"}},
        {"bands": {"field": "band", "steps": [LOW], "source": "chosen: odd"}},
        {"bands": {"field": "band", "steps": [LOW, LOW], "source": "chosen: odd"}},
        {"bands": {"field": "b", "steps": [LOW, {"name": "x"}], "source": "chosen: o"}},
        {"reference_group": {**GROUP, "reliability": 1}},
        {"reference_group": {**GROUP, "sd": float("inf")}},
        {"reference_group": {**GROUP, "sd": True}},
    ],
)
def test_a_definition_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DEFINITIONS.validate_python({**REQOL10, **change})


def test_the_nine_instruments_and_the_open_question_are_there() -> None:
    assert BY_CODE.keys() == SETTABLE.keys()
    assert list(BY_CODE) == sorted(BY_CODE)


@pytest.mark.parametrize("code", BY_CODE)
def test_codes_are_text_and_pass_the_check_of_verhoeff(code: str) -> None:
    codes = codes_of(BY_CODE[code])
    assert bool(codes) == (code not in {"mansa", "gas", "safety"})
    assert all(isinstance(one, str) and passes_verhoeff(one) for one in codes)
    assert len(set(codes)) == len(codes)


def test_codes_that_a_spreadsheet_rounded_do_not_pass() -> None:
    rounded = [one[:-2] + "00" for one in codes_of(BY_CODE["dialog"])]
    assert sum(passes_verhoeff(one) for one in rounded) == 1


def test_each_item_of_dialog_and_each_coded_goal_has_a_code() -> None:
    assert len(codes_of(BY_CODE["dialog"])) == 11
    assert len(codes_of(BY_CODE["gbo"])) == 6


@pytest.mark.parametrize("code", BY_CODE)
def test_only_what_is_not_verified_is_left_to_a_site(code: str) -> None:
    assert set(BY_CODE[code].left_to_site) == SETTABLE[code]
    said = BY_CODE[code].model_dump(mode="json")
    for path in BY_CODE[code].left_to_site:
        section = said
        for step in path.split("."):
            section = section[step] or {}
        assert not section.get("source", "").startswith("verified")


def test_no_wording_is_there_unless_a_site_brings_it() -> None:
    assert all(one.wording is None for one in BY_CODE.values())


def test_an_instrument_more_is_one_file_more(tmp_path: Path) -> None:
    """The same scoring serves a new questionnaire: nothing else is changed."""
    said = Path(instruments.__file__).with_name("gad7.toml").read_text("utf-8")
    new = said.replace('code = "gad7"', 'code = "newone"')
    (tmp_path / "newone.toml").write_text(new)
    [newone] = read(folder=tmp_path).questionnaires.values()
    assert scored(newone, [1] * 7).scores["total"] == 7.0
    assert newone.item_codes[0] == "newone.q01"  # type: ignore[index]


def test_a_folder_without_definitions_has_no_instruments(tmp_path: Path) -> None:
    assert read(folder=tmp_path).by_code == {}
