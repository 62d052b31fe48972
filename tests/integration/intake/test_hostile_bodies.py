"""No body, however hostile, makes an error of ours or leaves a trace."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import a_referral
from tests.integration.intake.answers import problem, referral, stored
from tests.system import System

ORGANISATION = "THOSTILE"
REFERENCE = "LW-HOSTILE"
JSON = {"content-type": "application/json"}
MARK = b"Zanzibar"
BATCH = "/referrals/batch"
WRITES = [
    ("PUT", "/organisations/RX1"),
    ("POST", "/referrals"),
    ("POST", BATCH),
    ("PUT", f"/referrals/{REFERENCE}"),
    ("PUT", f"/referrals/{REFERENCE}/decision"),
    ("POST", f"/referrals/{REFERENCE}/contacts"),
    ("POST", f"/referrals/{REFERENCE}/circumstances"),
    ("POST", f"/referrals/{REFERENCE}/crisis-contacts"),
    ("PUT", f"/referrals/{REFERENCE}/closure"),
]
BODIES = {
    "nothing": b"",
    "space": b" \n",
    "not utf-8": b'{"reference": "\xff\xfe", "own_words": "Zanzibar"}',
    "utf-16": '{"reference": "Zanzibar"}'.encode("utf-16"),
    "truncated": b'{"reference": "Zanzibar", "person": {"local',
    "two documents": b'{"reference": "Zanzibar"} {}',
    "not a number": b'{"reference": "X-1", "age": NaN}',
    "infinite": b'{"reference": "X-1", "age": -Infinity}',
    "1e400": b'{"reference": "X-1", "age": 1e400}',
    "5,000 digits": b'{"reference": "X-1", "age": ' + b"9" * 5_000 + b"}",
    "nul": b'{"reference": "X-1", "own_words": "Zanzibar\\u0000"}',
    "nul in a name": b'{"Zanzibar\\u0000": 1}',
    "lone surrogate": b'{"reference": "X-1", "own_words": "Zanzibar\\ud800"}',
    "lone surrogate as name": b'{"\\udfffZanzibar": 1}',
    "lone surrogate as reference": b'{"reference": "\\ud800"}',
    "raw control characters": b'{"reference": "X\x00\x01"}',
    "deep lists": b"[" * 100_000,
    "deep and closed lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep in a field": b'{"own_words":' + b"[" * 900 + b"]" * 900 + b"}",
    "a list": b'[{"reference": "X-1"}]',
    "a list of lists": b"[[[]]]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"Zanzibar"',
    "many unknown fields": json.dumps({f"f{n}": n for n in range(5_000)}).encode(),
    "the same field twice": b'{"reference": "X-1", "reference": 5}',
    "2 MB": b'{"own_words": "' + b"Zanzibar" * 250_000 + b'"}',
}


@pytest.fixture(scope="module")
async def victim(shared_system: System, intake: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client that may write everything, with one referral to change."""
    token = shared_system.token(ORGANISATION, "partner", "steward")
    intake.headers["Authorization"] = f"Bearer {token}"
    await referral(intake, a_referral(reference=REFERENCE))
    return intake


def check_refused(path: str, answer: httpx.Response) -> None:
    assert MARK not in answer.content
    if path == BATCH and answer.status_code == 200:
        assert {r["status"] for r in answer.json()["results"]} <= {"invalid"}
        return
    assert 400 <= answer.status_code < 500
    problem(answer, answer.status_code)


@pytest.mark.parametrize("name", BODIES)
async def test_a_hostile_body_is_refused_by_every_endpoint(
    victim: httpx.AsyncClient, shared_system: System, name: str
) -> None:
    before = await stored(shared_system)
    for method, path in WRITES:
        headers = JSON | {"If-Match": '"1"'}
        content = BODIES[name]
        answer = await victim.request(method, path, content=content, headers=headers)
        check_refused(path, answer)
    assert await stored(shared_system) == before


@pytest.mark.parametrize("name", BODIES)
async def test_a_hostile_record_of_a_batch_is_refused(
    victim: httpx.AsyncClient, shared_system: System, name: str
) -> None:
    before = await stored(shared_system)
    for content, kind in (
        (b"[" + BODIES[name] + b"]", "application/json"),
        (b"{}\n" + BODIES[name] + b"\n{}", "application/x-ndjson"),
    ):
        headers = {"content-type": kind}
        answer = await victim.post(BATCH, content=content, headers=headers)
        check_refused(BATCH, answer)
    assert await stored(shared_system) == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "", "é"]
)
async def test_a_body_that_is_not_said_to_be_json_is_refused(
    victim: httpx.AsyncClient, shared_system: System, kind: str
) -> None:
    before = await stored(shared_system)
    content = json.dumps(a_referral(own_words="Zanzibar"))
    for method, path in WRITES:
        if path == BATCH:
            continue
        headers = [
            (b"content-type", kind.encode("latin-1")),
            (b"if-match", b'"1"'),
        ]
        answer = await victim.request(method, path, content=content, headers=headers)
        check_refused(path, answer)
    assert await stored(shared_system) == before


@pytest.mark.parametrize(
    ("path", "size"), [("/referrals", 1_000_001), (BATCH, 8_000_001)]
)
async def test_a_body_that_is_too_large_is_refused(
    victim: httpx.AsyncClient, path: str, size: int
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(size // 100_000 + 1):
            yield b" " * 100_000

    whole = await victim.post(path, content=b" " * size, headers=JSON)
    problem(whole, 413)
    in_chunks = await victim.post(path, content=chunks(), headers=JSON)
    problem(in_chunks, 413)


@pytest.mark.parametrize(
    "header",
    [
        {"If-Match": "\x7f\x80"},
        {"If-Match": "x" * 8_000},
        {"traceparent": "\xff"},
        {"traceparent": "x" * 8_000},
        {"accept": "*/*;q=\xff"},
    ],
    ids=range(5),
)
async def test_hostile_headers_make_no_error_of_ours(
    victim: httpx.AsyncClient, header: dict[str, str]
) -> None:
    [(name, value)] = header.items()
    answer = await victim.put(
        f"/referrals/{REFERENCE}",
        json=a_referral(reference=REFERENCE),
        headers=[(name.encode(), value.encode("latin-1"))],
    )
    assert 400 <= answer.status_code < 500
    answer = await victim.post(
        "/referrals",
        json=a_referral(),
        headers=[(name.encode(), value.encode("latin-1"))],
    )
    assert answer.status_code in {201, 400, 422}


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "\x00", "9991234578", "2026-03-02", "B1", "x" * 600])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from([*a_referral(), "organisation", "referral_id"])


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(changes=st.dictionaries(FIELDS, VALUES, max_size=3), alone=VALUES)
async def test_whatever_is_sent_is_stored_or_refused(
    victim: httpx.AsyncClient, changes: dict[str, Any], alone: object
) -> None:
    body = a_referral() | changes
    for sent in (body, alone):
        content = json.dumps(sent).encode()
        answer = await victim.post("/referrals", content=content, headers=JSON)
        if answer.status_code in {200, 201}:
            assert sent is body
            again = await victim.post("/referrals", content=content, headers=JSON)
            assert again.status_code == 200
            assert again.json() == answer.json()
            read = await victim.get(f"/referrals/{body['reference']}")
            assert read.status_code == 200
        else:
            assert answer.status_code in {400, 409, 422}
            problem(answer, answer.status_code)
