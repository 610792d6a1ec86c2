"""What every table of the schema `capital` shares."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase

from services.capital.domain.lifecycle import TopUpStatus
from services.runtime.database.transactions import make_metadata
from services.runtime.history import tables as history_tables
from services.runtime.idempotency import define_table
from services.runtime.privacy import retention
from services.runtime.webhooks import tables as webhook_tables

metadata = make_metadata("capital")
idempotency_keys = define_table(metadata)
history_tables.define_tables(metadata)
webhook_tables.define_tables(metadata)
retention_periods = retention.define_table(metadata)


class Base(DeclarativeBase):
    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy declares it so
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
    }


def one_of(column: str, words: type[StrEnum] | frozenset[TopUpStatus]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({listed(words)})", name=f"{column}_known")


def listed(words: type[StrEnum] | frozenset[TopUpStatus]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(word.value for word in words))


def digits(column: str, length: int) -> CheckConstraint:
    return CheckConstraint(f"{column} ~ '^[0-9]{{{length}}}$'", name=f"{column}_digits")
