"""What a person reads, in plain words: one text file for each language."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.measures.instruments.pieces import Number
from services.measures.instruments.rounding import rounded
from shared.links.pages import MONTHS

TEXTS = Path(__file__).with_name("texts")
NO_NUMBER = "not enough answers"


class Plain(BaseModel):
    """Texts that cannot be changed, and none too many."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ChangeWords(Plain):
    """What is said of a difference between two numbers."""

    none: str
    chance: str
    unclear: str
    better: str
    worse: str


class Limits(Plain):
    """What a number does not mean."""

    threshold: str
    no_threshold: str
    always: list[str]


class InstrumentWords(Plain):
    """What a person reads of one instrument."""

    title: str
    called: str
    means: str
    means_not: str
    scores: dict[str, str]


class QuestionWords(Plain):
    """What a person reads above an answer in their own words."""

    title: str


class Texts(Plain):
    """All that a language says."""

    levels: dict[str, str]
    answered_by: dict[str, str]
    change: ChangeWords
    limits: Limits
    instruments: dict[str, InstrumentWords]
    questions: dict[str, QuestionWords]


@lru_cache
def texts(language: str = "en") -> Texts:
    """Return what is said in a language."""
    file = TEXTS / f"{language}.toml"
    return Texts.model_validate(tomllib.loads(file.read_text("utf-8")))


def short_day(on: date) -> str:
    """Return a day where there is little room: 2 Mar 2026."""
    return f"{on.day} {MONTHS[on.month - 1][:3]} {on.year}"


def number(value: Number | None) -> str:
    """Return a number with one decimal at most, or that there is none."""
    return NO_NUMBER if value is None else f"{rounded(value, 1):g}"
