"""Tables of intake's database."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.tables import (
    AuditRow,
    ErasureRow,
    FillerRow,
    OutboxRow,
    RecordRow,
    SealRow,
    audit_by_record,
)


class Base(SQLModel, registry=registry()):
    """All tables of this database hang on its metadata."""


class Organisation(RecordRow, Base, table=True):
    """A partner of the system; its reference is its code."""

    __tablename__ = "organisation"
    __table_args__ = (
        Index("organisation_by_reference", "organisation", "reference", unique=True),
    )


class Referral(RecordRow, Base, table=True):
    """A request that a person be seen, with its journey."""

    __tablename__ = "referral"
    __table_args__ = (
        Index("referral_by_reference", "organisation", "reference", unique=True),
        Index(
            "referral_by_person", text("(state ->> 'person')"), postgresql_using="brin"
        ),
    )


class Outbox(OutboxRow, Base, table=True):
    """Messages that wait for the relay."""

    __tablename__ = "outbox"


class Audit(AuditRow, Base, table=True):
    """What was written and read, by whom."""

    __tablename__ = "audit"
    __table_args__ = (audit_by_record(),)


class Seal(SealRow, Base, table=True):
    """The chain over the audit."""

    __tablename__ = "seal"


class Erasure(ErasureRow, Base, table=True):
    """Receipts of erasures."""

    __tablename__ = "erasure"


class Filler(FillerRow, Base, table=True):
    """When the topics were last moved on."""

    __tablename__ = "filler"
