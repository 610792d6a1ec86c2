"""Drafts of applications, their documents, questions and answers; offers lapse, or are cancelled."""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import IS_CAE, IS_OPERATOR, OF_CAE, OF_REGION, SYSTEM
from services.runtime.privacy import retention
from services.runtime.privacy.personal_data import Category

revision = "loans_0010"
down_revision = "loans_0009"
branch_labels = None
depends_on = None

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"
OWN_CAE = f"{IS_CAE} AND {OF_CAE}"

STATUSES = (
    """
    ALTER TABLE loans.applications
        DROP CONSTRAINT ck_applications_status_known,
        DROP CONSTRAINT ck_applications_ended_has_date,
        DROP CONSTRAINT ck_applications_signed_has_date,
        ADD CONSTRAINT ck_applications_status_known CHECK (status IN ('submitted', 'under_review', 'approved',
            'refused', 'withdrawn', 'signed', 'declined', 'disbursed', 'lapsed', 'cancelled')),
        ADD CONSTRAINT ck_applications_ended_has_date CHECK
            ((status IN ('withdrawn', 'declined', 'lapsed', 'cancelled')) = (ended_on IS NOT NULL)),
        ADD CONSTRAINT ck_applications_signed_has_date CHECK
            ((status IN ('signed', 'disbursed', 'cancelled')) = (signed_on IS NOT NULL))
    """,
    # Few at any time, whatever the years behind: the daily close looks at these alone.
    "CREATE INDEX ix_applications_offers ON loans.applications (fund_id, id) WHERE status = 'approved'",
)

DRAFTS = (
    """
    CREATE TABLE loans.application_drafts (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        entrepreneur_id UUID,
        content JSONB NOT NULL,
        status TEXT NOT NULL,
        ended_on DATE,
        ended_reason TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        changed_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_application_drafts PRIMARY KEY (id),
        CONSTRAINT fk_application_drafts_fund_id_region
            FOREIGN KEY (fund_id, region) REFERENCES loans.funds (id, region),
        CONSTRAINT uq_application_drafts_id_region_cae_siren UNIQUE (id, region, cae_siren),
        CONSTRAINT ck_application_drafts_status_known CHECK (status IN ('draft', 'withdrawn')),
        CONSTRAINT ck_application_drafts_content_is_object CHECK (jsonb_typeof(content) = 'object'),
        CONSTRAINT ck_application_drafts_content_bounded CHECK (length(content::text) <= 80000),
        CONSTRAINT ck_application_drafts_ended_has_date
            CHECK ((status = 'withdrawn') = (ended_on IS NOT NULL)),
        CONSTRAINT ck_application_drafts_withdrawn_keeps_nothing CHECK (status = 'draft' OR content = '{}')
    )
    """,
    "CREATE INDEX ix_application_drafts_region_id ON loans.application_drafts (region, id)",
    "CREATE INDEX ix_application_drafts_cae_siren_id ON loans.application_drafts (cae_siren, id)",
    "CREATE INDEX ix_application_drafts_entrepreneur_id ON loans.application_drafts (entrepreneur_id)",
)


def _of_dossier(table: str) -> str:
    """Keys to the draft or to the application that it became: one of the two."""
    return f"""
        draft_id UUID,
        application_id UUID,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        CONSTRAINT ck_{table}_of_one_dossier CHECK (num_nonnulls(draft_id, application_id) = 1),
        CONSTRAINT fk_{table}_draft_id_region_cae_siren FOREIGN KEY (draft_id, region, cae_siren)
            REFERENCES loans.application_drafts (id, region, cae_siren),
        CONSTRAINT fk_{table}_application_id_region_cae_siren FOREIGN KEY (application_id, region, cae_siren)
            REFERENCES loans.applications (id, region, cae_siren)
    """


