"""What was found each night."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.capital.persistence.tables.base import Base


class NightlyCheckRow(Base):
    """Of no tenant: it is about all of them, and only who runs the software reads it."""

    __tablename__ = "nightly_checks"
    __table_args__ = (
        CheckConstraint("counters >= 0 AND awards >= 0", name="compared_not_negative"),
        CheckConstraint("jsonb_typeof(differences) = 'array'", name="differences_listed"),
    )

    checked_on: Mapped[date] = mapped_column(primary_key=True)
    checked_at: Mapped[datetime]
    counters: Mapped[int]
    awards: Mapped[int]
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
