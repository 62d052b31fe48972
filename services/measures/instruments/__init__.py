"""The instruments: one data file each, read and checked once, when the app is built."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.measures.instruments import site
from services.measures.instruments.definition import (
    AttainmentMeasure,
    Definition,
    GoalMeasure,
    OpenQuestion,
    Questionnaire,
)

FOLDER = Path(__file__).parent
DEFINITIONS: TypeAdapter[
    Questionnaire | GoalMeasure | AttainmentMeasure | OpenQuestion
] = TypeAdapter(Definition)


@dataclass(frozen=True)
class Instruments:
    """The instruments of this site, by code, in order of code."""

    by_code: Mapping[str, Definition]

    @cached_property
    def questionnaires(self) -> dict[str, Questionnaire]:
        """Those of items that are scored."""
        return {
            code: one
            for code, one in self.by_code.items()
            if isinstance(one, Questionnaire)
        }

    @cached_property
    def answered(self) -> dict[str, Questionnaire | OpenQuestion]:
        """Those that an assessment can be of."""
        return {
            code: one
            for code, one in self.by_code.items()
            if isinstance(one, Questionnaire | OpenQuestion)
        }

    @cached_property
    def goal_measures(self) -> dict[str, GoalMeasure | AttainmentMeasure]:
        """Those that follow goals; a goal's kind is its measure's code."""
        return {
            code: one
            for code, one in self.by_code.items()
            if isinstance(one, GoalMeasure | AttainmentMeasure)
        }

    def wording_of(self, item_code: str) -> str | None:
        """Return the words of an item to show on a page, if this site may show them."""
        one = self.by_code.get(item_code.partition(".")[0])
        return one.wording.get(item_code) if one and one.wording else None


def read(
    site_file: Path | None = None,
    wording_file: Path | None = None,
    folder: Path = FOLDER,
) -> Instruments:
    """Read every definition in `folder`, with what the site sets and may show.

    Raises:
        ValidationError: a definition says too little, too much, or the impossible.
        SiteError: the site sets what is not its to set, or has words of no item.
    """
    files = sorted(folder.glob("*.toml"))
    said = {file.stem: _said_in(file) for file in files}
    settings = site.settings_in(site_file) if site_file else {}
    if unknown := settings.keys() - said.keys():
        raise site.SiteError(f"the site sets {', '.join(sorted(unknown))}: not known")
    found = {
        code: _defined(definition, settings.get(code))
        for code, definition in said.items()
    }
    if wording_file:
        found = site.worded(found, site.wording_in(wording_file))
    return Instruments(found)


def _said_in(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"), parse_float=Decimal)


def _defined(
    said: dict[str, Any], settings: dict[str, Any] | None
) -> Questionnaire | GoalMeasure | AttainmentMeasure | OpenQuestion:
    if settings is None:
        return DEFINITIONS.validate_python(said)
    try:
        return DEFINITIONS.validate_python(site.overridden(said, settings))
    except ValidationError as error:
        code = said.get("code")
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise site.SiteError(f"what the site sets of {code} is wrong: {faults}") from (
            error
        )
