"""Bodies are strict, and a batch is judged record by record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from shared.batches import NDJSON, answer_batch, parse_batch
from shared.bodies import (
    CalendarDate,
    Code,
    FewWords,
    In,
    OrganisationCode,
    Reference,
    Words,
    differences,
)
from shared.problems import Differs, InvalidContent, Problem, TooManyAtOnce
from shared.records import Entry, Stored

SPACE = UUID(int=1)


class Thing(In):
    """A body with one field of each kind."""

    reference: Reference
    count: int = 0
    share: float = 0.0
    is_open: bool = False
    on: CalendarDate | None = None
    code: Code | None = None
    words: Words | None = None
    few: FewWords | None = None
    owner: OrganisationCode | None = None


THINGS = TypeAdapter(list[Thing])


def a_request(raw: bytes, kind: str = "application/json") -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    headers = [(b"content-type", kind.encode())]
    return Request({"type": "http", "headers": headers}, receive)


HOSTILE = [
    '"count": NaN',
    '"share": NaN',
    '"share": Infinity',
    '"share": -Infinity',
    '"share": 1e400',
    '"count": 1e400',
    '"count": 1.0',
    '"count": "1"',
    '"count": true',
    '"count": null',
    '"share": "1"',
    '"share": true',
    '"is_open": 1',
    '"is_open": "true"',
    '"words": "\\u0000"',
    '"words": "\\ud800"',
    '"words": 5',
    '"words": "' + "x" * 20_001 + '"',
    '"few": ""',
    '"few": "\\u0000"',
    '"few": "' + "x" * 501 + '"',
    '"code": ""',
    '"code": "two words"',
    '"code": "\\u0661"',
    '"code": "A\\n"',
    '"code": "' + "x" * 41 + '"',
    '"on": "2026-02-30"',
    '"on": "2026-2-3"',
    '"on": "20260302"',
    '"on": 20260302',
    '"on": 1772409600',
    '"on": "1772409600"',
    '"on": "2026-W10-1"',
    '"on": "0206-03-02"',
    '"on": "9999-12-31"',
    '"owner": "rx1"',
    '"owner": "RX"',
    '"unknown": 1',
    '"\\ud800": 1',
    '"reference": "9991234578"',
    '"reference": "999-123-4578"',
    '"reference": "../x"',
    '"reference": "a/b"',
    '"reference": "-a"',
    '"reference": "\\u0000"',
]


@pytest.mark.parametrize("field", HOSTILE)
def test_a_hostile_value_is_refused(field: str) -> None:
    body = '{"reference": "T-1", ' + field + "}"
    with pytest.raises(ValidationError):
        Thing.model_validate_json(body)
    with pytest.raises(ValidationError):
        Thing.model_validate(json.loads(body))


@pytest.mark.parametrize(
    "change",
    [
        {"count": 10**30},
        {"words": ""},
        {"words": "Grüße, 你好 \u2028 \U0001f600"},
        {"few": "x" * 500},
        {"on": "2024-02-29"},
        {"reference": "A"},
        {"reference": "a._~-" + "b" * 59},
        {"reference": "1234567890"},
        {"owner": "RX1"},
        {"share": 3},
    ],
    ids=range(10),
)
def test_a_fair_value_is_taken(change: dict[str, object]) -> None:
    assert Thing.model_validate({"reference": "T-1", **change})


async def statuses(raw: bytes, kind: str = "application/json") -> list[str]:
    """Return what would become of each record where nothing is stored yet."""

    def entry_of(thing: Thing) -> Entry:
        if thing.count == 13:
            raise Differs("refused by a rule")
        kept = thing.model_dump_json()
        return Entry(uuid5(SPACE, thing.reference), thing.reference, kept, kept)

    async def write(entries: list[Entry]) -> Mapping[UUID, Stored]:
        assert len({entry.id for entry in entries}) == len(entries)
        return {
            e.id: Stored(e.id, 1, e.reference != "known", '{"reference":"known"}', "{}")
            for e in entries
        }

    def differs(stored: Stored, entry: Entry) -> Problem | None:
        fields = differences(stored.kept or "{}", entry.kept)
        return Differs("differs") if "/words" in fields else None

    parsed = await parse_batch(a_request(raw, kind), THINGS)
    out = await answer_batch(parsed, entry_of, write, differs)
    assert [result.index for result in out.results] == list(range(len(out.results)))
    out.model_dump_json()
    return [result.status for result in out.results]


async def test_a_batch_is_judged_record_by_record() -> None:
    records = [
        {"reference": "new"},
        {"reference": "known"},
        {"reference": "known", "words": "other"},
        {"reference": "new"},
        {"reference": "new", "words": "other"},
        {"reference": "ruled", "count": 13},
        {"reference": "9991234578"},
        [],
    ]
    expected = ["stored", "repeated", "conflict", "repeated", "conflict"]
    expected += ["invalid", "invalid", "invalid"]
    assert await statuses(json.dumps(records).encode()) == expected
    lines = "\n".join(map(json.dumps, records)).encode()
    assert await statuses(lines, NDJSON) == expected


@pytest.mark.parametrize("field", HOSTILE)
async def test_a_hostile_record_is_invalid_and_the_others_are_not(field: str) -> None:
    raw = '[{"reference": "T-1"}, {"reference": "T-2", ' + field + "}]"
    assert await statuses(raw.encode()) == ["stored", "invalid"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"null",
        b"1",
        b"[",
        b"[1",
        b"\xff",
        b"[" * 100_000,
        b"[" + b"9" * 5_000 + b"]",
        b"[1] 2",
    ],
    ids=range(10),
)
async def test_what_is_no_list_of_records_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidContent):
        await statuses(raw)


@pytest.mark.parametrize("record", ['{"reference": "T-1"}', "{}"])
async def test_more_than_1000_records_are_refused(record: str) -> None:
    with pytest.raises(TooManyAtOnce):
        await statuses(f"[{', '.join([record] * 1_001)}]".encode())
    assert len(await statuses(f"[{', '.join([record] * 1_000)}]".encode())) == 1_000


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*Thing.model_fields]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.lists(JSON_VALUES, max_size=5))
async def test_whatever_a_batch_holds_each_record_is_answered(
    records: list[object],
) -> None:
    found = await statuses(json.dumps(records).encode())
    assert len(found) == len(records)


def test_a_long_batch_of_problems_points_into_the_record() -> None:
    stored, sent = '{"a": 1, "b": 2, "c": [1]}', '{"a": 1, "b": 3, "c": [2], "d": null}'
    assert differences(stored, sent) == ["/b", "/c"]
