"""What telling refuses: broken content, hostile bytes, too much, the wrong caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.builders import a_story

Token = Callable[..., str]
MARK = "Zanzibar"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    "change",
    [
        {"text": "\x00"},
        {"text": ""},
        {"text": 5},
        {"text": None},
        {"text": "x" * 100_001},
        {"kind": "poem"},
        {"told_on": 20260302},
        {"told_on": "2026-02-30"},
        {"reference": "999 123 4578"},
        {"reference": "9991234578"},
        {"referral": "a b"},
        {"moments": [{"kind": "magic", "step": f"in {MARK}"}]},
        {"moments": [{"kind": "magic"}]},
        {"moments": [{"kind": "magic", "step": "waiting", "text": "\x00"}]},
        {"moments": {}},
        {"strengths": ["good with people"]},
        {"recommendations": ["\x00"]},
        {"recommendations": [True]},
        {"consent": {"level": "everyone", "given_on": "2026-03-02"}},
        {"consent": {"level": "public"}},
        {"consent": {"level": "public", "given_on": "9999-12-31"}},
        {"name": "unknown field"},
    ],
    ids=range(22),
)
async def test_content_that_breaks_the_contract_is_refused(
    stories: httpx.AsyncClient, token: Token, change: dict[str, Any]
) -> None:
    partner = bearer(token("RX1", "partner"))
    story = a_story(**{"text": f"In {MARK}."} | change)
    refused = await stories.post("/stories", json=story, headers=partner)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert MARK not in refused.text
    batch = await stories.post("/stories/batch", json=[story], headers=partner)
    assert batch.json()["results"][0]["status"] == "invalid"
    assert MARK not in batch.text


@pytest.mark.parametrize(
    "raw",
    [
        rb'{"reference": "S-1", "text": "\ud800"}',
        rb'{"\ud800": 1}',
        b'{"text": "\xff"}',
        b'{"told_on": 1e400}',
        b'{"told_on": NaN}',
        b"[" * 100_000,
        b"[]",
        b"null",
        b"",
    ],
    ids=range(9),
)
async def test_hostile_bytes_are_refused(
    stories: httpx.AsyncClient, token: Token, raw: bytes
) -> None:
    headers = {
        **bearer(token("RX1", "partner")),
        "content-type": "application/json",
    }
    refused = await stories.post("/stories", content=raw, headers=headers)
    assert refused.status_code in {400, 422}
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("path", "size"), [("", 1_000_001), ("/batch", 8_000_001)])
async def test_a_body_that_is_too_large_is_refused(
    stories: httpx.AsyncClient, token: Token, path: str, size: int
) -> None:
    headers = {
        **bearer(token("RX1", "partner")),
        "content-type": "application/json",
    }
    refused = await stories.post(
        f"/stories{path}", content=b" " * size, headers=headers
    )
    assert refused.status_code == 413


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ""), ("POST", "/batch"), ("GET", ""), ("GET", "/S-1")],
)
async def test_telling_needs_a_token_and_the_role_partner(
    stories: httpx.AsyncClient, token: Token, method: str, path: str
) -> None:
    address, body = f"/stories{path}", a_story()
    nobody = await stories.request(method, address, json=body)
    assert nobody.status_code == 401
    viewer = bearer(token("RX1", "viewer", "moderator"))
    refused = await stories.request(method, address, json=body, headers=viewer)
    assert refused.status_code == 403


async def test_a_batch_of_1001_is_refused(
    stories: httpx.AsyncClient, token: Token
) -> None:
    partner = bearer(token("RX1", "partner"))
    refused = await stories.post("/stories/batch", json=[{}] * 1_001, headers=partner)
    assert refused.status_code == 413


async def test_a_cursor_with_a_nul_is_refused(
    stories: httpx.AsyncClient, token: Token
) -> None:
    partner = bearer(token("RX1", "partner"))
    refused = await stories.get("/stories?after=%00", headers=partner)
    assert refused.status_code == 422
