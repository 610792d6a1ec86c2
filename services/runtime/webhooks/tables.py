"""Endpoints and what each is owed: the same tables in every schema.

Times are the database's. An endpoint belongs to the tenant that made it: role, regions, SIREN of its token.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.runtime.database.tenancy import CAE, REGIONS, ROLE, policies

TABLES = ("webhook_endpoints", "webhook_deliveries")

# An operator whose token lacks one of the regions does not manage what tells of it.
OWN = (
    f"role IN ('operator', 'partner') AND role = {ROLE} AND regions <@ {REGIONS}",
    f"role = 'cae' AND role = {ROLE} AND siren = {CAE}",
)
NOT_REVOKED, PENDING = "status <> 'revoked'", "status = 'pending'"
INDEXES = {
    "due": f"(endpoint_id, next_attempt_at) WHERE {PENDING}",
    "order": f"(endpoint_id, dossier_id, position) WHERE {PENDING}",
    "claimed": "(endpoint_id, claimed_until) WHERE claim IS NOT NULL",
    "endpoint_id_position": "(endpoint_id, position)",
    "changed_at": "(changed_at)",
}


def define_tables(metadata: MetaData) -> None:
    """In the schema of `metadata`, as `statements` makes them."""
    _define_endpoints(metadata)
    _define_deliveries(metadata)


def _define_endpoints(metadata: MetaData) -> None:
    moment = DateTime(timezone=True)
    Table(
        "webhook_endpoints",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("role", Text, nullable=False),
        Column("regions", ARRAY(Text), nullable=False),
        Column("siren", Text),
        Column("client", Text, nullable=False),
        Column("slot", SmallInteger, nullable=False),
        Column("url", Text, nullable=False),
        Column("event_types", ARRAY(Text), nullable=False),
        Column("description", Text),
        Column("status", Text, nullable=False, server_default=text("'active'")),
        Column("pause_reason", Text),
        Column("secret_generation", Integer, nullable=False, server_default=text("1")),
        Column("previous_secret_until", moment),
        Column("failures_in_a_row", Integer, nullable=False, server_default=text("0")),
        Column("failing_since", moment),
        Column("created_at", moment, nullable=False, server_default=text("now()")),
        Column("changed_at", moment, nullable=False, server_default=text("now()")),
        CheckConstraint("status IN ('active', 'paused', 'revoked')", name="status_known"),
        CheckConstraint("(status = 'paused') = (pause_reason IS NOT NULL)", name="pause_has_reason"),
        CheckConstraint("pause_reason IN ('asked', 'failures', 'gone')", name="pause_reason_known"),
        CheckConstraint("(role = 'cae') = (siren IS NOT NULL)", name="siren_of_a_cae"),
        CheckConstraint(
            "(role IN ('operator', 'partner')) = (cardinality(regions) > 0)", name="regions_of_others"
        ),
        CheckConstraint("(failures_in_a_row = 0) = (failing_since IS NULL)", name="failing_since_first"),
        Index(
            "uq_webhook_endpoints_slot",
            "role",
            "regions",
            "siren",
            "slot",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text(NOT_REVOKED),
        ),
    )


def _define_deliveries(metadata: MetaData) -> None:
    moment = DateTime(timezone=True)
    Table(
        "webhook_deliveries",
        metadata,
        Column("endpoint_id", Uuid, ForeignKey(f"{metadata.schema}.webhook_endpoints.id"), primary_key=True),
        Column("event_id", Uuid, primary_key=True),
        Column("position", BigInteger, nullable=False),
        Column("event_type", Text, nullable=False),
        Column("dossier_kind", Text, nullable=False),
        Column("dossier_id", Uuid, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("subject_id", Uuid),
        Column("occurred_at", moment, nullable=False),
        Column("status", Text, nullable=False, server_default=text("'pending'")),
        Column("failures", SmallInteger, nullable=False, server_default=text("0")),
        Column("next_attempt_at", moment, nullable=False, server_default=text("now()")),
        Column("claim", Uuid),
        Column("claimed_until", moment),
        Column("attempt_count", Integer, nullable=False, server_default=text("0")),
        Column("last_attempts", JSONB, nullable=False, server_default=text("'[]'")),
        Column("changed_at", moment, nullable=False, server_default=text("now()")),
        CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status_known"),
        CheckConstraint("(claim IS NULL) = (claimed_until IS NULL)", name="claim_has_an_end"),
        CheckConstraint("claim IS NULL OR status = 'pending'", name="only_pending_is_claimed"),
        Index("ix_webhook_deliveries_due", "endpoint_id", "next_attempt_at", postgresql_where=text(PENDING)),
        Index(
            "ix_webhook_deliveries_order",
            "endpoint_id",
            "dossier_id",
            "position",
            postgresql_where=text(PENDING),
        ),
        Index(
            "ix_webhook_deliveries_claimed",
            "endpoint_id",
            "claimed_until",
            postgresql_where=text("claim IS NOT NULL"),
        ),
        Index("ix_webhook_deliveries_endpoint_id_position", "endpoint_id", "position"),
        Index("ix_webhook_deliveries_changed_at", "changed_at"),
    )


def statements(schema: str) -> list[str]:
    """What a migration executes: the tables, their indexes, and whose each row is."""
    return [
        _endpoints(schema),
        f"""CREATE UNIQUE INDEX uq_webhook_endpoints_slot
            ON {schema}.webhook_endpoints (role, regions, siren, slot) NULLS NOT DISTINCT
            WHERE {NOT_REVOKED}""",
        _deliveries(schema),
        *(
            f"CREATE INDEX ix_webhook_deliveries_{name} ON {schema}.webhook_deliveries {columns}"
            for name, columns in INDEXES.items()
        ),
        *_policies(schema),
    ]


def undoing(schema: str) -> list[str]:
    return [f"DROP TABLE {schema}.{table}" for table in reversed(TABLES)]


def _endpoints(schema: str) -> str:
    return f"""CREATE TABLE {schema}.webhook_endpoints (
        id UUID NOT NULL,
        role TEXT NOT NULL,
        regions TEXT[] NOT NULL,
        siren TEXT,
        client TEXT NOT NULL,
        slot SMALLINT NOT NULL,
        url TEXT NOT NULL,
        event_types TEXT[] NOT NULL,
        description TEXT,
        status TEXT DEFAULT 'active' NOT NULL,
        pause_reason TEXT,
        secret_generation INTEGER DEFAULT 1 NOT NULL,
        previous_secret_until TIMESTAMPTZ,
        failures_in_a_row INTEGER DEFAULT 0 NOT NULL,
        failing_since TIMESTAMPTZ,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        changed_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_webhook_endpoints PRIMARY KEY (id),
        CONSTRAINT ck_webhook_endpoints_status_known CHECK (status IN ('active', 'paused', 'revoked')),
        CONSTRAINT ck_webhook_endpoints_pause_has_reason
            CHECK ((status = 'paused') = (pause_reason IS NOT NULL)),
        CONSTRAINT ck_webhook_endpoints_pause_reason_known
            CHECK (pause_reason IN ('asked', 'failures', 'gone')),
        CONSTRAINT ck_webhook_endpoints_siren_of_a_cae CHECK ((role = 'cae') = (siren IS NOT NULL)),
        CONSTRAINT ck_webhook_endpoints_regions_of_others
            CHECK ((role IN ('operator', 'partner')) = (cardinality(regions) > 0)),
        CONSTRAINT ck_webhook_endpoints_failing_since_first
            CHECK ((failures_in_a_row = 0) = (failing_since IS NULL))
    )"""


def _deliveries(schema: str) -> str:
    # Rows change a few times in their life: room on their page keeps the changes there.
    return f"""CREATE TABLE {schema}.webhook_deliveries (
        endpoint_id UUID NOT NULL,
        event_id UUID NOT NULL,
        position BIGINT NOT NULL,
        event_type TEXT NOT NULL,
        dossier_kind TEXT NOT NULL,
        dossier_id UUID NOT NULL,
        version BIGINT NOT NULL,
        subject_id UUID,
        occurred_at TIMESTAMPTZ NOT NULL,
        status TEXT DEFAULT 'pending' NOT NULL,
        failures SMALLINT DEFAULT 0 NOT NULL,
        next_attempt_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        claim UUID,
        claimed_until TIMESTAMPTZ,
        attempt_count INTEGER DEFAULT 0 NOT NULL,
        last_attempts JSONB DEFAULT '[]' NOT NULL,
        changed_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_webhook_deliveries PRIMARY KEY (endpoint_id, event_id),
        CONSTRAINT fk_webhook_deliveries_endpoint_id
            FOREIGN KEY (endpoint_id) REFERENCES {schema}.webhook_endpoints (id),
        CONSTRAINT ck_webhook_deliveries_status_known
            CHECK (status IN ('pending', 'delivered', 'failed')),
        CONSTRAINT ck_webhook_deliveries_claim_has_an_end
            CHECK ((claim IS NULL) = (claimed_until IS NULL)),
        CONSTRAINT ck_webhook_deliveries_only_pending_is_claimed
            CHECK (claim IS NULL OR status = 'pending')
    ) WITH (fillfactor = 80)"""


def _policies(schema: str) -> list[str]:
    """Who sees an endpoint sees what was sent to it; only its owner changes either."""
    # Asked for as the same caller: the policies of endpoints say which they are.
    of_own = f"endpoint_id IN (SELECT id FROM {schema}.webhook_endpoints)"  # noqa: S608 - a name of ours
    own_delivery = (f"{ROLE} IN ('operator', 'partner', 'cae') AND {of_own}",)
    return [
        *policies(schema, "webhook_endpoints", reads=OWN, writes=OWN),
        *policies(schema, "webhook_deliveries", reads=own_delivery, writes=own_delivery),
    ]
