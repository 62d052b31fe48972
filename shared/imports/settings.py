"""Settings of a service that takes imports."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class ImportSettings(ServiceSettings):
    """What a service with imports reads from the environment besides."""

    imports_batch: int = Field(500, ge=1, le=5_000, description="Rows in a statement")
    imports_interval_seconds: float = Field(
        1.0, gt=0, description="How often an idle process looks for others' uploads"
    )
    imports_most_waiting: int = Field(
        20, ge=1, description="Unfinished imports that an organisation may have"
    )
    imports_most_followers: int = Field(
        100, ge=0, description="Streams of progress that a process serves at once"
    )
    imports_rejected_days: float = Field(
        30.0, gt=0, description="How long refused rows can be fetched"
    )
    imports_upload_hours: float = Field(
        1.0, gt=0, description="When an upload that stands still is given up"
    )
