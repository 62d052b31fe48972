"""Every knob of aggregation."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator
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
    release_interval_seconds: float = Field(
        86_400,
        gt=0,
        description="How often the public's figures are counted anew",
    )
    organisation: str = Field(
        "LIVINGWELL", description="In whose name figures are published"
    )
    disclosure_threshold: int = Field(5, ge=2)
    disclosure_base: int = Field(5, ge=1)
    small_cohorts: frozenset[str] = Field(
        frozenset(),
        description="Scopes of 8 to 15 people (`place:NAME`, `organisation:CODE`,"
        " `system`): no percentages and no groups there",
    )
    story_origins: str = Field(
        "",
        description="Where words may be asked for, separated by commas: an event may"
        " name any address, and only these are called",
    )
    quote_patience_seconds: float = Field(1.0, gt=0)
    updates_interval_seconds: float = Field(2.0, gt=0)
    updates_late_seconds: float = Field(60.0, gt=0)
    updates_most_listeners: int = Field(2_000, ge=1)
    exports_at_once: int = Field(2, ge=1)
    quote_cache_seconds: float = Field(
        1.0,
        ge=0,
        le=10,
        description="How long the public's words are kept; a withdrawal whose event"
        " does not come is seen only after it",
    )
    frameworks: Path | None = Field(
        None, description="A folder: the frameworks (YAML) that come with this site"
    )

    @field_validator("frameworks", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _no_count_is_rounded_to_nothing(self) -> Self:
        """Refuse a rule by which a count that is told, of few too, would be 0."""
        if self.disclosure_base >= 2 * self.disclosure_threshold:
            raise ValueError("DISCLOSURE_BASE must be under twice DISCLOSURE_THRESHOLD")
        return self
