"""Who may write and read in intake."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.builders import a_referral, an_organisation
from tests.integration.intake.answers import problem, stored
from tests.system import System

REFERRAL = a_referral(reference="R-1")
PARTNERS_CALLS: list[tuple[str, str, Any]] = [
    ("POST", "/referrals", REFERRAL),
    ("POST", "/referrals/batch", [REFERRAL]),
    ("GET", "/referrals", None),
    ("GET", "/referrals/R-1", None),
    ("PUT", "/referrals/R-1", REFERRAL),
    (
        "PUT",
        "/referrals/R-1/decision",
        {"outcome": "accepted", "decided_on": "2026-03-04"},
    ),
    (
        "POST",
        "/referrals/R-1/contacts",
        {"reference": "C-1", "contact_on": "2026-03-04", "attended": True},
    ),
    ("POST", "/referrals/R-1/circumstances", {"recorded_on": "2026-03-04"}),
    (
        "POST",
        "/referrals/R-1/crisis-contacts",
        {"kind": "admission", "on": "2026-03-04"},
    ),
    ("DELETE", "/referrals/R-1/crisis-contacts/admission/2026-03-04", None),
    ("PUT", "/referrals/R-1/closure", {"closed_on": "2026-03-04"}),
    (
        "PUT",
        "/referrals/R-1/contacts/C-1",
        {"reference": "C-1", "contact_on": "2026-03-04", "attended": True},
    ),
    ("DELETE", "/referrals/R-1/contacts/C-1", None),
    ("PUT", "/referrals/R-1/withdrawal", {"withdrawn_on": "2026-03-04"}),
    ("DELETE", "/referrals/R-1/withdrawal", None),
    ("GET", "/referrals/turned-away", None),
    ("GET", "/referrals/possible-duplicates", None),
    ("GET", "/due", None),
]
STEWARDS_CALLS = [("PUT", "/organisations/RX1", an_organisation())]
ANYONES_CALLS = [
    ("GET", "/organisations", None),
    ("GET", "/codes", None),
    ("GET", "/codes/source", None),
]


@pytest.mark.parametrize(
    ("method", "path", "body"), [*PARTNERS_CALLS, *STEWARDS_CALLS, *ANYONES_CALLS]
)
async def test_every_call_needs_a_token(
    intake: httpx.AsyncClient,
    shared_system: System,
    method: str,
    path: str,
    body: object,
) -> None:
    before = await stored(shared_system)
    for header in (None, "Bearer", "Basic eDp4", "Bearer not-a-token"):
        headers = {} if header is None else {"Authorization": header}
        answer = await intake.request(method, path, json=body, headers=headers)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert await stored(shared_system) == before


@pytest.mark.parametrize(("method", "path", "body"), PARTNERS_CALLS)
async def test_referrals_are_for_partners(
    intake: httpx.AsyncClient,
    shared_system: System,
    method: str,
    path: str,
    body: object,
) -> None:
    roles = ("viewer", "moderator", "platform", "steward", "ops")
    headers = {"Authorization": f"Bearer {shared_system.token('RX1', *roles)}"}
    before = await stored(shared_system)
    answer = await intake.request(method, path, json=body, headers=headers)
    problem(answer, 403)
    assert await stored(shared_system) == before


async def test_organisations_are_registered_by_stewards(
    intake: httpx.AsyncClient, shared_system: System
) -> None:
    roles = ("partner", "viewer", "moderator", "platform", "ops")
    headers = {"Authorization": f"Bearer {shared_system.token('RX1', *roles)}"}
    for method, path, body in STEWARDS_CALLS:
        answer = await intake.request(method, path, json=body, headers=headers)
        problem(answer, 403)


async def test_whoever_has_a_token_reads_who_the_partners_are(
    intake: httpx.AsyncClient, shared_system: System
) -> None:
    headers = {"Authorization": f"Bearer {shared_system.token('RX1')}"}
    assert (await intake.get("/organisations", headers=headers)).status_code == 200


async def test_what_there_is_not_is_answered_with_a_problem(
    intake: httpx.AsyncClient,
) -> None:
    problem(await intake.get("/nothing"), 404)
    problem(await intake.delete("/referrals"), 405)
