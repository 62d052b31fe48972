"""Valid bodies in one call, and an organisation that nobody else uses."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from httpx import AsyncClient, Response

Json = dict[str, Any]


def an_organisation() -> str:
    """Return a code that no other test uses."""
    return f"T{uuid4().hex[:8].upper()}"


def an_assessment(**changes: object) -> Json:
    """Return a valid ReQoL-10 assessment."""
    return {
        "reference": "A-1",
        "referral": "LW-0001",
        "instrument": "reqol10",
        "completed_on": "2026-03-10",
        "completed_by": "person",
        "mode": "in_person",
        "responses": {"items": [1, 2, 2, 3, 1, 4, 2, 1, 2, 1], "physical_health": 2},
        **changes,
    }


def a_goal(**changes: object) -> Json:
    """Return a valid goal."""
    return {
        "reference": "G-1",
        "referral": "LW-0001",
        "kind": "gbo",
        "words": "walk to the shop on my own",
        "set_on": "2026-03-10",
        "baseline": 2,
        **changes,
    }


class Partner:
    """One organisation's view of the running service."""

    def __init__(self, client: AsyncClient, token: str) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {token}"}

    async def get(self, path: str) -> Response:
        """GET with this partner's token."""
        return await self._client.get(path, headers=self._headers)

    async def post(self, path: str, body: object) -> Response:
        """POST JSON with this partner's token."""
        headers = {**self._headers, "content-type": "application/json"}
        content = json.dumps(body)
        return await self._client.post(path, content=content, headers=headers)

    async def post_lines(self, path: str, lines: str) -> Response:
        """POST NDJSON with this partner's token."""
        headers = {**self._headers, "content-type": "application/x-ndjson"}
        return await self._client.post(path, content=lines, headers=headers)

    async def put(
        self, path: str, body: object, if_match: str | None = None
    ) -> Response:
        """PUT JSON, with the version that is corrected, if any."""
        headers = {**self._headers, **({"if-match": if_match} if if_match else {})}
        return await self._client.put(path, json=body, headers=headers)


def pointers(answer: Response) -> list[str]:
    """Return the fields that a problem document points at."""
    assert answer.headers["content-type"] == "application/problem+json"
    return [field["pointer"] for field in answer.json()["errors"]]
