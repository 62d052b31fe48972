"""Every knob of aggregation."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment, prefix `AGGREGATION_`."""

    model_config = SettingsConfigDict(
        env_prefix="AGGREGATION_", extra="ignore", populate_by_name=True
    )

    consumer_group: str = "livingwell-aggregation"
    consumer_batch: int = Field(2_000, ge=1, le=20_000)
    refresh_batch: int = Field(2_000, ge=1, le=20_000)
    recount_above: int = Field(20_000, ge=1)
    refresh_interval_seconds: float = Field(1.0, gt=0)
    refresh_pause_seconds: float = Field(0.02, ge=0)
    disclosure_threshold: int = Field(5, ge=2)
    disclosure_base: int = Field(5, ge=1)
    story_origins: str = Field(
        "",
        description="Where words may be asked for, separated by commas: an event may"
        " name any address, and only these are called",
    )
    quote_patience_seconds: float = Field(1.0, gt=0)
    quote_cache_seconds: float = Field(
        1.0,
        ge=0,
        le=10,
        description="How long the public's words are kept; a withdrawal whose event"
        " does not come is seen only after it",
    )
