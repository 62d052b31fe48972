"""Every knob of intake."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from shared.imports.settings import ImportSettings


class Settings(ImportSettings):
    """Read from the environment, prefix `INTAKE_`."""

    model_config = SettingsConfigDict(
        env_prefix="INTAKE_", extra="ignore", populate_by_name=True
    )