OF_DOSSIERS = (
    f"""
    CREATE TABLE loans.documents (
        id UUID NOT NULL,
        {_of_dossier("documents")},
        kind TEXT NOT NULL,
        label TEXT,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size_bytes BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        removed_on DATE,
        CONSTRAINT pk_documents PRIMARY KEY (id),
        CONSTRAINT ck_documents_kind_known CHECK (kind IN ('business_plan', 'bank_details', 'identity',
            'contract', 'cae_opinion', 'quote', 'signed_offer', 'proof', 'other')),
        CONSTRAINT ck_documents_size_positive CHECK (size_bytes > 0),
        CONSTRAINT ck_documents_sha256_is_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{{64}}$')
    )
    """,
    "CREATE INDEX ix_documents_draft_id_id ON loans.documents (draft_id, id)",
    "CREATE INDEX ix_documents_application_id_id ON loans.documents (application_id, id)",
    f"""
    CREATE TABLE loans.questions (
        id UUID NOT NULL,
        {_of_dossier("questions")},
        side TEXT NOT NULL,
        text TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        answered_at TIMESTAMPTZ,
        CONSTRAINT pk_questions PRIMARY KEY (id),
        CONSTRAINT uq_questions_id_region_cae_siren UNIQUE (id, region, cae_siren),
        CONSTRAINT ck_questions_side_known CHECK (side IN ('operator', 'cae'))
    )
    """,
    "CREATE INDEX ix_questions_draft_id_id ON loans.questions (draft_id, id)",
    "CREATE INDEX ix_questions_application_id_id ON loans.questions (application_id, id)",
    """
    CREATE TABLE loans.answers (
        id UUID NOT NULL,
        question_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        side TEXT NOT NULL,
        text TEXT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_answers PRIMARY KEY (id),
        CONSTRAINT fk_answers_question_id_region_cae_siren FOREIGN KEY (question_id, region, cae_siren)
            REFERENCES loans.questions (id, region, cae_siren),
        CONSTRAINT ck_answers_side_known CHECK (side IN ('operator', 'cae'))
    )
    """,
    "CREATE INDEX ix_answers_question_id_id ON loans.answers (question_id, id)",
)

TABLES = ("application_drafts", "documents", "questions", "answers")

# Each side speaks for itself alone.
WHO_SPEAKS = tuple(
    f"""
    CREATE POLICY said_by_its_side ON loans.{table} AS RESTRICTIVE FOR INSERT
        WITH CHECK ({tenancy.WRITES_EVERYWHERE} OR (({IS_CAE}) = (side = 'cae')))
    """
    for table in ("questions", "answers")
)

NEW_CATEGORIES = (Category.DRAFT, Category.DOCUMENT)


def upgrade() -> None:
    for statement in (*STATUSES, *DRAFTS, *OF_DOSSIERS):
        op.execute(statement)
    for table in TABLES:
        # A partner reads dossiers once they are submitted, and none of these ever.
        for statement in tenancy.policies(
            "loans", table, reads=(OPERATOR_OF_REGION, OWN_CAE), writes=(OPERATOR_OF_REGION, OWN_CAE)
        ):
            op.execute(statement)
    for statement in WHO_SPEAKS:
        op.execute(statement)
    # The owner is held to the policies of this table too.
    op.execute(f"SELECT set_config('essor.role', '{SYSTEM}', true)")
    for statement in retention.more_categories("loans", NEW_CATEGORIES):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE loans.{table}")
    op.execute("DROP INDEX loans.ix_applications_offers")
    op.execute(
        """
        ALTER TABLE loans.applications
            DROP CONSTRAINT ck_applications_status_known,
            DROP CONSTRAINT ck_applications_ended_has_date,
            DROP CONSTRAINT ck_applications_signed_has_date,
            ADD CONSTRAINT ck_applications_status_known CHECK (status IN ('submitted', 'under_review',
                'approved', 'refused', 'withdrawn', 'signed', 'declined', 'disbursed')),
            ADD CONSTRAINT ck_applications_ended_has_date
                CHECK ((status IN ('withdrawn', 'declined')) = (ended_on IS NOT NULL)),
            ADD CONSTRAINT ck_applications_signed_has_date
                CHECK ((status IN ('signed', 'disbursed')) = (signed_on IS NOT NULL))
        """
    )
    op.execute(f"SELECT set_config('essor.role', '{SYSTEM}', true)")
    op.execute("DELETE FROM loans.retention_periods WHERE category IN ('draft', 'document')")
