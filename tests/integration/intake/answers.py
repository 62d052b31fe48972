"""What the tests of intake look for in its answers and its database."""

from __future__ import annotations

from typing import Any

import httpx

from tests.system import System

STORED = """
select (select count(*) from organisation), (select sum(sequence) from organisation),
  (select count(*) from referral), (select sum(sequence) from referral),
  (select count(*) from audit where type not like '%.read.v1'),
  (select last_value from outbox_id_seq)
"""


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Return the problem document of an answer that must be one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document


def pointers(document: dict[str, Any]) -> list[str]:
    """Return which fields a problem points at."""
    return [error["pointer"] for error in document["errors"]]


async def stored(system: System) -> tuple[object, ...]:
    """Return what changes with every write: records, audit, and outbox ids taken."""
    [row] = await system.fetch("intake", STORED)
    return tuple(row)


async def referral(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    """Send a referral that must be new; return the answer."""
    answer = await client.post("/referrals", json=body)
    assert answer.status_code == 201, answer.text
    received: dict[str, Any] = answer.json()
    return received


async def detail(client: httpx.AsyncClient, reference: str) -> dict[str, Any]:
    """Return a referral as its owner reads it."""
    answer = await client.get(f"/referrals/{reference}")
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read
