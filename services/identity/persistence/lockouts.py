"""How failures add up and lock out, for clients and for names that are no client's alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, null, or_
from sqlalchemy.orm import InstrumentedAttribute

from services.identity.domain.client import Lockout


def is_open(locked_until: InstrumentedAttribute[datetime | None], at: datetime) -> ColumnElement[bool]:
    return or_(locked_until.is_(None), locked_until <= at)


def one_failure_more(
    failed_attempts: InstrumentedAttribute[int],
    locked_until: InstrumentedAttribute[datetime | None],
    lockout: Lockout,
    at: datetime,
) -> Mapping[str, Any]:
    """For a row that `is_open`: a lock that has ended begins the count again."""
    attempts = case((locked_until.is_(None), failed_attempts + 1), else_=1)
    ends_at = case((attempts >= lockout.attempts, at + lockout.duration), else_=null())
    return {"failed_attempts": attempts, "locked_until": ends_at}
