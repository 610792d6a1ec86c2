"""What every table of the schema `loans` shares."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, ForeignKeyConstraint, Text, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

from services.runtime.database.transactions import make_metadata
from services.runtime.history import tables as history_tables
from services.runtime.idempotency import define_table
from services.runtime.privacy import retention
from services.runtime.webhooks import tables as webhook_tables

metadata = make_metadata("loans")
idempotency_keys = define_table(metadata)
history_tables.define_tables(metadata)
webhook_tables.define_tables(metadata)
retention_periods = retention.define_table(metadata)


class Base(DeclarativeBase):
    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it once
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
    }


def one_of(column: str, values: Iterable[StrEnum], name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def of_same_region(column: str, table: str, key: str = "id") -> ForeignKeyConstraint:
    """A key to a row of the same region: what a row copies of whose it is cannot differ from the original."""
    return _to(table, {column: key, "region": "region"})


def of_same_cae(column: str, table: str, key: str = "id") -> ForeignKeyConstraint:
    """A key to a dossier, or a part of one, of the same region and CAE, which it follows to another."""
    columns = {column: key, "region": "region", "cae_siren": "cae_siren"}
    return _to(table, columns, onupdate="CASCADE")


def of_settings(column: str) -> ForeignKeyConstraint:
    """A key to the version of the fund's settings that a dossier was looked at under."""
    return _to("fund_settings", {"fund_id": "fund_id", column: "version"})


def _to(table: str, columns: dict[str, str], *, onupdate: str | None = None) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        list(columns),
        [f"{metadata.schema}.{table}.{column}" for column in columns.values()],
        onupdate=onupdate,
    )


def some_of(column: str, values: type[StrEnum], name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} <@ ARRAY[{listed}]", name=name)


def recorded_at() -> Any:
    return mapped_column(server_default=func.now())
