"""What follows a missed instalment: reminders, contacts, promises to pay, and the daily close."""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import IS_CAE, IS_OPERATOR, OF_CAE, OF_REGION

revision = "loans_0012"
down_revision = "loans_0011"
branch_labels = None
depends_on = None

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"
OWN_CAE = f"{IS_CAE} AND {OF_CAE}"

CHANNELS = "('letter', 'email', 'phone', 'meeting')"
OF_LOAN = "FOREIGN KEY (loan_id, region, cae_siren) REFERENCES loans.loans (id, region, cae_siren)"
OF_FUND = "FOREIGN KEY (fund_id, region) REFERENCES loans.funds (id, region)"

PLANS = (
    f"""
    CREATE TABLE loans.reminder_plans (
        fund_id UUID NOT NULL,
        valid_from DATE NOT NULL,
        region TEXT NOT NULL,
        notice_days SMALLINT NOT NULL,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_reminder_plans PRIMARY KEY (fund_id, valid_from),
        CONSTRAINT fk_reminder_plans_fund_id_region {OF_FUND},
        CONSTRAINT ck_reminder_plans_notice_not_negative CHECK (notice_days >= 0)
    )
    """,
    f"""
    CREATE TABLE loans.reminder_steps (
        fund_id UUID NOT NULL,
        valid_from DATE NOT NULL,
        days SMALLINT NOT NULL,
        region TEXT NOT NULL,
        channel TEXT NOT NULL,
        label TEXT NOT NULL,
        CONSTRAINT pk_reminder_steps PRIMARY KEY (fund_id, valid_from, days),
        CONSTRAINT fk_reminder_steps_fund_id_region {OF_FUND},
        CONSTRAINT fk_reminder_steps_fund_id_valid_from
            FOREIGN KEY (fund_id, valid_from) REFERENCES loans.reminder_plans (fund_id, valid_from),
        CONSTRAINT ck_reminder_steps_channel_known CHECK (channel IN {CHANNELS}),
        CONSTRAINT ck_reminder_steps_days_positive CHECK (days > 0)
    )
    """,
    # Funds that are already there get what a new one does; an owner who is no superuser must see them.
    "SELECT set_config('essor.role', 'system', true)",
    """
    INSERT INTO loans.reminder_plans (fund_id, valid_from, region, notice_days)
    SELECT id, opened_on, region, 5 FROM loans.funds
    """,
    """
    INSERT INTO loans.reminder_steps (fund_id, valid_from, days, region, channel, label)
    SELECT id, opened_on, step.days, region, step.channel, step.label
      FROM loans.funds,
           (VALUES (5, 'email', 'Première relance'), (20, 'phone', 'Deuxième relance'),
                   (45, 'letter', 'Mise en demeure')) AS step (days, channel, label)
    """,
    "SELECT set_config('essor.role', '', true)",
)

CLOSES = (
    """
    CREATE TABLE loans.daily_closes (
        region TEXT NOT NULL,
        day DATE NOT NULL,
        is_first BOOLEAN NOT NULL,
        started_at TIMESTAMPTZ NOT NULL,
        after_loan_id UUID,
        closed_at TIMESTAMPTZ,
        due_count BIGINT DEFAULT 0 NOT NULL,
        overdue_count BIGINT DEFAULT 0 NOT NULL,
        reminder_count BIGINT DEFAULT 0 NOT NULL,
        cancelled_reminder_count BIGINT DEFAULT 0 NOT NULL,
        broken_promise_count BIGINT DEFAULT 0 NOT NULL,
        lapsed_offer_count BIGINT DEFAULT 0 NOT NULL,
        CONSTRAINT pk_daily_closes PRIMARY KEY (region, day),
        CONSTRAINT ck_daily_closes_closed_after_start CHECK (closed_at >= started_at)
    )
    """,
    "CREATE UNIQUE INDEX uq_daily_closes_unfinished ON loans.daily_closes (region) WHERE closed_at IS NULL",
    f"""
    CREATE TABLE loans.instalment_notices (
        loan_id UUID NOT NULL,
        is_overdue BOOLEAN NOT NULL,
        due_on DATE NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        announced_on DATE NOT NULL,
        is_told BOOLEAN NOT NULL,
        CONSTRAINT pk_instalment_notices PRIMARY KEY (loan_id, is_overdue, due_on),
        CONSTRAINT fk_instalment_notices_loan_id_region_cae_siren {OF_LOAN}
    )
    """,
    f"""
    CREATE TABLE loans.arrears_spells (
        loan_id UUID NOT NULL,
        opened_on DATE NOT NULL,
        unpaid_since DATE NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        steps_after BIGINT DEFAULT 0 NOT NULL,
        ended_on DATE,
        CONSTRAINT pk_arrears_spells PRIMARY KEY (loan_id, opened_on),
        CONSTRAINT fk_arrears_spells_loan_id_region_cae_siren {OF_LOAN},
        CONSTRAINT ck_arrears_spells_late_when_opened CHECK (unpaid_since < opened_on),
        CONSTRAINT ck_arrears_spells_ended_after_opened CHECK (ended_on >= opened_on)
    )
    """,
    "CREATE UNIQUE INDEX uq_arrears_spells_open ON loans.arrears_spells (loan_id) WHERE ended_on IS NULL",
)

