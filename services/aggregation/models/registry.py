"""Where all tables of this database are declared."""

from __future__ import annotations

from sqlalchemy import DateTime
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

Moment = DateTime(timezone=True)


class Base(SQLModel, registry=registry()):
    """All tables of this database hang on its metadata."""
