"""Every knob of stories."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment, prefix `STORIES_`."""

    model_config = SettingsConfigDict(
        env_prefix="STORIES_", extra="ignore", populate_by_name=True
    )

    public_url: str = Field(
        pattern=r"^https?://[^\s?#]*[^\s?#/]$",
        description="Where readers reach this service, to ask for a text",
    )
