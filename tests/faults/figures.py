"""All that the system view shows, as bytes that can be compared."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from tests.system import System, until

PERIOD = {"from": "2025-12", "to": "2026-11"}


REVISIONS = (
    "select number, scope, as_of, newest_month, definitions from release order by 1",
    "select id, sequence, state from figure order by id",
    "select indicator, scope, breakdown, month, group_name, value, since, until,"
    " numerator, denominator from released_cell order by 1, 2, 3, 4, 5, 6, 7",
)


async def released(system: System) -> list[str]:
    """Release now; return the scopes of which there was anything to release."""
    token = system.token("XYZ12", "steward")
    async with system.client("aggregation", token) as client:
        response = await client.post("/releases")
    assert response.status_code == 200, response.text
    return [one["scope"] for one in response.json()["releases"]]


async def revisions(system: System) -> str:
    """Return what was ever released and published, and what the public sees of it."""
    tables = [await system.fetch("aggregation", statement) for statement in REVISIONS]
    answers = []
    async with system.client("aggregation") as client:
        catalogue = (await client.get("/indicators")).json()
        for indicator in catalogue["indicators"]:
            path = f"/indicators/{indicator['code']}"
            answers.append((await client.get(path, params=PERIOD)).text)
    return "\n".join([*answers, *(str(row) for rows in tables for row in rows)])


async def all_figures(system: System) -> str:
    """Return each indicator by each breakdown in each scope, and the true counts."""
    token = system.token("XYZ12", "viewer")
    answers = []
    async with system.client("aggregation", token) as client:
        catalogue = (await client.get("/indicators")).json()
        organisations = await system.fetch(
            "aggregation", "select organisation from organisation order by 1"
        )
        scopes: list[dict[str, str]] = [
            {},
            *({"place": place} for place in catalogue["places"]),
            *({"organisation": row[0]} for row in organisations),
        ]
        for indicator in catalogue["indicators"]:
            for by in ({}, *({"by": name} for name in indicator["breakdowns"])):
                for scope in scopes:
                    path = f"/indicators/{indicator['code']}"
                    response = await client.get(path, params=PERIOD | by | scope)
                    assert response.status_code == 200, response.text
                    answers.append(response.text)
    cells = await system.fetch(
        "aggregation",
        "select * from cell where numerator <> 0 or denominator <> 0"
        " order by indicator, scope, breakdown, month, group_name, value",
    )
    counts = [[str(value) for value in cell] for cell in cells]
    return "\n".join([*answers, json.dumps(counts)])


async def rebuild(system: System) -> None:
    """Run `python -m services.aggregation.rebuild`, and wait until all is counted."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.aggregation.rebuild",
        env=os.environ | system.environment("aggregation"),
    )
    assert await process.wait() == 0


async def is_counted(system: System) -> bool:
    """Say whether the system view is shown."""
    [row] = await system.fetch("aggregation", "select is_counted from progress")
    return bool(row[0])


async def rebuilt(system: System) -> str:
    """Rebuild and return all figures."""
    await rebuild(system)
    await until(lambda: is_counted(system), "all is counted again")
    await system.quiet()
    return await all_figures(system)
