"""Answers to any questionnaire, for tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from services.measures.instruments.definition import Questionnaire
from services.measures.instruments.pieces import Number
from services.measures.instruments.scoring import Scored, score

Answers = list[int | None]


def scored(instrument: Questionnaire, items: Sequence[int | None]) -> Scored:
    """Score a list of items and nothing else."""
    responses: dict[str, Any] = {instrument.items.field: list(items)}
    return score(instrument, responses)


def most_missing(instrument: Questionnaire) -> int:
    """Return how many items may be missing for there to be one score."""
    assert instrument.missing is not None
    return instrument.missing.most


def complete(instrument: Questionnaire) -> st.SearchStrategy[Answers]:
    """Return every item answered."""
    items = instrument.items
    item = st.integers(items.lowest, items.highest)
    return st.lists(item, min_size=items.count, max_size=items.count)


def with_gaps(instrument: Questionnaire, most: int) -> st.SearchStrategy[Answers]:
    """Return answers with up to `most` items missing."""
    places = st.sets(st.integers(0, instrument.items.count - 1), max_size=most)
    return st.builds(gapped, complete(instrument), places)


def gapped(items: Answers, places: set[int]) -> Answers:
    """Return the answers without those at these places."""
    return [None if n in places else item for n, item in enumerate(items)]


def replaced(items: Answers, place: int, value: int | None) -> Answers:
    """Return the answers with another at one place."""
    return [*items[:place], value, *items[place + 1 :]]


def goodness(instrument: Questionnaire, value: Number) -> Number:
    """Return a score so that more is better."""
    return value if instrument.direction.better == "higher" else -value
