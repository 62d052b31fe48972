"""The facts on another engine: every definition gives the same cells, unchanged."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest

from services.aggregation.exports.facts import NotCountedYet, export
from services.aggregation.facts import FACTS
from services.aggregation.figures import recount
from services.aggregation.settings import Settings
from tests.integration.aggregation.brute import Cells
from tests.integration.aggregation.elsewhere import (
    counted,
    counted_by_hand,
    exported,
    of_figures,
)
from tests.integration.aggregation.test_figures import cells, deliver
from tests.integration.aggregation.worlds import Chance
from tests.system import SECRET

ROOT = Path(__file__).parents[3]
SEEDS = range(4)


async def counted_world(database: asyncpg.Connection, seed: int) -> Cells:
    """Deliver a world, count it, and return its cells."""
    await deliver(database, Chance(seed).world().sent)
    await recount(database)
    return await cells(database)


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_definition_gives_the_same_cells_on_duckdb_figure_by_figure(
    database: asyncpg.Connection,
    aggregation_settings: Settings,
    tmp_path: Path,
    seed: int,
) -> None:
    expected = await counted_world(database, seed)
    engine = await exported(aggregation_settings, tmp_path)
    assert counted_by_hand(engine) == of_figures(expected)
    assert counted(engine) == expected


async def test_facts_are_the_same_rows_on_both_engines(
    database: asyncpg.Connection, aggregation_settings: Settings, tmp_path: Path
) -> None:
    await counted_world(database, 11)
    engine = await exported(aggregation_settings, tmp_path)
    compared = 0
    for fact in FACTS:
        rows = engine.sql(f"select * from {fact}")
        theirs = sorted([str(value) for value in row] for row in rows.fetchall())
        names = ", ".join(rows.columns)
        found = await database.fetch(f"select {names} from {fact}")
        assert theirs == sorted([str(value) for value in row] for row in found)
        compared += len(theirs)
    assert compared > 20


async def test_facts_that_are_not_counted_are_not_written(
    database: asyncpg.Connection, aggregation_settings: Settings, tmp_path: Path
) -> None:
    assert not await database.fetchval("select is_counted from progress")
    with pytest.raises(NotCountedYet):
        await export(aggregation_settings, tmp_path / "new")
    assert not (tmp_path / "new").exists()


async def test_the_service_knows_no_way_to_export_facts() -> None:
    """Nor does it load the library for files before the first one is asked for."""
    code = "import sys, services.aggregation.app\nsys.stdout.write(str([*sys.modules]))"
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    modules, _ = await done.communicate()
    assert b"'services.aggregation.exports.api'" in modules
    assert b"'services.aggregation.exports.facts'" not in modules
    assert b"'pyarrow'" not in modules


async def test_it_runs_as_a_command(
    database: asyncpg.Connection, aggregation_settings: Settings, tmp_path: Path
) -> None:
    await counted_world(database, 3)
    settings = aggregation_settings
    values: dict[str, str] = {
        "AGGREGATION_DATABASE_URL": settings.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "LIVINGWELL_SECRET": SECRET,
        "LIVINGWELL_SECRET_ID": settings.secret_id,
        "TOKEN_ISSUER": settings.token_issuer,
        "TOKEN_JWKS_URL": settings.token_jwks_url,
        "TOKEN_AUDIENCE": settings.token_audience,
    }
    module = "services.aggregation.exports.facts"
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, str(tmp_path)), cwd=ROOT, env=values
    )
    assert await done.wait() == 0
    names = set(await asyncio.to_thread(os.listdir, tmp_path))
    assert names == {"definitions.sql", *(f"{fact}.parquet" for fact in FACTS)}
