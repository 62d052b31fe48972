"""The code lists: complete, sourced, and as text."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.intake.codes import KNOWN, LISTS, CodeList, load

LIST = {
    "name": "Priority",
    "source": "chosen: here",
    "groups": {"soon": "Soon"},
    "codes": [{"code": "01", "label": "Urgent", "group": "soon"}],
}


def test_there_is_a_list_for_every_coded_field() -> None:
    sizes = {name: len(said.codes) for name, said in LISTS.items()}
    assert sizes.pop("reasons") >= 4
    assert sizes == {
        "accommodation": 22,
        "closure_reason": 9,
        "disability": 13,
        "employment": 9,
        "ethnicity": 18,
        "gender": 6,
        "language": 188,
        "primary_reason": 30,
        "priority": 4,
        "rejection_reason": 3,
        "source": 39,
    }


def test_codes_are_text_with_their_leading_zeros() -> None:
    assert "01" in KNOWN["employment"]
    assert "1" not in KNOWN["employment"]
    assert "17" not in KNOWN["primary_reason"]
    assert {"I", "O", "Q", "T", "U", "V"}.isdisjoint(KNOWN["ethnicity"])
    assert {"en", "cy", "gd", "so", "q4"} <= KNOWN["language"]
    assert "EN" not in KNOWN["language"]
    assert {"loneliness", "money", "housing", "purpose"} <= KNOWN["reasons"]


def test_no_list_has_the_word_that_stands_for_an_unknown_code() -> None:
    assert not any("UNKNOWN" in codes for codes in KNOWN.values())


def test_a_group_of_sources_is_its_first_letter() -> None:
    said = LISTS["source"]
    assert all(one.group == one.code[0] for one in said.codes)
    assert said.groups.keys() == {one.group for one in said.codes}


def test_where_a_list_and_a_code_of_another_origin_come_from_is_said() -> None:
    marked = {o.code: o.source for o in LISTS["source"].codes if o.source}
    assert set(marked) == {"M9", "N3"}
    assert all(source.startswith("unverified: ") for source in marked.values())
    assert LISTS["reasons"].source.startswith("chosen: ")
    assert LISTS["ethnicity"].source.startswith("verified: ")


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "somebody said so"},
        {"source": None},
        {"codes": [{"code": 1, "label": "Urgent"}]},
        {"codes": [{"code": "01", "label": "Urgent", "group": "late"}]},
        {"codes": [{"code": "01", "label": "One"}, {"code": "01", "label": "Two"}]},
        {"codes": [{"code": "01"}]},
        {"more": "than is needed"},
    ],
    ids=range(7),
)
def test_a_list_that_says_something_else_is_refused(wrong: dict[str, object]) -> None:
    CodeList.model_validate(LIST)
    with pytest.raises(ValidationError):
        CodeList.model_validate({**LIST, **wrong})


def test_a_list_is_known_by_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "mood.toml").write_text(
        'name = "Mood"\nsource = "chosen: here"\n'
        'codes = [{code = "01", label = "Good"}]\n'
    )
    assert load(tmp_path)["mood"].codes[0].label == "Good"
