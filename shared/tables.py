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
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, JSON
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
    """That something was written or read: who, what, when, why; never the content.

    Rows are only ever added; the database refuses anything else.

    Attributes:
        record: Which entity; nothing here says which person that is.
        sequence: Which version of it.
        purpose: Why it was read, if the reader said so; null of a write.
    """

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
    purpose: str | None = Field(default=None, sa_type=Text)


def audit_by_record() -> Index:
    """Return the index by which an entity's audit is found.

    A summary of blocks of rows: it costs a write nothing, and the sealer completes it.
    """
    return Index(
        "audit_by_record",
        "record",
        postgresql_using="brin",
        postgresql_ops={"record": "uuid_bloom_ops"},
    )


class SealRow(SQLModel):
    """A link of the chain over the audit: which rows it covers, and their hash.

    Attributes:
        rows: Ids of the audit rows, as ranges.
        previous: The hash of the seal before; of the first, 32 zero bytes.
        hash: SHA-256 of all that is above, and of the rows (`shared/audit`).
    """

    number: int = Field(sa_type=BigInteger, primary_key=True)
    sealed_at: datetime = Field(sa_type=DateTime(timezone=True))
    rows: Any = Field(sa_type=INT8MULTIRANGE)
    previous: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)


class RecordRow(SQLModel):
    """An entity that an organisation owns.

    Of an erased one id, sequence and `erased_at` are kept for ever, and nothing else:
    a grave, so that neither a repeated post nor an older message brings it back.

    Attributes:
        kept: What the owner was told, words and all; never leaves this database.
        state: What was last published; derived from `kept` by the service's rules.
    """

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    organisation: str | None = Field(default=None, sa_type=Text)
    reference: str | None = Field(default=None, sa_type=Text)
    sequence: int = Field(sa_type=BigInteger)
    kept: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    state: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    erased_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ErasedReferralRow(SQLModel):
    """The grave of another service's referral: nothing is hung on it any more."""

    id: UUID = Field(sa_type=Uuid, primary_key=True)
    erased_at: datetime = Field(sa_type=DateTime(timezone=True))


class ErasureRow(SQLModel):
    """A receipt: when each part of an erasure was done; not whose, and not of what.

    Attributes:
        organisation: Who asked for it.
        records: How many records were erased.
        messages: Outbox ids of the tombstones; emptied once all are published.
    """

    id: UUID = Field(
        sa_type=Uuid,
        primary_key=True,
        sa_column_kwargs={"server_default": text("uuidv7()")},
    )
    organisation: str = Field(sa_type=Text)
    records: int = Field(sa_type=Integer)
    messages: list[int] = Field(sa_type=ARRAY(BigInteger))
    deleted_at: datetime = Field(
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("now()")},
    )
    published_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    rolled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class FillerRow(SQLModel):
    """One row: when the relay last appended a filler to every partition."""

    id: int = Field(sa_type=Integer, primary_key=True)
    appended_at: datetime = Field(sa_type=DateTime(timezone=True))


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
