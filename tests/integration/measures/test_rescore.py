"""A changed rule rescores on command: old scores are kept, corrected states emitted."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from shared.events import AssessmentState
from tests.conftest import MakeSystem
from tests.integration.measures.bodies import an_assessment, an_organisation
from tests.system import System, until

# One missing item of ReQoL-10 is one too many here.
STRICTER = '[reqol10.missing]\nmost = 0\nrule = "prorate"\n'
COMPLETE: list[int | None] = [1, 2, 2, 3, 1, 4, 2, 1, 2, 1]
GAP: list[int | None] = [2, 2, None, 3, 2, 2, 3, 2, 2, 2]


@pytest.fixture(scope="module")
async def system(make_system: MakeSystem) -> AsyncIterator[System]:
    """Return measures with nothing in it, and the view of it."""
    system = await make_system("measures", "aggregation")
    yield system
    await system.stop()


@pytest.fixture
def organisation() -> str:
    return an_organisation()


@pytest.fixture
async def measures(system: System, organisation: str) -> AsyncIterator[AsyncClient]:
    async with system.client("measures", system.token(organisation, "partner")) as one:
        yield one


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "site.toml"
    file.write_text(STRICTER)
    return {"MEASURES_SITE": str(file)}


async def start_rescore(system: System, site: dict[str, str]) -> Any:  # noqa: ANN401
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.measures.rescore",
        env=os.environ | system.environment("measures") | site,
        stderr=asyncio.subprocess.PIPE,
    )


async def rescore(system: System, site: dict[str, str]) -> str:
    process = await start_rescore(system, site)
    _, told = await process.communicate()
    assert process.returncode == 0, told.decode()
    return str(told.decode())


def body(number: int, items: list[int | None]) -> dict[str, Any]:
    responses = {"items": items}
    return an_assessment(reference=f"R-{number}", responses=responses)


async def test_a_changed_rule_rescores_and_keeps_the_old_score(
    system: System, measures: AsyncClient, site: dict[str, str]
) -> None:
    for number, items in enumerate((COMPLETE, GAP)):
        answer = await measures.post("/assessments", json=body(number, items))
        assert answer.status_code == 201, answer.text
    before = (await measures.get("/assessments/R-1")).json()
    assert before["status"] == "prorated"
    assert before["scores"]["total"] == 22.22
    assert "2 assessments" in await rescore(system, site)
    after = (await measures.get("/assessments/R-1")).json()
    assert after["status"] == "not_scorable"
    assert after["scores"]["total"] is None
    assert after["scoring_version"].startswith("1+site.")
    assert after["sequence"] > before["sequence"]
    [earlier] = after["earlier"]
    assert earlier["scoring_version"] == "1"
    assert earlier["scores"]["total"] == 22.22
    whole = (await measures.get("/assessments/R-0")).json()
    assert whole["scores"]["total"] == 19
    assert whole["scoring_version"] == after["scoring_version"]


async def test_a_rescored_state_is_published_once_and_audited(
    system: System, measures: AsyncClient, site: dict[str, str], organisation: str
) -> None:
    answer = await measures.post("/assessments", json=body(1, GAP))
    assert answer.status_code == 201, answer.text
    await system.quiet()
    assert "1 assessments" in await rescore(system, site)
    assert "0 assessments" in await rescore(system, site)
    await system.quiet()
    mine = "from assessment where organisation = $1"
    [row] = await system.fetch("measures", f"select state {mine}", organisation)
    state = AssessmentState.model_validate_json(row["state"])
    assert state.status == "not_scorable"
    [projected] = await system.fetch(
        "aggregation", f"select score {mine}", organisation
    )
    assert projected["score"] is None
    audited = await system.fetch(
        "measures",
        "select type from audit where subject = 'rescore' and organisation = $1",
        organisation,
    )
    assert [one["type"] for one in audited] == ["uk.livingwell.assessment.corrected.v1"]


async def test_a_rescore_that_was_killed_goes_on_where_it_was(
    system: System, measures: AsyncClient, site: dict[str, str], organisation: str
) -> None:
    for start in range(0, 20_000, 1_000):
        bodies = [body(number, GAP) for number in range(start, start + 1_000)]
        answer = await measures.post("/assessments/batch", json=bodies)
        assert {one["status"] for one in answer.json()["results"]} == {"stored"}
    process = await start_rescore(system, site)

    async def rescored() -> int:
        query = (
            "select count(*) from audit where subject = 'rescore' and organisation = $1"
        )
        [row] = await system.fetch("measures", query, organisation)
        return int(row[0])

    async def has_begun() -> bool:
        return await rescored() > 0

    await until(has_begun, "some are rescored")
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    done = await rescored()
    assert 0 < done < 20_000
    assert f"{20_000 - done:,} assessments" in await rescore(system, site)
    assert await rescored() == 20_000
    rows = await system.fetch(
        "measures",
        "select distinct state ->> 'status' as status,"
        " json_array_length(kept -> 'earlier') as earlier"
        " from assessment where organisation = $1",
        organisation,
    )
    assert [tuple(row) for row in rows] == [("not_scorable", 1)]
