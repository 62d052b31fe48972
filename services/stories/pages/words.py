"""What a person reads, in plain words: one text file for each language."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

TEXTS = Path(__file__).with_name("texts")


class Readers(BaseModel):
    """Who may read a story now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    team: str
    team_partners_later: str
    team_public_later: str
    partners: str
    partners_public_later: str
    public: str


class Edits(BaseModel):
    """What is said of a story that others read in other words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    yours: str
    others: str
    why: str
    changed: str


class Texts(BaseModel):
    """All that a language says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: dict[str, str]
    moments: dict[str, str]
    steps: dict[str, str]
    readers: Readers
    edits: Edits
    reasons: dict[str, str]


@lru_cache
def texts(language: str = "en") -> Texts:
    """Return what is said in a language."""
    file = TEXTS / f"{language}.toml"
    return Texts.model_validate(tomllib.loads(file.read_text("utf-8")))


def step(code: str) -> str:
    """Return a step of the journey in plain words."""
    return texts().steps.get(code, code.replace("_", " "))
