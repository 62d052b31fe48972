"""ReQoL-10 is scored by its rules for any answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.measures.instruments.answers import InvalidResponses
from services.measures.instruments.scoring import Scored, score
from tests.unit.measures.definitions import QUESTIONNAIRES

REQOL10 = QUESTIONNAIRES["reqol10"]
ITEM = st.integers(0, 4)
ITEMS = st.lists(ITEM, min_size=10, max_size=10)
SOME_ITEMS = st.lists(st.none() | ITEM, min_size=10, max_size=10)
SCORABLE = st.builds(
    lambda items, gap: [None if n == gap else item for n, item in enumerate(items)],
    ITEMS,
    st.integers(0, 10),
)


def scored(items: list[int | None]) -> Scored:
    return score(REQOL10, {"items": list(items)})


@given(ITEMS)
def test_a_complete_total_is_the_sum_of_the_items(items: list[int]) -> None:
    result = scored(list(items))
    assert result.status == "scored"
    assert result.exact == sum(items)
    assert result.scores["total"] == sum(items)


@given(SOME_ITEMS)
def test_a_total_is_within_the_range_of_the_instrument(
    items: list[int | None],
) -> None:
    result = scored(items)
    n_missing = items.count(None)
    assert result.scores["n_missing"] == n_missing
    if n_missing > 1:
        assert result.status == "not_scorable"
        assert result.exact is None
    else:
        assert result.exact is not None
        assert 0 <= result.exact <= 40
        assert result.status == ("prorated" if n_missing else "scored")


@given(SCORABLE, st.integers(0, 9))
def test_a_better_item_never_lowers_the_total(
    items: list[int | None], place: int
) -> None:
    worse, item = scored(items), items[place]
    if item is None or item == 4:
        return
    better = scored([*items[:place], item + 1, *items[place + 1 :]])
    assert worse.exact is not None
    assert better.exact is not None
    assert better.exact > worse.exact


@given(ITEMS, st.integers(0, 9))
def test_a_missing_item_counts_as_the_mean_of_the_others(
    items: list[int], place: int
) -> None:
    others = [*items[:place], *items[place + 1 :]]
    result = scored([*items[:place], None, *items[place + 1 :]])
    assert result.exact == sum(others) + Fraction(sum(others), 9)


@given(SCORABLE)
def test_the_range_is_judged_before_rounding(items: list[int | None]) -> None:
    result = scored(items)
    assert result.exact is not None
    expected = "clinical" if result.exact < 25 else "general_population"
    assert result.scores["range"] == expected


@given(ITEMS, st.none() | ITEM)
def test_physical_health_is_never_part_of_the_total(
    items: list[int], physical_health: int | None
) -> None:
    answers: dict[str, Any] = {"items": items, "physical_health": physical_health}
    result = score(REQOL10, answers)
    assert result.exact == sum(items)
    assert result.scores["physical_health"] == physical_health


@given(ITEMS, st.sets(st.integers(1, 10)))
def test_reversing_the_choices_twice_gives_them_back(
    choices: list[int], reversed_items: set[int]
) -> None:
    key: list[Any] = sorted(reversed_items)
    once = score(REQOL10, {"choices": list(choices), "reverse_items": key})
    again = score(REQOL10, {"choices": list(once.items), "reverse_items": key})
    assert again.items == choices


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(ANYTHING | st.lists(ANYTHING, max_size=11))
def test_whatever_is_sent_is_scored_or_refused_with_a_pointer(items: Any) -> None:  # noqa: ANN401
    pointer = "/items"
    try:
        score(REQOL10, {"items": items})
    except InvalidResponses as fault:
        pointer = fault.pointer
    assert pointer.startswith("/items")
