"""What holds of every instrument for any answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.measures.instruments.answers import InvalidResponses, Reason
from services.measures.instruments.rounding import rounded
from services.measures.instruments.scoring import score
from tests.unit.measures.answering import (
    complete,
    gapped,
    goodness,
    most_missing,
    replaced,
    scored,
    with_gaps,
)
from tests.unit.measures.definitions import QUESTIONNAIRES

OF_ONE_SCORE = [code for code, one in QUESTIONNAIRES.items() if one.missing]
PRORATED = [code for code in OF_ONE_SCORE if most_missing(QUESTIONNAIRES[code])]
DIALOG = QUESTIONNAIRES["dialog"]
PHQ9 = QUESTIONNAIRES["phq9"]
SWEMWBS = QUESTIONNAIRES["swemwbs"]
one_score = pytest.mark.parametrize("code", OF_ONE_SCORE)
every = pytest.mark.parametrize("code", QUESTIONNAIRES)


@one_score
@given(st.data())
def test_a_score_is_within_its_range_and_only_too_many_gaps_prevent_one(
    code: str, data: st.DataObject
) -> None:
    instrument = QUESTIONNAIRES[code]
    limit = most_missing(instrument)
    items = data.draw(with_gaps(instrument, instrument.items.count))
    n_missing = items.count(None)
    result = scored(instrument, items)
    assert result.scores["n_missing"] == n_missing
    if n_missing > limit:
        assert result.status == "not_scorable"
        assert result.scores["reason"] == "too_many_missing"
        assert result.exact is None
        return
    assert result.status == ("prorated" if n_missing else "scored")
    assert instrument.total is not None
    assert result.exact is not None
    assert instrument.total.lowest <= result.exact <= instrument.total.highest


@one_score
@given(st.data())
def test_one_gap_more_than_the_limit_is_one_too_many(
    code: str, data: st.DataObject
) -> None:
    instrument = QUESTIONNAIRES[code]
    limit = most_missing(instrument)
    items = data.draw(complete(instrument))
    order = data.draw(st.permutations(range(instrument.items.count)))
    assert scored(instrument, gapped(items, set(order[:limit]))).exact is not None
    assert scored(instrument, gapped(items, set(order[: limit + 1]))).exact is None


@one_score
@given(st.data())
def test_a_better_answer_gives_a_better_score(code: str, data: st.DataObject) -> None:
    instrument = QUESTIONNAIRES[code]
    items = data.draw(with_gaps(instrument, most_missing(instrument)))
    place = data.draw(
        st.sampled_from([n for n, i in enumerate(items) if i is not None])
    )
    better = data.draw(st.integers(instrument.items.lowest, instrument.items.highest))
    now, item = scored(instrument, items).exact, items[place]
    after = scored(instrument, replaced(items, place, better)).exact
    assert now is not None
    assert after is not None
    assert item is not None
    gain = goodness(instrument, after) - goodness(instrument, now)
    step = goodness(instrument, better) - goodness(instrument, item)
    assert (gain > 0, gain < 0) == (step > 0, step < 0)


@pytest.mark.parametrize("code", PRORATED)
@given(st.data())
def test_a_gap_counts_as_the_mean_of_the_persons_own_answers(
    code: str, data: st.DataObject
) -> None:
    instrument = QUESTIONNAIRES[code]
    items = data.draw(with_gaps(instrument, most_missing(instrument)))
    answered = [item for item in items if item is not None]
    own_mean = Fraction(sum(answered), len(answered))
    filled = [own_mean if item is None else Fraction(item) for item in items]
    times = 1 if instrument.scoring == "mean" else len(items)
    assert scored(instrument, items).exact == sum(filled) / len(filled) * times


@one_score
@given(st.data())
def test_what_is_published_is_rounded_and_what_it_is_called_is_judged_before(
    code: str, data: st.DataObject
) -> None:
    instrument = QUESTIONNAIRES[code]
    result = scored(
        instrument, data.draw(with_gaps(instrument, most_missing(instrument)))
    )
    assert result.exact is not None
    name = {"mean": "mean", "table": "metric"}.get(instrument.scoring, "total")
    assert result.scores[name] == rounded(result.exact)
    cut_off = instrument.cut_off
    if cut_off is not None:
        is_below = result.exact < cut_off.value
        expected = cut_off.below if is_below else cut_off.otherwise
        assert result.scores[cut_off.field] == expected
    if instrument.bands is not None:
        names = [
            band.name for band in instrument.bands.steps if band.holds(result.exact)
        ]
        assert result.scores[instrument.bands.field] == names[-1]


@given(complete(SWEMWBS))
def test_the_metric_score_is_looked_up_by_the_total(items: list[int | None]) -> None:
    total = sum(item for item in items if item is not None)
    assert SWEMWBS.conversion is not None
    assert scored(SWEMWBS, items).exact == SWEMWBS.conversion.values[total - 7]


def test_the_table_rises_and_keeps_its_ends() -> None:
    assert SWEMWBS.conversion is not None
    values = SWEMWBS.conversion.values
    assert values == sorted(set(values))
    assert (values[0], values[-1], len(values)) == (7, 35, 29)


@given(with_gaps(PHQ9, 9))
def test_item_nine_is_told_whatever_the_total(items: list[int | None]) -> None:
    told, item = scored(PHQ9, items).scores["item9_positive"], items[8]
    assert told is (None if item is None else item >= 1)


ITEM_OF_DIALOG = st.none() | st.integers(1, 8)


@given(st.lists(ITEM_OF_DIALOG, min_size=11, max_size=11))
def test_the_means_of_dialog_are_of_what_was_answered_on_each_side(
    items: list[int | None],
) -> None:
    scores = scored(DIALOG, items).scores
    for name, mine, fewest in (
        ("qol_mean", items[:8], 6),
        ("treatment_mean", items[8:], 2),
    ):
        answered = [item for item in mine if item not in (None, 8)]
        if len(answered) < fewest:
            assert scores[name] is None
            continue
        known = [item for item in answered if item is not None]
        assert scores[name] == rounded(Fraction(sum(known), len(known)))
        mean = scores[name]
        assert isinstance(mean, float)
        assert 1 <= mean <= 7
    assert scores["n_declined"] == items.count(8)
    assert scores["n_missing"] == items.count(8) + items.count(None)


@given(st.lists(ITEM_OF_DIALOG, min_size=11, max_size=11), st.integers(0, 10))
def test_declining_scores_as_not_answering(items: list[int | None], place: int) -> None:
    declined = scored(DIALOG, replaced(items, place, 8))
    missing = scored(DIALOG, replaced(items, place, None))
    for name in ("qol_mean", "treatment_mean", "n_missing"):
        assert declined.scores[name] == missing.scores[name]
    assert declined.status == missing.status


@given(complete(DIALOG), st.integers(0, 10), st.integers(1, 7))
def test_a_better_answer_betters_only_its_own_mean_of_dialog(
    items: list[int | None], place: int, better: int
) -> None:
    now = scored(DIALOG, items).scores
    after = scored(DIALOG, replaced(items, place, better)).scores
    mine, other = ("qol_mean", "treatment_mean")[:: 1 if place < 8 else -1]
    assert after[other] == now[other]
    step, item = (after[mine], now[mine]), items[place]
    assert isinstance(step[0], float)
    assert isinstance(step[1], float)
    assert item is not None
    assert (step[0] > step[1]) == (better > item)


REASONS = get_args(Reason)
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
NAMES = ("items", "satisfaction", "choices", "reverse_items", "yes_no", "text")


@every
@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING | st.lists(ANYTHING)))
def test_whatever_is_sent_is_scored_or_refused_with_a_reason(
    code: str, responses: dict[str, Any]
) -> None:
    told: str
    try:
        told = score(QUESTIONNAIRES[code], responses).status
    except InvalidResponses as fault:
        told = fault.reason
    assert told in {"scored", "prorated", "partial", "not_scorable", *REASONS}


@every
@given(st.data())
def test_one_value_that_is_no_whole_number_in_range_refuses_all(
    code: str, data: st.DataObject
) -> None:
    instrument = QUESTIONNAIRES[code]
    lowest, highest = instrument.items.lowest, instrument.items.highest
    items: list[Any] = list(data.draw(complete(instrument)))
    place = data.draw(st.integers(0, len(items) - 1))
    items[place] = data.draw(
        st.booleans()
        | st.floats()
        | st.text()
        | st.integers(max_value=lowest - 1)
        | st.integers(min_value=highest + 2)
    )
    with pytest.raises(InvalidResponses) as refused:
        scored(instrument, items)
    assert refused.value.pointer == f"/{instrument.items.field}/{place}"
    is_number = type(items[place]) is int
    assert refused.value.reason == ("out_of_range" if is_number else "not_integer")
