"""Cases with their answers, one file per subject."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def cases(name: str) -> list[Any]:
    """Return the cases of a file, each under its own name."""
    file = Path(__file__).with_name(f"{name}.json")
    return [
        pytest.param(case, id=case["name"]) for case in json.loads(file.read_text())
    ]
