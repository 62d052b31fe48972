"""Relay, log and projection as a model: crashes, repeats and paused processes.

Every schedule is made from its seed alone; `run(seed, Rules())` plays it again.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from multiprocessing import get_context
from uuid import UUID

import pytest

from shared.delivery import Delivery, newest
from shared.records import next_sequence
from tests.model.producing import THEN
from tests.model.rules import Rules
from tests.model.schedule import WEATHERS, run

SCHEDULES = 100_000
ENOUGH_TO_FIND_A_BROKEN_RULE = 10_000


def first_fault(seeds: range) -> object:
    """Return what goes wrong in the first schedule in which anything does, if any."""
    return next((found for seed in seeds if (found := run(seed, Rules()))), None)


def test_nothing_is_lost_or_invented_in_a_hundred_thousand_schedules() -> None:
    workers = os.cpu_count() or 1
    parts = [range(first, SCHEDULES, workers) for first in range(workers)]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        assert list(pool.map(first_fault, parts)) == [None] * workers


@pytest.mark.parametrize("rule", [field.name for field in fields(Rules)])
def test_the_model_finds_a_broken_rule(rule: str) -> None:
    broken = replace(Rules(), **{rule: False})
    seeds = range(ENOUGH_TO_FIND_A_BROKEN_RULE)
    found = next((seed for seed in seeds if run(seed, broken)), None)
    assert found is not None, f"nothing goes wrong without {rule}"
    assert run(found, Rules()) is None


@pytest.mark.parametrize("seed", range(len(WEATHERS)))
def test_a_seed_makes_the_same_schedule_every_time(seed: int) -> None:
    broken = Rules(forgets_after_the_ack=False, raises_sequence=False)
    assert run(seed, broken) == run(seed, broken)


def test_the_real_sequence_is_the_clock_and_never_falls() -> None:
    """What `Table.write` stands for."""
    before = time.time_ns() // 1000
    assert before <= next_sequence() <= time.time_ns() // 1000
    ahead = before + 10**12
    assert next_sequence(ahead) == ahead + 1
    assert next_sequence(before - 10**12) >= before


def test_the_real_choice_of_the_newest_keeps_one_delivery_of_each_key() -> None:
    """What the model applies is what the consumer applies."""
    first, second = UUID(int=1), UUID(int=2)
    deliveries = [
        Delivery(second, 5, None, THEN),
        Delivery(first, 3, None, THEN),
        Delivery(second, 4, None, THEN),
        Delivery(first, 7, None, THEN),
    ]
    assert [(d.id, d.sequence) for d in newest(deliveries)] == [(first, 7), (second, 5)]
