"""The gateway's clients and their secrets."""

from alembic import op

revision = "identity_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE identity.clients (
        id UUID NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        regions TEXT[] NOT NULL,
        siren TEXT,
        person TEXT,
        created_at TIMESTAMPTZ NOT NULL,
        expires_at TIMESTAMPTZ,
        revoked_at TIMESTAMPTZ,
        last_used_at TIMESTAMPTZ,
        failed_attempts INTEGER NOT NULL,
        locked_until TIMESTAMPTZ,
        CONSTRAINT pk_clients PRIMARY KEY (id),
        CONSTRAINT uq_clients_name UNIQUE (name),
        CONSTRAINT ck_clients_name_usable CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
        CONSTRAINT ck_clients_role_known CHECK (role IN ('admin', 'cae', 'funder', 'operator', 'partner')),
        CONSTRAINT ck_clients_regions_where_needed
            CHECK (role NOT IN ('operator', 'partner') OR cardinality(regions) > 0),
        CONSTRAINT ck_clients_siren_where_needed CHECK (role NOT IN ('cae', 'funder') OR siren IS NOT NULL),
        CONSTRAINT ck_clients_siren_digits CHECK (siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_clients_ends_after_it_begins CHECK (expires_at > created_at),
        CONSTRAINT ck_clients_failed_attempts_not_negative CHECK (failed_attempts >= 0)
    )
    """,
    """
    CREATE TABLE identity.client_secrets (
        id UUID NOT NULL,
        client_id UUID NOT NULL,
        hash TEXT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        expires_at TIMESTAMPTZ,
        revoked_at TIMESTAMPTZ,
        CONSTRAINT pk_client_secrets PRIMARY KEY (id),
        CONSTRAINT ck_client_secrets_hash_of_argon2id CHECK (hash ~ '^[$]argon2id[$]'),
        CONSTRAINT fk_client_secrets_client_id FOREIGN KEY (client_id) REFERENCES identity.clients (id)
    )
    """,
    "CREATE INDEX ix_client_secrets_client_id ON identity.client_secrets (client_id)",
    """
    CREATE UNIQUE INDEX uq_client_secrets_client_id_without_end ON identity.client_secrets (client_id)
     WHERE expires_at IS NULL AND revoked_at IS NULL
    """,
    """
    CREATE TABLE identity.unknown_names (
        bucket INTEGER NOT NULL,
        failed_attempts INTEGER NOT NULL,
        locked_until TIMESTAMPTZ,
        CONSTRAINT pk_unknown_names PRIMARY KEY (bucket),
        CONSTRAINT ck_unknown_names_bucket_range CHECK (bucket >= 0 AND bucket < 65536),
        CONSTRAINT ck_unknown_names_failed_attempts_not_negative CHECK (failed_attempts >= 0)
    )
    """,
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in ("unknown_names", "client_secrets", "clients"):
        op.execute(f"DROP TABLE identity.{table}")
