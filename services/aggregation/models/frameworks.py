"""Frameworks as they were published; the one table here that no topic can rebuild."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSON
from sqlmodel import Field

from services.aggregation.models.registry import Base, Moment


class FrameworkVersion(Base, table=True):
    """One version of a framework; rows are only ever added.

    Attributes:
        number: Its place in the order of publication, from 1.
        version: What it is asked for by, made from its content.
        published_by: An organisation; null of one that came with the installation.
    """

    __tablename__ = "framework_version"
    __table_args__ = (UniqueConstraint("framework", "version"),)

    framework: str = Field(sa_type=Text, primary_key=True)
    number: int = Field(sa_type=Integer, primary_key=True)
    version: str = Field(sa_type=Text)
    content: dict[str, Any] = Field(sa_type=JSON)
    published_by: str | None = Field(default=None, sa_type=Text)
    published_at: datetime = Field(
        sa_type=Moment, sa_column_kwargs={"server_default": text("now()")}
    )
