"""Tokens: what holds and what does not."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from fastapi import FastAPI, Request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from shared.access import (
    MOST_CACHED_TOKENS,
    Caller,
    caller_from,
    holding,
    key_id,
)
from shared.problems import NotAllowed, NoToken, Unavailable
from tests.unit.shared.tokens import (
    ED,
    KEY,
    RSA,
    STRANGER,
    AnyKey,
    Keys,
    a_token,
    claims,
    raw_token,
)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize(
    ("key", "algorithm"), [(KEY, "ES256"), (RSA, "RS256"), (ED, "EdDSA")]
)
async def test_a_token_of_each_allowed_kind_holds(
    keys: Keys, key: AnyKey, algorithm: str
) -> None:
    caller = await keys.checker().check(a_token(key, algorithm))
    assert caller == Caller("somebody", "RX1", frozenset({"partner"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["livingwell", "another"]},
        {"roles": None},
        {"exp": lambda: int(time.time()) - 30},
        {"nbf": lambda: int(time.time()) + 30},
        {"extra": {"a": 1}},
    ],
    ids=range(5),
)
async def test_a_token_that_differs_in_what_it_may_holds(
    keys: Keys, changes: dict[str, Any]
) -> None:
    # Times are told now, not when tests were collected.
    now = {
        name: value() if callable(value) else value for name, value in changes.items()
    }
    assert (await keys.checker().check(a_token(**now))).organisation == "RX1"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 3_600},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"nbf": int(time.time()) + 3_600},
        {"aud": "another"},
        {"aud": None},
        {"aud": []},
        {"aud": ["another"]},
        {"iss": "http://another.example"},
        {"iss": None},
        {"sub": None},
        {"org": None},
        {"org": ""},
        {"org": ["RX1", "RX2"]},
        {"org": 5},
        {"roles": "steward"},
        {"roles": [["steward"]]},
        {"roles": {"steward": True}},
        {"header": {"jku": "http://evil.example/jwks.json"}},
        {"header": {"x5u": "http://evil.example"}},
        {"header": {"jwk": STRANGER.as_dict(private=False)}},
        {"header": {"kid": "unknown"}},
    ],
    ids=range(23),
)
async def test_a_token_that_does_not_hold_is_refused(
    keys: Keys, changes: dict[str, Any]
) -> None:
    with pytest.raises(NoToken) as refused:
        await keys.checker().check(a_token(**changes))
    assert "somebody" not in refused.value.detail


def hostile_tokens() -> list[str]:
    public = json.dumps(RSA.as_dict(private=False)).encode()
    shared = OctKey.import_key(public)
    good = a_token()
    head, payload, signature = good.split(".")
    return [
        "",
        ".",
        "..",
        "....",
        "not-a-token",
        "é",
        "\ud800",
        "x" * 9_000,
        good + "x",
        f"{head}.{payload}.",
        f"{head}.{payload}",
        f"{payload}.{head}.{signature}",
        a_token(STRANGER),
        raw_token({"alg": "none"}, claims(), b""),
        raw_token({"alg": "none", "kid": "ec-1"}, claims(), b""),
        raw_token({"alg": "ES256", "kid": "ec-1"}, claims()),
        jwt.encode(
            {"alg": "HS256", "kid": "rsa-1"}, claims(), shared, algorithms=["HS256"]
        ),
        a_token(RSA, "PS256"),
        a_token(RSA, "RS512"),
        raw_token({"alg": "ES256", "kid": "ec-1", "crit": ["exp"]}, claims()),
        raw_token({"alg": ["ES256"], "kid": "ec-1"}, claims()),
        raw_token({"alg": "ES256", "kid": {"a": 1}}, claims()),
        raw_token(["ES256"], claims()),
        raw_token("ES256", claims()),
        raw_token(json.loads("[" * 400 + "]" * 400), claims()),
        ".".join([base64.urlsafe_b64encode(b"[" * 3_000).decode(), payload, signature]),
    ]


@pytest.mark.parametrize("number", range(26))
async def test_a_hostile_token_is_refused(keys: Keys, number: int) -> None:
    tokens = hostile_tokens()
    assert len(tokens) == 26
    with pytest.raises(NoToken):
        await keys.checker().check(tokens[number])


@settings(suppress_health_check=list(HealthCheck))
@given(header=st.binary(max_size=60), payload=st.binary(max_size=60))
async def test_no_bytes_make_another_error(
    keys: Keys, header: bytes, payload: bytes
) -> None:
    checker = keys.checker()
    parts = (header, payload, b"x")
    token = ".".join(base64.urlsafe_b64encode(part).decode() for part in parts)
    with pytest.raises((NoToken, Unavailable)):
        await checker.check(token)


def test_only_so_many_tokens_are_remembered() -> None:
    checker = Keys().checker()
    caller = Caller("s", "RX1", frozenset())
    for number in range(MOST_CACHED_TOKENS + 5):
        checker._remember(number.to_bytes(4, "big"), caller, time.time() + 100)
    assert len(checker._verified) <= MOST_CACHED_TOKENS


def test_a_key_id_is_read_from_an_unchecked_token() -> None:
    assert key_id(a_token()) == "ec-1"
    assert key_id("nonsense") is None


def test_a_caller_is_read_from_claims() -> None:
    assert caller_from(claims(roles=["partner", "partner"])).roles == {"partner"}


def a_request_of(caller: Caller) -> Request:
    """Return a request whose token a checker knows as `caller`'s."""

    class Checker:
        async def check(self, _: str) -> Caller:
            return caller

    app = FastAPI()
    app.state.tokens = Checker()
    headers = [(b"authorization", b"Bearer token")]
    return Request({"type": "http", "headers": headers, "app": app})


async def test_a_role_lets_in_whoever_holds_one_of_them() -> None:
    allowed = holding("partner", "viewer")
    for roles in ({"partner"}, {"viewer", "ops"}):
        caller = Caller("s", "RX1", frozenset(roles))
        assert await allowed(a_request_of(caller)) is caller
    for roles in (set(), {"steward"}, {"PARTNER"}):
        with pytest.raises(NotAllowed):
            await allowed(a_request_of(Caller("s", "RX1", frozenset(roles))))