FOLLOW_UP = (
    f"""
    CREATE TABLE loans.reminders (
        id UUID NOT NULL,
        loan_id UUID NOT NULL,
        fund_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        opened_on DATE NOT NULL,
        unpaid_since DATE NOT NULL,
        days SMALLINT NOT NULL,
        channel TEXT NOT NULL,
        label TEXT NOT NULL,
        due_on DATE NOT NULL,
        status TEXT NOT NULL,
        done_on DATE,
        note TEXT,
        cancelled_on DATE,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_reminders PRIMARY KEY (id),
        CONSTRAINT uq_reminders_loan_id_opened_on_days UNIQUE (loan_id, opened_on, days),
        CONSTRAINT fk_reminders_loan_id_region_cae_siren {OF_LOAN},
        CONSTRAINT fk_reminders_fund_id_region {OF_FUND},
        CONSTRAINT fk_reminders_loan_id_opened_on
            FOREIGN KEY (loan_id, opened_on) REFERENCES loans.arrears_spells (loan_id, opened_on),
        CONSTRAINT ck_reminders_channel_known CHECK (channel IN {CHANNELS}),
        CONSTRAINT ck_reminders_status_known CHECK (status IN ('due', 'done', 'cancelled')),
        CONSTRAINT ck_reminders_days_positive CHECK (days > 0),
        CONSTRAINT ck_reminders_done_has_day CHECK ((status = 'done') = (done_on IS NOT NULL)),
        CONSTRAINT ck_reminders_cancelled_has_day
            CHECK ((status = 'cancelled') = (cancelled_on IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_reminders_region_status_due_on_id ON loans.reminders (region, status, due_on, id)",
    """
    CREATE INDEX ix_reminders_cae_siren_status_due_on_id
        ON loans.reminders (cae_siren, status, due_on, id)
    """,
    f"""
    CREATE TABLE loans.borrower_contacts (
        id UUID NOT NULL,
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        contacted_on DATE NOT NULL,
        channel TEXT NOT NULL,
        counterpart TEXT NOT NULL,
        note TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_borrower_contacts PRIMARY KEY (id),
        CONSTRAINT fk_borrower_contacts_loan_id_region_cae_siren {OF_LOAN},
        CONSTRAINT ck_borrower_contacts_channel_known CHECK (channel IN {CHANNELS}),
        CONSTRAINT ck_borrower_contacts_counterpart_known
            CHECK (counterpart IN ('borrower', 'cae', 'heir', 'other'))
    )
    """,
    "CREATE INDEX ix_borrower_contacts_loan_id_id ON loans.borrower_contacts (loan_id, id)",
    f"""
    CREATE TABLE loans.payment_promises (
        id UUID NOT NULL,
        loan_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        promised_on DATE NOT NULL,
        due_on DATE NOT NULL,
        amount_cents BIGINT NOT NULL,
        note TEXT,
        broken_told_on DATE,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_payment_promises PRIMARY KEY (id),
        CONSTRAINT fk_payment_promises_loan_id_region_cae_siren {OF_LOAN},
        CONSTRAINT ck_payment_promises_amount_positive CHECK (amount_cents > 0),
        CONSTRAINT ck_payment_promises_dates_in_order CHECK (promised_on <= due_on),
        CONSTRAINT ck_payment_promises_told_after_due CHECK (broken_told_on > due_on)
    )
    """,
    "CREATE INDEX ix_payment_promises_loan_id_id ON loans.payment_promises (loan_id, id)",
)

# What officers sort by. Where a loan has no next due date it is in no such list; what is still owed is an
# expression, as the domain has it.
SORTS = {
    "ix_loans_region_next_due_on_id": "(region, next_due_on, id) WHERE next_due_on IS NOT NULL",
    "ix_loans_region_principal_cents_id": "(region, principal_cents, id)",
    "ix_loans_region_outstanding_id": "(region, (principal_cents - repaid_cents - written_off_cents), id)",
}

# Who reads and who writes; the rest is written by the close, which answers for no caller.
RIGHTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "reminder_plans": ((OF_REGION,), (OPERATOR_OF_REGION,)),
    "reminder_steps": ((OF_REGION,), (OPERATOR_OF_REGION,)),
    "daily_closes": ((OPERATOR_OF_REGION,), ()),
    "instalment_notices": ((OPERATOR_OF_REGION, OF_CAE), ()),
    "arrears_spells": ((OPERATOR_OF_REGION, OF_CAE), ()),
    "reminders": ((OPERATOR_OF_REGION, OF_CAE), (OPERATOR_OF_REGION,)),
    "borrower_contacts": ((OPERATOR_OF_REGION, OF_CAE), (OPERATOR_OF_REGION, OWN_CAE)),
    "payment_promises": ((OPERATOR_OF_REGION, OF_CAE), (OPERATOR_OF_REGION,)),
}


def upgrade() -> None:
    for statement in (*PLANS, *CLOSES, *FOLLOW_UP):
        op.execute(statement)
    for name, columns in SORTS.items():
        op.execute(f"CREATE INDEX {name} ON loans.loans {columns}")
    for table, (reads, writes) in RIGHTS.items():
        for statement in tenancy.policies("loans", table, reads=reads, writes=writes):
            op.execute(statement)


def downgrade() -> None:
    for name in SORTS:
        op.execute(f"DROP INDEX loans.{name}")
    for table in (
        "payment_promises",
        "borrower_contacts",
        "reminders",
        "arrears_spells",
        "instalment_notices",
        "daily_closes",
        "reminder_steps",
        "reminder_plans",
    ):
        op.execute(f"DROP TABLE loans.{table}")
