"""Every knob of stories."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings

ORIGIN = r"^(https?://[^\s/?#]+/?)?$"


class Settings(ServiceSettings):
    """Read from the environment, prefix `STORIES_`."""

    model_config = SettingsConfigDict(
        env_prefix="STORIES_", extra="ignore", populate_by_name=True
    )

    public_url: str = Field(
        pattern=r"^https?://[^\s?#]*[^\s?#/]$",
        description="Where readers reach this service, to ask for a text",
    )
    public_origin: str = Field(
        "",
        pattern=ORIGIN,
        description="Where a person's page is opened; empty: where it was asked for",
    )
    measures_origin: str = Field(
        "",
        pattern=ORIGIN,
        description="Where a person's goals and scores are, for a page that leads on"
        " to them",
    )
    expiry_seconds: float = Field(
        60.0, gt=0, description="How often expired consents are looked for"
    )
    tellings_a_minute: int = Field(
        30, ge=1, description="How much may be told by one team's link in a minute"
    )
    help: Path | None = Field(
        None, description="TOML: where people here find help at any hour"
    )

    def text_url(self, story: UUID) -> str:
        """Return where a story's text is asked for."""
        return f"{self.public_url}/stories/{story}/text"

    @field_validator("help", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value
