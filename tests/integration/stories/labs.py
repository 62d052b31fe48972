"""Moderators of an organisation of a test's own, and their learning labs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from tests.builders import a_reference
from tests.integration.stories.coding import Team, Token, headers, pointers
from tests.system import System

MARK = "Zanzibar"


def a_lab(**changes: object) -> dict[str, Any]:
    """Return the body of a lab, with a mark in all that people write."""
    return {
        "reference": a_reference("L"),
        "title": f"The first weeks in {MARK}",
        "held_on": "2026-05-12",
        "audience": "team",
        "question": f"What helps people of {MARK} while they wait?",
        "stories": [],
        "figures": [a_figure()],
        **changes,
    }


def a_figure(**changes: object) -> dict[str, Any]:
    return {
        "indicator": "wait_days",
        "from": "2026-01",
        "to": "2026-04",
        "by": "age",
        "noted": f"Longer in {MARK}.",
        **changes,
    }


def an_idea(**changes: object) -> dict[str, Any]:
    words = f"A call from {MARK} within a week"
    return {"reference": "I-1", "words": words, **changes}


def a_trial(**changes: object) -> dict[str, Any]:
    return {
        "reference": "T-1",
        "idea": None,
        "who": f"The {MARK} desk",
        "what": f"Rings everybody in {MARK} on day five",
        "until": "2026-06-30",
        **changes,
    }


def an_outcome(**changes: object) -> dict[str, Any]:
    said = f"Nobody in {MARK} waited alone."
    return {"came_of_it": said, "seen_on": "2026-05-20", **changes}


@dataclass
class Lab:
    """A lab of an organisation, and what is asked of it."""

    team: Team
    reference: str

    async def ask(
        self,
        method: str,
        path: str = "",
        body: Mapping[str, Any] | None = None,
        tag: str | None = None,
        who: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Ask as a moderator of the organisation, unless it is said who asks."""
        sent = dict(self.team.moderator if who is None else who)
        sent |= {"If-Match": tag} if tag else {}
        address = f"/labs/{self.reference}{path}"
        client = self.team.client
        return await client.request(method, address, json=body, headers=sent)

    async def read(self) -> dict[str, Any]:
        answer = await self.ask("GET")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def tag(self) -> str:
        tag: str = (await self.ask("GET")).headers["ETag"]
        return tag

    async def added(self, *parts: tuple[str, dict[str, Any]]) -> None:
        """Add ideas and trials, all of which must be taken."""
        for path, body in parts:
            answer = await self.ask("POST", f"/{path}", body)
            assert answer.status_code == 201, answer.text


async def plan(team: Team, **changes: object) -> Lab:
    """Plan a lab that must be new."""
    body = a_lab(**changes)
    answer = await team.client.post("/labs", json=body, headers=team.moderator)
    assert answer.status_code == 201, answer.text
    return Lab(team, body["reference"])


async def kept_of(system: System, lab: Lab) -> tuple[list[str], dict[str, Any]]:
    """Return the ids of stories, and the words, that the database keeps of a lab."""
    [row] = await system.fetch(
        "stories",
        "select stories, kept from lab where organisation = $1 and reference = $2",
        lab.team.code,
        lab.reference,
    )
    return [str(one) for one in row[0]], json.loads(row[1])


def faults(answer: httpx.Response, status: int) -> list[str]:
    """Check that it is a problem that says no word, and return its pointers."""
    assert MARK not in answer.text
    return pointers(answer, status)


def of(team: Team, *roles: str) -> dict[str, str]:
    """Return what says that somebody of an organisation asks, in some roles."""
    return headers(team.token(team.code, *roles))


def session(team: Team, role: str = "moderator") -> dict[str, str]:
    """Return what a browser sends of who signed in to pages, always the same."""
    return {"cookie": f"livingwell_session={_signed_in(team.token, team.code, role)}"}


@cache
def _signed_in(token: Token, code: str, role: str) -> str:
    return str(token(code, role))


async def lab_at_desk(system: System, lab: Lab) -> str:
    """Return the address of a lab at the desk."""
    [row] = await system.fetch(
        "stories",
        "select id from lab where organisation = $1 and reference = $2",
        lab.team.code,
        lab.reference,
    )
    return f"/desk/labs/{row[0]}"


async def at_desk(
    team: Team, address: str, path: str = "", role: str = "moderator"
) -> httpx.Response:
    """Open a page at the desk."""
    return await team.client.get(address + path, headers=session(team, role))
