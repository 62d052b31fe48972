"""Organisations of a test's own that publish codebooks, tell stories and code them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.builders import a_reference, a_story
from tests.system import System

Token = Callable[..., str]
MEANING = {
    "themes": ["kindness", "waiting"],
    "sliders": {"in_control": 0.25, "hopeful": None},
}
WORDS = ("name", "plain", "definition", "include", "exclude", "example")


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def a_theme(code: str) -> dict[str, str]:
    """Return a theme of a codebook."""
    return {"code": code, **dict.fromkeys(WORDS, f"What {code} means")}


def pointers(answer: httpx.Response, status: int) -> list[str]:
    """Return which fields a problem document points at."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["pointer"] for error in answer.json()["errors"]]


async def published_of(system: System, story_id: str) -> dict[str, Any]:
    """Return what was last published of a story."""
    query = "select state::text from story where id = $1"
    [row] = await system.fetch("stories", query, story_id)
    state: dict[str, Any] = json.loads(row[0])
    return state


@dataclass
class Team:
    """An organisation that nobody used before, with its partners and moderators."""

    client: httpx.AsyncClient
    token: Token
    code: str

    @property
    def partner(self) -> dict[str, str]:
        return headers(self.token(self.code, "partner"))

    @property
    def moderator(self) -> dict[str, str]:
        return headers(self.token(self.code, "moderator"))

    async def tell(self, **changes: Any) -> str:  # noqa: ANN401
        """Tell a story that must be new; return its reference."""
        body = a_story(reference=a_reference("C"), **changes)
        told = await self.client.post("/stories", json=body, headers=self.partner)
        assert told.status_code == 201, told.text
        return str(body["reference"])

    async def code_story(
        self, story: str, coder: str, themes: list[str], codebook: int = 1
    ) -> httpx.Response:
        """Put a coder's themes on a story."""
        return await self.client.post(
            f"/stories/{story}/codings",
            json={"coder": coder, "codebook": codebook, "themes": themes},
            headers=self.moderator,
        )

    async def coded(self, story: str, **coders: list[str]) -> None:
        """Put the themes of several coders on a story, all of which must be taken."""
        for coder, themes in coders.items():
            answer = await self.code_story(story, coder, themes)
            assert answer.status_code == 200, answer.text

    async def read(self, story: str) -> dict[str, Any]:
        """Return a story as its organisation reads it."""
        answer = await self.client.get(f"/stories/{story}", headers=self.partner)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def withdraw(self, story: str) -> None:
        """Withdraw a story's consent."""
        answer = await self.client.put(
            f"/stories/{story}/consent",
            json={"level": "none", "given_on": "2026-05-01"},
            headers=self.partner,
        )
        assert answer.status_code == 200, answer.text

    async def agreement(self, **query: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return how far this organisation's coders agree by the first codebook."""
        answer = await self.client.get(
            "/codebook/1/agreement", params=query, headers=self.moderator
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def publish(
        self, version: int, body: Mapping[str, Any], role: str = "moderator"
    ) -> httpx.Response:
        """Publish a version of the codebook."""
        return await self.client.put(
            f"/codebook/{version}",
            json=body,
            headers=headers(self.token(self.code, role)),
        )

    async def newest(self) -> dict[str, Any]:
        """Return the codebook as the public reads it."""
        answer = await self.client.get("/codebook")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def next_version(self) -> tuple[int, dict[str, Any]]:
        """Return what would be the next version: the newest one with one theme more."""
        newest = await self.newest()
        codes = [theme["code"] for theme in newest["themes"]]
        added = a_theme(f"new_{newest['version'] + 1}")
        return newest["version"] + 1, {
            "source": "A test",
            "themes": [*newest["themes"], added],
            "crosswalk": {code: [code] for code in codes},
        }


def a_team(client: httpx.AsyncClient, token: Token) -> Team:
    """Return an organisation that nobody used before."""
    return Team(client, token, f"C{uuid4().hex[:6].upper()}")
