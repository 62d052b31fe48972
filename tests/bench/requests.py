"""Requests made beforehand, each with a reference of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

from shared.signin import SESSION
from tests import builders

_numbers = itertools.count(1)

JSON_MARK = b'"reference":"@@@@@@@@@@"'
PERSON_MARK = b'"local_id":"@@@@@@@@@@"'


def post(path: str, body: bytes, token: str | None = None) -> bytes:
    """Return a POST as it goes over the wire."""
    return _sending("POST", path, body, token)


def put(path: str, body: bytes, token: str) -> bytes:
    """Return a PUT as it goes over the wire."""
    return _sending("PUT", path, body, token)


def _sending(method: str, path: str, body: bytes, token: str | None) -> bytes:
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return _request(head, token) + body


def get(path: str, token: str | None = None, is_reader: bool = False) -> bytes:
    """Return a GET as it goes over the wire; a reader of pages has a session, too."""
    head = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    if is_reader:
        head.append(f"Cookie: {SESSION}={token}")
    return _request(head, token)


def _request(head: Sequence[str], token: str | None) -> bytes:
    lines = [*head, f"Authorization: Bearer {token}"] if token else head
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def referrals(count: int) -> list[bytes]:
    """Return bodies of referrals of as many people."""
    mark = "@" * 10
    body = json_of(builders.a_referral(reference=mark, person={"local_id": mark}))
    assert JSON_MARK in body
    assert PERSON_MARK in body
    return [body.replace(b"@" * 10, _number("B")) for _ in range(count)]


def assessments(count: int) -> list[bytes]:
    """Return bodies of ReQoL-10 assessments of as many referrals."""
    body = json_of(builders.an_assessment("@" * 10, reference="@" * 10))
    assert JSON_MARK in body
    return [body.replace(b"@" * 10, _number("A")) for _ in range(count)]


def stories(count: int, **changes: Any) -> list[bytes]:  # noqa: ANN401
    """Return bodies of as many stories."""
    body = json_of(builders.a_story(reference="@" * 10, **changes))
    assert JSON_MARK in body
    return [body.replace(b"@" * 10, _number("S")) for _ in range(count)]


def batches(bodies: Sequence[bytes], size: int) -> list[bytes]:
    """Join bodies to JSON arrays of `size`."""
    return [
        b"[" + b",".join(bodies[start : start + size]) + b"]"
        for start in range(0, len(bodies), size)
    ]


def renamed(body: bytes, reference: str) -> bytes:
    """Return a body under a reference that is known beforehand."""
    return json_of(json.loads(body) | {"reference": reference})


def json_of(body: dict[str, Any]) -> bytes:
    """Return a body as it goes over the wire."""
    return json.dumps(body, separators=(",", ":")).encode()


def _number(prefix: str) -> bytes:
    return f"{prefix}{next(_numbers):09}".encode()
