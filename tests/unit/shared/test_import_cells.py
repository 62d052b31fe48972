"""What cells mean, and what spreadsheets do to codes, dates and long numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.imports import RESOURCES
from services.intake.schemas import ReferralIn
from services.measures.imports import resources
from services.measures.instruments import read
from shared.imports.cells import Column, Fault, Kind
from shared.imports.columns import columns_of


def value(kind: Kind, cell: str, **more: object) -> object:
    return Column("x", kind, ("x",), **more).value_of(cell)  # type: ignore[arg-type]


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_a_date_is_read_day_first_or_as_iso(day: date) -> None:
    assert value("date", day.strftime("%d/%m/%Y")) == day.isoformat()
    assert value("date", f" {day.isoformat()} ") == day.isoformat()
    assert value("date", f"{day.isoformat()} 00:00:00") == day.isoformat()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("45000", "45000"),
        ("45000.5", "45000"),
        ("3/4/26", "two ways"),
        ("03/04/26", "two ways"),
        ("3/4/2026", "two ways"),
        ("3-4-2026", "two ways"),
        ("04/13/2026", "no such month"),
        ("13 April 2026", "not a date"),
        ("2026-03-02 14:30", "not a date"),
        ("-", "not a date"),
    ],
)
def test_a_date_that_is_none_or_two_is_refused_with_what_to_do(
    cell: str, said: str
) -> None:
    fault = value("date", cell)
    assert isinstance(fault, Fault)
    assert said in fault
    assert cell == "45000" or cell not in fault or cell == "-"


def test_zeros_in_front_of_codes_survive_and_dropped_ones_are_put_back() -> None:
    assert value("code", "05") == "05"
    assert value("code", '="05"') == "05"
    assert value("code", "'05") == "05"
    assert value("code", "5", digits=2) == "05"
    assert value("code", "NN", digits=2) == "NN"
    assert value("list", "5;10|NN", digits=2) == ["05", "10", "NN"]


@pytest.mark.parametrize("kind", ["code", "nhs_number", "list"])
@pytest.mark.parametrize("cell", ["9.99E+09", "1.09107E+15", "9,99E+09", "1E+10"])
def test_a_number_that_lost_its_digits_is_refused_with_what_to_do(
    kind: Kind, cell: str
) -> None:
    fault = value(kind, cell)
    assert isinstance(fault, Fault)
    assert "as Text" in fault


def test_a_code_that_became_a_decimal_is_refused_and_an_nhs_number_is_whole() -> None:
    assert isinstance(value("code", "5.0"), Fault)
    assert value("nhs_number", "9991234578.0") == "9991234578"


@pytest.mark.parametrize(
    ("kind", "cell", "means"),
    [
        ("whole", "34", 34),
        ("whole", "34.0", 34),
        ("whole", "-1", -1),
        ("yes_no", "TRUE", True),
        ("yes_no", "n", False),
        ("list", " money | ; debt ", ["money", "debt"]),
        ("json", '{"items": [1]}', {"items": [1]}),
        ("words", " as it is\r\nsaid ", " as it is\r\nsaid "),
        ("code", "", None),
    ],
)
def test_a_cell_means_what_a_person_would_say(
    kind: Kind, cell: str, means: object
) -> None:
    assert value(kind, cell) == means


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("whole", "34.5"),
        ("whole", "1e400"),
        ("whole", "9" * 30),
        ("whole", "٣"),
        ("yes_no", "maybe"),
        ("json", "[1]"),
        ("json", '{"a": "\\u0000"}'),
        ("json", '{"a": "\\ud800"}'),
        ("json", '{"a": 1e999}'),
        ("json", "[" * 100_000),
    ],
)
def test_a_cell_that_means_nothing_is_refused(kind: Kind, cell: str) -> None:
    assert isinstance(value(kind, cell), Fault)


def test_one_of_few_words_is_read_as_people_write_it() -> None:
    column = Column("outcome", "code", (), choices=("accepted", "not_for_us"))
    assert column.value_of("Not for us") == "not_for_us"
    assert column.value_of("ACCEPTED") == "accepted"
    assert "accepted, not_for_us" in str(column.value_of("no"))


@given(st.sampled_from(["code", "list", "date", "whole", "yes_no", "nhs_number"]))
def test_an_empty_cell_is_nothing_and_a_needed_one_is_missing(kind: Kind) -> None:
    assert value(kind, "  ") is None
    assert value(kind, "  ", is_required=True) == "is missing"


@given(st.text(), st.sampled_from(["code", "list", "date", "whole", "json"]))
def test_no_cell_is_beyond_reading(cell: str, kind: Kind) -> None:
    value(kind, cell)


def test_columns_are_read_off_the_body_so_that_a_new_field_is_one_at_once() -> None:
    names = {path for c in columns_of(ReferralIn) for path in c.path}
    assert names == set(ReferralIn.model_fields) | {"nhs_number", "local_id"}


def test_a_column_of_reasons_never_has_the_name_of_a_field() -> None:
    for resource in (*RESOURCES.values(), *resources(read()).values()):
        assert resource.reason not in {column.name for column in resource.columns}
        assert len(resource.by_name) == len(resource.columns)
    assert RESOURCES["referrals"].reason == "reason"
    assert RESOURCES["closures"].reason == "refused_reason"
