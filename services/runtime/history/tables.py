"""The audit trail, the outbox of events and each dossier's version: the same tables in every schema.

The trail is append-only, by a trigger and by the roles' rights. Free text stands apart from it, in
`audit_notes`, where a purge reaches it. An event waits in the outbox without a position until the
relay gives it its own in the feed.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.runtime.database.tenancy import (
    CLIENT,
    IS_CAE,
    IS_OPERATOR,
    OF_CAE,
    OF_REGION,
    READS_EVERYTHING,
    WRITES_EVERYWHERE,
    policies,
)
from services.runtime.privacy.personal_data import Category, Erasure, personal

APPEND_ONLY = ("audit_trail",)
TABLES = ("audit_trail", "audit_notes", "dossier_versions", "outbox", "feed")

READS_OWN = (OF_REGION, OF_CAE)
WRITES_OWN = (f"{IS_OPERATOR} AND {OF_REGION}", f"{IS_CAE} AND {OF_CAE}")
READS_AUDIT = (f"{IS_OPERATOR} AND {OF_REGION}",)


def define_tables(metadata: MetaData) -> None:
    """In the schema of `metadata`, as `statements` makes them."""
    _define_audit(metadata)
    _define_outbox(metadata)


def _define_audit(metadata: MetaData) -> None:
    Table(
        "audit_trail",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("recorded_at", DateTime(timezone=True), nullable=False),
        Column("act", Text, nullable=False),
        Column("dossier_kind", Text, nullable=False),
        Column("dossier_id", Uuid, nullable=False),
        Column("subject_id", Uuid),
        Column("region", Text, nullable=False),
        Column("cae_siren", Text),
        Column("client", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("person", Text, info=personal(Category.OFFICER, Erasure.STAYS)),
        Column("request_id", Text),
        Column("before", JSONB, nullable=False),
        Column("after", JSONB, nullable=False),
        Column("personal_fields", ARRAY(Text), nullable=False),
        Index("ix_audit_trail_region_id", "region", "id"),
        Index("ix_audit_trail_dossier_id_id", "dossier_id", "id"),
    )
    Table(
        "audit_notes",
        metadata,
        Column("audit_id", Uuid, ForeignKey(f"{metadata.schema}.audit_trail.id"), primary_key=True),
        Column("region", Text, nullable=False),
        Column("cae_siren", Text),
        Column("note", Text, nullable=False, info=personal(Category.FREE_TEXT, Erasure.ROW)),
    )


def _define_outbox(metadata: MetaData) -> None:
    Table(
        "dossier_versions",
        metadata,
        Column("dossier_id", Uuid, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("region", Text, nullable=False),
        Column("cae_siren", Text),
        CheckConstraint("version > 0", name="version_positive"),
    )
    waiting, published = text("position IS NULL"), text("position IS NOT NULL")
    Table(
        "outbox",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("number", BigInteger, Identity(always=True), nullable=False),
        Column("type", Text, nullable=False),
        Column("dossier_kind", Text, nullable=False),
        Column("dossier_id", Uuid, nullable=False),
        Column("subject_id", Uuid),
        Column("version", BigInteger, nullable=False),
        Column("region", Text, nullable=False),
        Column("cae_siren", Text),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("position", BigInteger),
        Column("published_at", DateTime(timezone=True)),
        CheckConstraint("(position IS NULL) = (published_at IS NULL)", name="published_at_a_position"),
        Index("uq_outbox_dossier_id_version", "dossier_id", "version", unique=True),
        Index("uq_outbox_number", "number", unique=True, postgresql_where=waiting),
        Index("uq_outbox_position", "position", unique=True, postgresql_where=published),
        Index("ix_outbox_region_position", "region", "position", postgresql_where=published),
        Index("ix_outbox_cae_siren_position", "cae_siren", "position", postgresql_where=published),
    )
    Table(
        "feed",
        metadata,
        Column("is_only", Boolean, primary_key=True, server_default=text("true")),
        Column("position", BigInteger, nullable=False),
        CheckConstraint("is_only", name="one_row"),
    )


def statements(schema: str) -> list[str]:
    """What a migration executes: the tables, their rules, and whose each row is."""
    return [*_audit(schema), *_outbox(schema), *_policies(schema)]


def undoing(schema: str) -> list[str]:
    return [
        *(f"DROP TABLE {schema}.{table}" for table in ("audit_notes", "audit_trail")),
        *(f"DROP TABLE {schema}.{table}" for table in ("feed", "outbox", "dossier_versions")),
        f"DROP FUNCTION {schema}.audit_is_append_only",
    ]


def _audit(schema: str) -> list[str]:
    return [
        f"""CREATE TABLE {schema}.audit_trail (
            id UUID NOT NULL,
            recorded_at TIMESTAMPTZ NOT NULL,
            act TEXT NOT NULL,
            dossier_kind TEXT NOT NULL,
            dossier_id UUID NOT NULL,
            subject_id UUID,
            region TEXT NOT NULL,
            cae_siren TEXT,
            client TEXT NOT NULL,
            role TEXT NOT NULL,
            person TEXT,
            request_id TEXT,
            before JSONB NOT NULL,
            after JSONB NOT NULL,
            personal_fields TEXT[] NOT NULL,
            CONSTRAINT pk_audit_trail PRIMARY KEY (id)
        )""",
        f"CREATE INDEX ix_audit_trail_region_id ON {schema}.audit_trail (region, id)",
        f"CREATE INDEX ix_audit_trail_dossier_id_id ON {schema}.audit_trail (dossier_id, id)",
        f"""CREATE TABLE {schema}.audit_notes (
            audit_id UUID NOT NULL,
            region TEXT NOT NULL,
            cae_siren TEXT,
            note TEXT NOT NULL,
            CONSTRAINT pk_audit_notes PRIMARY KEY (audit_id),
            CONSTRAINT fk_audit_notes_audit_id
                FOREIGN KEY (audit_id) REFERENCES {schema}.audit_trail (id)
        )""",
        f"""CREATE FUNCTION {schema}.audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit trail is append-only: % is refused', TG_OP
                USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        f"""CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.audit_trail
            FOR EACH STATEMENT EXECUTE FUNCTION {schema}.audit_is_append_only()""",
    ]


