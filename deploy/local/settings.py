"""Settings of the local stack: where it keeps its data and which ports it takes."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICES = ("intake", "measures", "stories", "aggregation")
AUDIENCE = "livingwell"
HOST = "127.0.0.1"

_PORTS = {
    "aggregation": 8000,
    "intake": 8001,
    "measures": 8002,
    "stories": 8003,
    "issuer": 8004,
    "kafka": 9092,
    "postgres": 5442,
}


class LocalSettings(BaseSettings):
    """Every knob of the local stack; all of them have a default.

    A database URL or broker address that is set here replaces the embedded part.
    """

    model_config = SettingsConfigDict(env_prefix="LIVINGWELL_", extra="ignore")

    home: Path = Path(".local")
    port_offset: int = Field(default=0, ge=0, le=50_000)
    start_timeout_seconds: float = Field(default=120, gt=0)
    intake_database_url: str | None = Field(
        default=None, validation_alias="INTAKE_DATABASE_URL"
    )
    measures_database_url: str | None = Field(
        default=None, validation_alias="MEASURES_DATABASE_URL"
    )
    stories_database_url: str | None = Field(
        default=None, validation_alias="STORIES_DATABASE_URL"
    )
    aggregation_database_url: str | None = Field(
        default=None, validation_alias="AGGREGATION_DATABASE_URL"
    )
    kafka_bootstrap_servers: str | None = Field(
        default=None, validation_alias="KAFKA_BOOTSTRAP_SERVERS"
    )

    @property
    def folder(self) -> Path:
        """Return the data folder as an absolute path."""
        return self.home.expanduser().resolve()

    @property
    def database_urls(self) -> dict[str, str]:
        """Return the databases that were given from outside, by service."""
        given = {
            "intake": self.intake_database_url,
            "measures": self.measures_database_url,
            "stories": self.stories_database_url,
            "aggregation": self.aggregation_database_url,
        }
        return {service: url for service, url in given.items() if url}

    def port(self, part: str) -> int:
        """Return the port of a service, `issuer`, `kafka` or `postgres`."""
        return _PORTS[part] + self.port_offset

    def url(self, part: str) -> str:
        """Return the address of a service or of the issuer."""
        return f"http://{HOST}:{self.port(part)}"
