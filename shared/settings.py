"""Settings that every service has; a missing address or secret stops the start."""

from __future__ import annotations

from pydantic import Field, SecretBytes, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.identity import Identity

SHORTEST_SECRET_BYTES = 32


class ServiceSettings(BaseSettings):
    """What each service reads from the environment; each has a prefix of its own.

    Names without the prefix (`KAFKA_…`, `TOKEN_…`, `LIVINGWELL_…`) are the same for
    all services.
    """

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    database_url: SecretStr
    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    kafka_replication_factor: int = Field(
        1, ge=1, le=5, validation_alias="KAFKA_REPLICATION_FACTOR"
    )
    topic_prefix: str = Field("", validation_alias="LIVINGWELL_TOPIC_PREFIX")
    token_issuer: str = Field(validation_alias="TOKEN_ISSUER")
    token_jwks_url: str = Field(validation_alias="TOKEN_JWKS_URL")
    token_audience: str = Field("livingwell", validation_alias="TOKEN_AUDIENCE")
    sign_in_client: str = Field(
        "",
        validation_alias="SIGN_IN_CLIENT",
        description="A public client at the issuer (PKCE); empty: nobody signs in",
    )
    secret: SecretBytes = Field(validation_alias="LIVINGWELL_SECRET")
    secret_id: str = Field(validation_alias="LIVINGWELL_SECRET_ID")

    database_connections: int = Field(16, ge=2, le=200)
    database_acquire_seconds: float = Field(2.0, gt=0)
    start_patience_seconds: float = Field(60.0, gt=0)
    relay_name: str = Field(
        "",
        description="Unlike any other database's of the same service on this broker; "
        "a partner-hosted service needs one",
    )
    relay_batch: int = Field(1_000, ge=1, le=10_000)
    relay_interval_seconds: float = Field(0.05, gt=0)
    relay_pause_seconds: float = Field(0.02, ge=0)
    relay_patience_seconds: float = Field(20.0, gt=0)
    relay_filler_seconds: float = Field(
        86_400.0,
        gt=0,
        description="Between fillers, and after an erasure: the topics' `segment.ms`",
    )
    token_cache_seconds: int = Field(300, ge=0, le=300)

    @field_validator("secret")
    @classmethod
    def _is_long_enough(cls, value: SecretBytes) -> SecretBytes:
        raw = bytes.fromhex(value.get_secret_value().decode())
        if len(raw) < SHORTEST_SECRET_BYTES:
            msg = f"needs {SHORTEST_SECRET_BYTES} bytes or more, as hexadecimal digits"
            raise ValueError(msg)
        return SecretBytes(raw)

    @property
    def identity(self) -> Identity:
        """What makes ids and pseudonyms from the secret."""
        return Identity(self.secret.get_secret_value(), self.secret_id)
