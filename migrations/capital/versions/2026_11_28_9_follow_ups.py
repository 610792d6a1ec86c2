"""Whether the capital stayed: what was seen after the payment, and what was said to be due."""

from alembic import op

from services.runtime.database.tenancy import IS_OPERATOR, OF_CAE, OF_REGION, policies

revision = "capital_0015"
down_revision = "capital_0014"
branch_labels = None
depends_on = None

PAID_OUT = "'clawback_proposed', 'clawed_back', 'closed', 'paid', 'waived'"
TOP_UPS = f"""
    ALTER TABLE capital.top_ups
      ADD COLUMN proven_months SMALLINT DEFAULT 0 NOT NULL,
      ADD CONSTRAINT ck_top_ups_proven_once_paid
          CHECK (proven_months = 0 OR (proven_months > 0 AND status IN ({PAID_OUT}))),
      ADD CONSTRAINT ck_top_ups_closed_when_proven CHECK (status <> 'closed' OR proven_months > 0)
"""
FOLLOW_UPS = """
    CREATE TABLE capital.follow_ups (
        id UUID NOT NULL,
        top_up_id UUID NOT NULL,
        payment_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        checked_on DATE NOT NULL,
        still_member BOOLEAN NOT NULL,
        capital_kept_cents BIGINT NOT NULL,
        left_on DATE,
        capital_withdrawn_on DATE,
        evidence TEXT NOT NULL,
        proven_months SMALLINT NOT NULL,
        ended_early BOOLEAN NOT NULL,
        unearned_cents BIGINT NOT NULL,
        corrected_by UUID,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_follow_ups PRIMARY KEY (id),
        CONSTRAINT uq_follow_ups_id_top_up_id UNIQUE (id, top_up_id),
        CONSTRAINT uq_follow_ups_corrected_by UNIQUE (corrected_by),
        CONSTRAINT ck_follow_ups_cae_siren_digits CHECK (cae_siren ~ '^[0-9]{9}$'),
        CONSTRAINT ck_follow_ups_capital_not_negative CHECK (capital_kept_cents >= 0),
        CONSTRAINT ck_follow_ups_proven_months_not_negative CHECK (proven_months >= 0),
        CONSTRAINT ck_follow_ups_unearned_not_negative CHECK (unearned_cents >= 0),
        CONSTRAINT ck_follow_ups_ended_early_by_cents CHECK (ended_early = (unearned_cents > 0)),
        CONSTRAINT ck_follow_ups_left_before_the_check
            CHECK (left_on IS NULL OR (left_on <= checked_on AND NOT still_member)),
        CONSTRAINT ck_follow_ups_withdrawn_before_the_check CHECK (capital_withdrawn_on <= checked_on),
        CONSTRAINT ck_follow_ups_corrected_by_another CHECK (corrected_by <> id),
        CONSTRAINT fk_follow_ups_payment_id
            FOREIGN KEY (payment_id, top_up_id) REFERENCES capital.payment_lines (payment_id, top_up_id),
        CONSTRAINT fk_follow_ups_corrected_by
            FOREIGN KEY (corrected_by, top_up_id) REFERENCES capital.follow_ups (id, top_up_id)
            DEFERRABLE INITIALLY DEFERRED
    )
"""
ANNOUNCEMENTS = """
    CREATE TABLE capital.follow_up_announcements (
        payment_id UUID NOT NULL,
        top_up_id UUID NOT NULL,
        months SMALLINT NOT NULL,
        announced_on DATE NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        CONSTRAINT pk_follow_up_announcements PRIMARY KEY (payment_id, top_up_id, months),
        CONSTRAINT ck_follow_up_announcements_months_positive CHECK (months > 0),
        CONSTRAINT fk_follow_up_announcements_payment_id
            FOREIGN KEY (payment_id, top_up_id) REFERENCES capital.payment_lines (payment_id, top_up_id)
    )
"""
INDEXES = (
    "CREATE INDEX ix_top_ups_paid ON capital.top_ups (region, id) WHERE status = 'paid'",
    "CREATE INDEX ix_follow_ups_top_up_id_id ON capital.follow_ups (top_up_id, id)",
    """
    CREATE UNIQUE INDEX uq_follow_ups_one_of_a_day ON capital.follow_ups (top_up_id, checked_on)
     WHERE corrected_by IS NULL
    """,
)
# What was seen is never changed: a purge takes the words about the person away, a correction is a row more.
STAY = """
    CREATE FUNCTION capital.follow_ups_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'follow-up % stays as it was recorded', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'follow_ups_stay';
    END $$
"""
SEEN = (
    "id, top_up_id, payment_id, checked_on, still_member, capital_kept_cents, proven_months, ended_early,"
    " unearned_cents, created_at"
)
# Whoever reverses holds the dossiers: no follow-up of them is recorded meanwhile.
FOLLOWED_UP = """
    CREATE FUNCTION capital.followed_up_payment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM capital.follow_ups
                    WHERE payment_id = NEW.payment_id AND top_up_id = NEW.top_up_id) THEN
            RAISE EXCEPTION 'the payment % of top-up % was followed up', NEW.payment_id, NEW.top_up_id
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'followed_up_payment_stays';
        END IF;
        RETURN NULL;
    END $$
"""
TRIGGERS = (
    f"""
    CREATE TRIGGER follow_ups_stay AFTER DELETE OR UPDATE OF {SEEN} ON capital.follow_ups
        FOR EACH ROW EXECUTE FUNCTION capital.follow_ups_stay()
    """,
    """
    CREATE TRIGGER corrected_once AFTER UPDATE OF corrected_by ON capital.follow_ups
        FOR EACH ROW
        WHEN (OLD.corrected_by IS NOT NULL AND OLD.corrected_by IS DISTINCT FROM NEW.corrected_by)
        EXECUTE FUNCTION capital.follow_ups_stay()
    """,
    """
    CREATE TRIGGER followed_up_payment_stays AFTER UPDATE OF reversal_id ON capital.payment_lines
        FOR EACH ROW WHEN (NEW.reversal_id IS NOT NULL)
        EXECUTE FUNCTION capital.followed_up_payment_stays()
    """,
)


def upgrade() -> None:
    by_operator = f"{IS_OPERATOR} AND {OF_REGION}"
    own = policies("capital", "follow_ups", reads=(OF_REGION, OF_CAE), writes=(by_operator,))
    # The worker announces, for every tenant.
    said = policies("capital", "follow_up_announcements", reads=(OF_REGION, OF_CAE), writes=())
    for statement in (TOP_UPS, FOLLOW_UPS, ANNOUNCEMENTS, *INDEXES, STAY, FOLLOWED_UP, *TRIGGERS):
        op.execute(statement)
    for statement in (*own, *said):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER followed_up_payment_stays ON capital.payment_lines")
    op.execute("DROP TABLE capital.follow_up_announcements, capital.follow_ups")
    op.execute("DROP FUNCTION capital.follow_ups_stay, capital.followed_up_payment_stays")
    op.execute("DROP INDEX capital.ix_top_ups_paid")
    op.execute("ALTER TABLE capital.top_ups DROP COLUMN proven_months")
