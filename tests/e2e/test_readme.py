"""The README's tour is run as it stands; only ports and the data folder are others."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from services.aggregation.settings import Settings as AggregationSettings
from services.stories.settings import Settings as StoriesSettings
from tests.system import System

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TOUR = re.findall(r"```bash tour\n(.*?)```", README, re.DOTALL)


def for_system(script: str, system: System) -> str:
    """Return the tour with the ports of a system that runs."""
    offset = system.settings.port_offset
    return re.sub(
        r"127\.0\.0\.1:(80\d\d)",
        lambda found: f"127.0.0.1:{int(found[1]) + offset}",
        script,
    )


async def run(script: str, system: System) -> str:
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        script,
        cwd=ROOT,
        env=os.environ
        | {
            "LIVINGWELL_HOME": str(system.settings.folder),
            "LIVINGWELL_PORT_OFFSET": str(system.settings.port_offset),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_the_tour_works_as_it_is_written(system: System) -> None:
    assert len(TOUR) == 2
    *first, last = TOUR[0].split("\n# The system view")
    output = await run(for_system("".join(first) + "\necho", system), system)
    assert '"total":19' in output
    await system.quiet()
    # A new shell, as in another window: the tour's variables are set again.
    setup = "\n".join(TOUR[0].splitlines()[:3])
    view = await run(for_system(f"{setup}\n# {last}", system), system)
    assert json.loads(view)["figures"][0]["value"] == "suppressed"
    refusal = await run(for_system(f"{setup}\n{TOUR[1]}", system), system)
    problem = json.loads(refusal)
    assert problem["status"] == 422
    assert problem["errors"][0]["pointer"] == "/person"


@pytest.mark.parametrize("settings", [AggregationSettings, StoriesSettings])
def test_every_setting_is_explained(settings: type[BaseSettings]) -> None:
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        common = f"<SERVICE>_{name.upper()}"
        names = {str(field.validation_alias), f"{prefix}{name.upper()}", common}
        assert any(f"`{each}`" in README for each in names), name
