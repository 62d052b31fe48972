"""Groups of people, and arithmetic of figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from math import ceil
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aggregation.rules import (
    BREAKDOWNS,
    GROUPS,
    age_group,
    deprivation_group,
    disability_group,
    ethnicity_group,
    groups_of,
    latest_rating,
    nearest_rank,
    source_group,
)
from shared.events import GoalState, Rating, ReferralState

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_groups_stand_in_a_fixed_order() -> None:
    assert {name: len(groups) for name, groups in GROUPS.items()} == {
        "ethnicity": 7,
        "gender": 6,
        "age": 8,
        "deprivation": 6,
        "disability": 4,
        "source": 14,
    }
    assert all(groups[-1] == "not_known" for groups in GROUPS.values())
    assert all(len(set(groups)) == len(groups) for groups in GROUPS.values())


@pytest.mark.parametrize(
    ("codes", "group"),
    [
        ("ABC", "white"),
        ("DEFG", "mixed"),
        ("HJKL", "asian"),
        ("MNP", "black"),
        ("RS", "other"),
        ("Z", "not_stated"),
        ("IOQTUVWXYa9", "not_known"),
    ],
)
def test_every_ethnic_category_has_its_group(codes: str, group: str) -> None:
    assert {ethnicity_group(code) for code in codes} == {group}


@pytest.mark.parametrize("code", [None, "", "99", "A ", "AB", "a"])
def test_an_ethnic_category_that_is_none_is_not_known(code: str | None) -> None:
    assert ethnicity_group(code) == "not_known"


@pytest.mark.parametrize(
    ("first", "last", "group"),
    [
        (0, 17, "under_18"),
        (18, 24, "18_24"),
        (25, 34, "25_34"),
        (35, 44, "35_44"),
        (45, 54, "45_54"),
        (55, 64, "55_64"),
        (65, 130, "65_over"),
    ],
)
def test_every_age_has_its_band(first: int, last: int, group: str) -> None:
    assert {age_group(age) for age in range(first, last + 1)} == {group}


@pytest.mark.parametrize("age", [None, 200, 10**30])
def test_an_age_that_is_none_is_not_known(age: int | None) -> None:
    assert age_group(age) == "not_known"


@pytest.mark.parametrize("decile", range(1, 11))
def test_two_deciles_are_a_quintile(decile: int) -> None:
    assert deprivation_group(decile) == f"quintile_{ceil(decile / 2)}"


@pytest.mark.parametrize("decile", [None, 0, -1, 11, 30, 10**30])
def test_a_decile_that_is_none_is_not_known(decile: int | None) -> None:
    assert deprivation_group(decile) == "not_known"


@pytest.mark.parametrize(
    ("codes", "group"),
    [
        (["01"], "yes"),
        (["10", "NN"], "yes"),
        (["XX"], "yes"),
        (["ZZ", "05"], "yes"),
        (["NN"], "no"),
        (["NN", "ZZ"], "no"),
        (["ZZ"], "not_stated"),
        ([], "not_known"),
        (["11", "1", "?"], "not_known"),
    ],
)
def test_a_disability_was_told_denied_declined_or_not_asked(
    codes: list[str], group: str
) -> None:
    assert disability_group(codes) == group


@pytest.mark.parametrize("letter", "ABCDEFGHIMNPQ")
def test_a_source_is_grouped_by_its_letter(letter: str) -> None:
    assert source_group(f"{letter}1") == f"group_{letter.lower()}"


@pytest.mark.parametrize("code", ["", "J1", "Z9", "b1", "1", "É1"])
def test_a_source_that_is_none_is_not_known(code: str) -> None:
    assert source_group(code) == "not_known"


@given(
    ethnicity=st.none() | st.text(max_size=3),
    gender=st.none() | st.text(max_size=2),
    age=st.none() | st.integers(),
    decile=st.none() | st.integers(),
    disabilities=st.lists(st.text(max_size=2), max_size=3),
    source=st.text(max_size=3),
)
def test_every_referral_has_a_known_group_in_every_breakdown(
    ethnicity: str | None,
    gender: str | None,
    age: int | None,
    decile: int | None,
    disabilities: list[str],
    source: str,
) -> None:
    referral = ReferralState(
        id=UUID(int=1),
        organisation="RX1",
        recorded_at=NOW,
        person="p",
        person_key_id="k",
        received_on=date(2026, 3, 2),
        source=source,
        ethnicity=ethnicity,
        gender=gender,
        age=age,
        imd_decile=decile,
        disabilities=disabilities,
    )
    found = groups_of(referral)
    for name, group in zip(BREAKDOWNS, found, strict=True):
        assert group in GROUPS[name]


@given(st.lists(st.integers(0, 200), min_size=1), st.sampled_from([0.5, 0.9, 1.0]))
def test_nearest_rank_is_the_value_at_that_place(days: list[int], share: float) -> None:
    counts = sorted((day, days.count(day)) for day in set(days))
    expected = sorted(days)[ceil(share * len(days)) - 1]
    assert nearest_rank(counts, share) == expected


def test_of_nothing_there_is_no_rank() -> None:
    assert nearest_rank([], 0.5) is None


def test_the_latest_rating_is_after_the_day_the_goal_was_set() -> None:
    def goal(*days: int) -> GoalState:
        return GoalState(
            id=UUID(int=1),
            organisation="RX1",
            recorded_at=NOW,
            referral=UUID(int=2),
            kind="gbo",
            set_on=date(2026, 3, 10),
            ratings=[Rating(rated_on=date(2026, 3, d), value=d % 10) for d in days],
        )

    assert latest_rating(goal()) is None
    assert latest_rating(goal(9, 10)) is None
    found = latest_rating(goal(15, 9, 20, 11))
    assert found
    assert found.rated_on == date(2026, 3, 20)
