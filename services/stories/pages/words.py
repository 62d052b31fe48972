"""What a person reads, in plain words: one text file for each language."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

TEXTS = Path(__file__).with_name("texts")
ENGLISH = "en"


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


class Choice(BaseModel):
    """Something to choose, and what it means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    more: str


class Telling(BaseModel):
    """What the pages for telling say; codes to words, in the order they are shown.

    Attributes:
        says: Sentences and labels, by the name that the pages call them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    says: dict[str, str]
    kinds: dict[str, Choice]
    steps: dict[str, str]
    consents: dict[str, Choice]
    strengths: dict[str, str]
    aspirations: dict[str, str]


class Texts(BaseModel):
    """All that a language says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: dict[str, str]
    moments: dict[str, str]
    steps: dict[str, str]
    readers: Readers
    edits: Edits
    reasons: dict[str, str]
    telling: Telling


@lru_cache
def texts(language: str = ENGLISH) -> Texts:
    """Return what is said in a language, one of `languages()`."""
    file = TEXTS / f"{language}.toml"
    return Texts.model_validate(tomllib.loads(file.read_text("utf-8")))


@lru_cache
def languages() -> dict[str, str]:
    """Return what each language calls itself, by its code; English is first."""
    codes = sorted((file.stem for file in TEXTS.glob("*.toml")), key=_english_first)
    return {code: texts(code).telling.language for code in codes}


def _english_first(code: str) -> tuple[bool, str]:
    return code != ENGLISH, code


def step(code: str) -> str:
    """Return a step of the journey in plain words."""
    return texts().steps.get(code, code.replace("_", " "))
