"""The tables of schema `identity`: who may ask the gateway for a token. No dossier is here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.identity.domain.client import NEED_REGIONS, NEED_SIREN
from services.kernel.access import Role
from services.runtime.database.transactions import make_metadata
from services.runtime.privacy.personal_data import Category, personal

metadata = make_metadata("identity")

BUCKETS = 65_536


class Base(DeclarativeBase):
    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy declares it so
        str: Text,
        list[str]: ARRAY(Text),
        datetime: DateTime(timezone=True),
    }


def _listed(roles: frozenset[Role]) -> str:
    return ", ".join(f"'{role.value}'" for role in sorted(roles))


class ClientRow(Base):
    """`name` is the `sub` of its tokens. Rows are never deleted: idempotency keys and audit name them."""

    __tablename__ = "clients"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'", name="name_usable"),
        CheckConstraint(f"role IN ({_listed(frozenset(Role))})", name="role_known"),
        CheckConstraint(
            f"role NOT IN ({_listed(NEED_REGIONS)}) OR cardinality(regions) > 0", name="regions_where_needed"
        ),
        CheckConstraint(
            f"role NOT IN ({_listed(NEED_SIREN)}) OR siren IS NOT NULL", name="siren_where_needed"
        ),
        CheckConstraint("siren ~ '^[0-9]{9}$'", name="siren_digits"),
        CheckConstraint("expires_at > created_at", name="ends_after_it_begins"),
        CheckConstraint("failed_attempts >= 0", name="failed_attempts_not_negative"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    regions: Mapped[list[str]]
    siren: Mapped[str | None]
    person: Mapped[str | None] = mapped_column(info=personal(Category.OFFICER))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    failed_attempts: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[datetime | None]


class SecretRow(Base):
    __tablename__ = "client_secrets"
    __table_args__ = (
        Index(None, "client_id"),
        Index(
            "uq_client_secrets_client_id_without_end",
            "client_id",
            unique=True,
            postgresql_where=text("expires_at IS NULL AND revoked_at IS NULL"),
        ),
        CheckConstraint("hash ~ '^[$]argon2id[$]'", name="hash_of_argon2id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey(ClientRow.id))
    hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class UnknownNameRow(Base):
    """Failures under names that are no client's, by a digest of the name.

    They lock as a client's do, or else a lock would tell which names exist. The table has as many rows as
    there are digests, however many names are tried.
    """

    __tablename__ = "unknown_names"
    __table_args__ = (
        CheckConstraint(f"bucket >= 0 AND bucket < {BUCKETS}", name="bucket_range"),
        CheckConstraint("failed_attempts >= 0", name="failed_attempts_not_negative"),
    )

    bucket: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    failed_attempts: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[datetime | None]
