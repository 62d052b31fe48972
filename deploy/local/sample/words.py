"""The words of the sample, read from the data files beside this one."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any


@lru_cache
def read_words(name: str) -> dict[str, Any]:
    """Return the content of a data file, `words` or `stories`."""
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))
