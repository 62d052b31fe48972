"""Tables that every service has; each service's `models.py` puts them in its database.

Nothing that serves requests imports this: SQLModel declares what migrations make.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlmodel import Field, SQLModel


class OutboxRow(SQLModel):
    """A message that waits for the relay; stored in the statement of its change."""

    id: int = Field(
        sa_type=BigInteger,
        sa_column_args=[Identity(always=True)],
        primary_key=True,
    )
    message_id: UUID = Field(
        sa_type=Uuid, sa_column_kwargs={"server_default": text("uuidv7()")}
    )
    topic: str = Field(sa_type=Text)
    key: UUID = Field(sa_type=Uuid)
    sequence: int = Field(sa_type=BigInteger)
    type: str = Field(sa_type=Text)
    organisation: str = Field(sa_type=Text)
    occurred_at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    traceparent: str | None = Field(default=None, sa_type=Text)
    state: dict[str, Any] | None = Field(default=None, sa_type=JSON)


class AuditRow(SQLModel):
    """That something was written: who, what, when; never the content."""

    id: int = Field(
        sa_type=BigInteger,
        sa_column_args=[Identity(always=True)],
        primary_key=True,
    )
    at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    organisation: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    record: UUID = Field(sa_type=Uuid)
    sequence: int = Field(sa_type=BigInteger)


class RecordRow(SQLModel):
    """An entity that an organisation owns.

    Attributes:
        kept: What the owner was told, words and all; never leaves this database.
        state: What was last published; derived from `kept` by the service's rules.
    """

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    organisation: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    sequence: int = Field(sa_type=BigInteger)
    kept: dict[str, Any] = Field(sa_type=JSON)
    state: dict[str, Any] = Field(sa_type=JSON)


class OffsetRow(SQLModel):
    """How far one partition has been applied.

    Attributes:
        target: The end of the partition when reading it from the beginning began; the
            projection is complete once every row has passed its own.
        reading: Who reads it, since when: a new value with every assignment.
    """

    topic: str = Field(sa_type=Text, primary_key=True)
    partition: int = Field(sa_type=Integer, primary_key=True)
    next_offset: int = Field(sa_type=BigInteger)
    target: int = Field(sa_type=BigInteger)
    reading: UUID = Field(sa_type=Uuid)
    saved_at: datetime = Field(sa_type=DateTime(timezone=True))


class LinkRow(SQLModel):
    """A link that opens a person's page without an account.

    Attributes:
        token_hash: SHA-256 of the token; the token itself is stored nowhere.
        referrals: Ids of the referrals whose records it shows.
        records: Ids of records that it shows beside those.
        next: Address of a further page, sealed with the token.
    """

    id: UUID = Field(
        sa_type=Uuid,
        primary_key=True,
        sa_column_kwargs={"server_default": text("uuidv7()")},
    )
    token_hash: bytes = Field(sa_type=LargeBinary)
    organisation: str = Field(sa_type=Text)
    referrals: list[UUID] = Field(sa_type=ARRAY(Uuid))
    records: list[UUID] = Field(sa_type=ARRAY(Uuid))
    made_at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    next: bytes | None = Field(default=None, sa_type=LargeBinary)