def _outbox(schema: str) -> list[str]:
    return [
        f"""CREATE TABLE {schema}.dossier_versions (
            dossier_id UUID NOT NULL,
            version BIGINT NOT NULL,
            region TEXT NOT NULL,
            cae_siren TEXT,
            CONSTRAINT pk_dossier_versions PRIMARY KEY (dossier_id),
            CONSTRAINT ck_dossier_versions_version_positive CHECK (version > 0)
        ) WITH (fillfactor = 70)""",
        # No cache of numbers for each connection: they would not follow the lock under which they are taken.
        f"""CREATE TABLE {schema}.outbox (
            event_id UUID NOT NULL,
            number BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1),
            type TEXT NOT NULL,
            dossier_kind TEXT NOT NULL,
            dossier_id UUID NOT NULL,
            subject_id UUID,
            version BIGINT NOT NULL,
            region TEXT NOT NULL,
            cae_siren TEXT,
            occurred_at TIMESTAMPTZ NOT NULL,
            position BIGINT,
            published_at TIMESTAMPTZ,
            CONSTRAINT pk_outbox PRIMARY KEY (event_id),
            CONSTRAINT ck_outbox_published_at_a_position
                CHECK ((position IS NULL) = (published_at IS NULL))
        )""",
        f"CREATE UNIQUE INDEX uq_outbox_dossier_id_version ON {schema}.outbox (dossier_id, version)",
        f"CREATE UNIQUE INDEX uq_outbox_number ON {schema}.outbox (number) WHERE position IS NULL",
        f"CREATE UNIQUE INDEX uq_outbox_position ON {schema}.outbox (position) WHERE position IS NOT NULL",
        f"""CREATE INDEX ix_outbox_region_position ON {schema}.outbox (region, position)
            WHERE position IS NOT NULL""",
        f"""CREATE INDEX ix_outbox_cae_siren_position ON {schema}.outbox (cae_siren, position)
            WHERE position IS NOT NULL""",
        f"""CREATE TABLE {schema}.feed (
            is_only BOOLEAN DEFAULT true NOT NULL,
            position BIGINT NOT NULL,
            CONSTRAINT pk_feed PRIMARY KEY (is_only),
            CONSTRAINT ck_feed_one_row CHECK (is_only)
        )""",
        f"INSERT INTO {schema}.feed (position) VALUES (0)",  # noqa: S608 - a name of ours
    ]


def _policies(schema: str) -> list[str]:
    """An officer reads what a CAE did to a dossier of its region; a CAE reads no trail, its own included."""
    signed = tuple(f"{written} AND client = {CLIENT}" for written in WRITES_OWN)
    return [
        *_added_once(schema, "audit_trail", reads=READS_AUDIT, adds=signed),
        *_added_once(schema, "audit_notes", reads=READS_AUDIT, adds=WRITES_OWN),
        *_added_once(schema, "outbox", reads=READS_OWN, adds=WRITES_OWN),
        *policies(schema, "dossier_versions", reads=READS_OWN, writes=WRITES_OWN),
        *policies(schema, "feed", reads=(), writes=()),
    ]


def _added_once(schema: str, table: str, *, reads: tuple[str, ...], adds: tuple[str, ...]) -> list[str]:
    """Who acts on a dossier adds rows; only the system changes or removes one."""
    name = f"{schema}.{table}"
    seen = " OR ".join(f"({condition})" for condition in (READS_EVERYTHING, *reads))
    added = " OR ".join(f"({condition})" for condition in (WRITES_EVERYWHERE, *adds))
    return [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY reads ON {name} FOR SELECT USING ({seen})",
        f"CREATE POLICY inserts ON {name} FOR INSERT WITH CHECK ({added})",
        f"CREATE POLICY updates ON {name} FOR UPDATE USING ({WRITES_EVERYWHERE})",
        f"CREATE POLICY deletes ON {name} FOR DELETE USING ({WRITES_EVERYWHERE})",
    ]
