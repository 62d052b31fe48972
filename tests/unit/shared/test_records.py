"""The sequence of a record, and the trace that travels with it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access import Caller
from shared.events import REFERRALS
from shared.records import Writing, next_sequence, trace_of

FUTURE = 2**62
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_sequence_is_the_clock_in_microseconds() -> None:
    before = time.time_ns() // 1000
    found = next_sequence()
    assert before <= found <= time.time_ns() // 1000


@given(st.integers(0, FUTURE))
def test_a_sequence_is_always_greater_than_the_one_before(previous: int) -> None:
    assert next_sequence(previous) > previous


@given(st.integers(FUTURE - 10**6, FUTURE))
def test_where_the_clock_is_behind_it_is_one_more(previous: int) -> None:
    assert next_sequence(previous) == previous + 1


@pytest.mark.parametrize(
    ("sent", "trace"),
    [
        (TRACE, TRACE),
        (None, None),
        ("", None),
        (TRACE + "\n", None),
        (TRACE.upper(), None),
        (TRACE + "-9991234578", None),
        ("Zanzibar", None),
        ("x" * 10_000, None),
    ],
)
def test_only_a_w3c_trace_travels_along(sent: str | None, trace: str | None) -> None:
    caller = Caller("somebody", "RX1", frozenset())
    assert trace_of(Writing("referral", REFERRALS, caller, sent)) == trace
