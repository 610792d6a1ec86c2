"""What every table of the schema `loans` shares."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, Text, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

from services.runtime.database import make_metadata
from services.runtime.idempotency import define_table

metadata = make_metadata("loans")
idempotency_keys = define_table(metadata)


class Base(DeclarativeBase):
    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it once
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
    }


def one_of(column: str, values: type[StrEnum], name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def recorded_at() -> Any:
    return mapped_column(server_default=func.now())
