"""Every knob of measures."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from shared.imports.settings import ImportSettings

ORIGIN = r"^(https?://[^\s/?#]+/?)?$"


class Settings(ImportSettings):
    """Read from the environment, prefix `MEASURES_`."""

    model_config = SettingsConfigDict(
        env_prefix="MEASURES_", extra="ignore", populate_by_name=True
    )

    site: Path | None = Field(
        None,
        description="TOML: what this site sets of an instrument, where that is left "
        "to sites",
    )
    wording: Path | None = Field(
        None,
        description="TOML or JSON: item code to text, where this site may show it",
    )
    public_origin: str = Field(
        "",
        pattern=ORIGIN,
        description="Where a person's page is opened; empty: where it was asked for",
    )
    stories_origin: str = Field(
        "",
        pattern=ORIGIN,
        description="Where a person's stories are, for a page that leads on to them",
    )
    help: Path | None = Field(
        None, description="TOML: where people here find help at any hour"
    )

    @field_validator("site", "wording", "help", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value
