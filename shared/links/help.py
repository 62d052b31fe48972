"""Where a person finds help at any hour: told on every page that a link opens."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

UNITED_KINGDOM = Path(__file__).with_name("help.toml")
DIGITS = r"^\+?[0-9]{2,15}$"


class HelpLine(BaseModel):
    """One place that answers a person now.

    Attributes:
        call: Digits to dial.
        shown: The number as people write it.
        message: Digits to send a text message to, and `say`, what to write.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    text: str
    call: str | None = Field(None, pattern=DIGITS)
    message: str | None = Field(None, pattern=DIGITS)
    shown: str | None = None
    say: str | None = None


class Help(BaseModel):
    """All of them, the most urgent first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lines: list[HelpLine] = Field(min_length=1, max_length=12)


def read_help(file: Path | None) -> list[HelpLine]:
    """Return what a site's file says, or what holds in the United Kingdom.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not of this shape.
    """
    text = (file or UNITED_KINGDOM).read_text("utf-8")
    return Help.model_validate(tomllib.loads(text)).lines
