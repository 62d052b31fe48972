"""A team and what is told it, over HTTP, on a real PostgreSQL."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from httpx import AsyncClient, Response

from tests.system import System

NAME = "Living Well hub, Tuesday group"
URL = re.compile(r"http://[^/]+(/tell/([A-Za-z0-9_-]{32}\.[A-Za-z0-9_-]{43}))")
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass(frozen=True)
class Team:
    """A partner with pages where people tell it what happened."""

    system: System
    client: AsyncClient
    organisation: str

    @property
    def headers(self) -> dict[str, str]:
        token = self.system.token(self.organisation, "partner", subject="u1")
        return {"authorization": f"Bearer {token}"}

    async def ask(self, **body: object) -> Response:
        sent = {"name": NAME} | body
        return await self.client.post("/team-links", json=sent, headers=self.headers)

    async def link(self, **body: object) -> dict[str, Any]:
        """Make a link; its path and its token come with the answer."""
        answer = await self.ask(**body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        matched = URL.fullmatch(found["url"])
        assert matched
        return {**found, "path": matched[1], "token": matched[2]}

    async def listed(self, **query: str | int) -> Response:
        return await self.client.get("/team-links", params=query, headers=self.headers)

    async def revoke(self, link: str) -> Response:
        return await self.client.delete(f"/team-links/{link}", headers=self.headers)

    async def audited(self, record: str) -> list[tuple[str, str]]:
        """Return who did what to a record, in order."""
        rows = await self.system.fetch(
            "stories",
            "select subject, type from audit where record = $1 order by id",
            record,
        )
        return [tuple(row) for row in rows]

    async def tell(
        self,
        path: str,
        headers: dict[str, str] = JSON,
        **changes: Any,  # noqa: ANN401
    ) -> Response:
        """Send a bubble, as the page's script does."""
        return await self.client.post(path, data=a_bubble(**changes), headers=headers)

    async def told(self) -> list[dict[str, Any]]:
        """Return all that the database keeps of the team's stories."""
        rows = await self.system.fetch(
            "stories",
            "select id, kept, state from story where organisation = $1",
            self.organisation,
        )
        return [
            {"id": str(row[0]), "kept": json.loads(row[1]), "state": json.loads(row[2])}
            for row in rows
        ]


def a_team(system: System, client: AsyncClient) -> Team:
    return Team(system, client, f"T{uuid4().hex[:8].upper()}")


def a_bubble(**changes: object) -> dict[str, Any]:
    """Return the fields of a bubble; None leaves one out."""
    fields = {
        "reference": str(uuid4()),
        "way": "bubble",
        "kind": "magic",
        "step": "first_contact",
        "text": "Somebody walked with me.",
        "consent": "none",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}
