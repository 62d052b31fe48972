"""The code lists of a referral: one data file each, read and checked once at start."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Source = Annotated[str, StringConstraints(pattern=r"^(verified|unverified|chosen): .+")]
Text = Annotated[str, StringConstraints(min_length=1)]


class CodeItem(BaseModel):
    """One code with what it means; codes are text, with their leading zeros."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,40}$")]
    label: Text
    group: str | None = None
    source: Source | None = Field(None, description="Where it is not the list's")


class CodeList(BaseModel):
    """A list of codes, with where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    item: Text | None = Field(None, description="The MHSDS data item, if it is one")
    source: Source
    groups: dict[str, Text] = {}
    codes: list[CodeItem]

    @model_validator(mode="after")
    def _says_each_code_once_in_a_group_it_has(self) -> Self:
        codes = [one.code for one in self.codes]
        if len(codes) != len(set(codes)):
            msg = "a code is said twice"
            raise ValueError(msg)
        if not {one.group for one in self.codes} <= {*self.groups, None}:
            msg = "a code is in a group that the list does not have"
            raise ValueError(msg)
        return self


def load(folder: Path) -> dict[str, CodeList]:
    """Read every list in `folder`, by the name of its file.

    Raises:
        ValidationError: a file says too little, too much, or something impossible.
    """
    return {
        file.stem: CodeList.model_validate(tomllib.loads(file.read_text("utf-8")))
        for file in sorted(folder.glob("*.toml"))
    }


LISTS = load(Path(__file__).parent)
KNOWN = {
    name: frozenset(one.code for one in said.codes) for name, said in LISTS.items()
}
