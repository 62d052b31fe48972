"""Context of a place: loaded from a file by the command, shown with its source."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.aggregation.context import BadFile, load
from services.aggregation.settings import Settings
from tests.fingertips import AREA, a_file, a_row
from tests.integration.aggregation.asking import fill
from tests.integration.intake.answers import problem
from tests.system import SECRET

HIDDEN = {
    "Indicator ID": "90002",
    "Value": "",
    "Count": "",
    "Value note": "Value suppressed for disclosure control due to small count",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of two periods, a hidden value and a missing one."""
    path = tmp_path / "saved.csv"
    rows = [
        a_row(Value="14.0", **{"Time period": "2023/24"})
        | {"Time period Sortable": "20230000"},
        a_row(),
        a_row(**HIDDEN),
        a_row(Value="", Sex="Male"),
        a_row(**{"Area Code": "E92000001"}),
    ]
    save(path, *rows)
    return path


def save(path: Path, *rows: dict[str, str]) -> None:
    path.write_text("\ufeff" + a_file(*rows), encoding="utf-8")


async def shown(api: httpx.AsyncClient, place: str) -> list[dict[str, Any]]:
    answer = await api.get("/context", params={"place": place})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert "Fingertips" in body["source"]
    assert "does not say why" in body["note"]
    values: list[dict[str, Any]] = body["values"]
    return values


async def test_the_latest_value_is_shown_with_its_period_and_none_is_0(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    aggregation_settings: Settings,
    file: Path,
) -> None:
    await fill(database, [])
    assert await load(aggregation_settings, file, "Riverside", AREA) == 4
    men, people, hidden = await shown(api, "Riverside")
    assert (people["value"], people["low"], people["period"]) == (12.5, 11.1, "2024/25")
    assert (people["title"], people["area_name"]) == (
        "People who often feel lonely",
        "Riverside UA",
    )
    assert (men["sex"], men["value"], men["count"]) == ("Male", "missing", None)
    assert (hidden["indicator"], hidden["value"]) == ("90002", "suppressed")
    assert hidden["value_note"].startswith("Value suppressed")
    assert await shown(api, "Hillside") == []


async def test_a_newer_file_replaces_what_an_older_one_said_of_its_indicators(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    aggregation_settings: Settings,
    file: Path,
) -> None:
    await fill(database, [])
    for _ in range(2):
        await load(aggregation_settings, file, "Riverside", AREA)
    assert await database.fetchval("select count(*) from context") == 4
    save(file, a_row(Value="11"))
    await load(aggregation_settings, file, "Riverside", AREA)
    people, hidden = await shown(api, "Riverside")
    assert (people["value"], hidden["value"]) == (11, "suppressed")
    save(file, a_row(Value="10"), a_row(Value="x"))
    with pytest.raises(BadFile):
        await load(aggregation_settings, file, "Riverside", AREA)
    save(file, a_row(Value="10"))
    with pytest.raises(BadFile, match="Atlantis"):
        await load(aggregation_settings, file, "Atlantis", AREA)
    assert (await shown(api, "Riverside"))[0]["value"] == 11


async def test_a_place_must_be_named_and_known(
    database: asyncpg.Connection, api: httpx.AsyncClient
) -> None:
    await fill(database, [])
    problem(await api.get("/context"), 422)
    problem(await api.get("/context?place="), 422)
    problem(await api.get("/context?place=Atlantis"), 404)
    problem(await api.get("/context?place=%00"), 404)


async def test_the_command_loads_a_file_or_says_why_not(
    database: asyncpg.Connection,
    api: httpx.AsyncClient,
    aggregation_settings: Settings,
    file: Path,
) -> None:
    await fill(database, [])
    settings = aggregation_settings
    environment = {
        "AGGREGATION_DATABASE_URL": settings.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "LIVINGWELL_SECRET": SECRET,
        "LIVINGWELL_SECRET_ID": "test-1",
        "TOKEN_ISSUER": settings.token_issuer,
        "TOKEN_JWKS_URL": settings.token_jwks_url,
    }

    def run(area: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "services.aggregation.context", str(file)]
        return subprocess.run(
            [*command, "--place", "Riverside", "--area", area],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    done = run(AREA)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"4 values of {AREA} for Riverside\n"
    assert len(await shown(api, "Riverside")) == 3
    refused = run("E00000000")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "nothing of the area E00000000" in refused.stderr
    assert "Traceback" not in refused.stderr
