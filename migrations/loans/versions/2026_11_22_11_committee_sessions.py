"""The committee's sessions: members, agenda, votes, minutes; conditions before disbursement."""

from alembic import op

from services.runtime.database import tenancy
from services.runtime.database.tenancy import IS_OPERATOR, OF_CAE, OF_REGION

revision = "loans_0011"
down_revision = "loans_0010"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE loans.standing_members (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        region TEXT NOT NULL,
        name TEXT NOT NULL,
        organisation TEXT NOT NULL,
        siren TEXT,
        tied_to TEXT[] NOT NULL,
        from_on DATE NOT NULL,
        until_on DATE,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_standing_members PRIMARY KEY (id),
        CONSTRAINT fk_standing_members_fund_id_region
            FOREIGN KEY (fund_id, region) REFERENCES loans.funds (id, region),
        CONSTRAINT ck_standing_members_days_in_order CHECK (until_on >= from_on)
    )
    """,
    "CREATE INDEX ix_standing_members_fund_id_id ON loans.standing_members (fund_id, id)",
    """
    CREATE TABLE loans.committee_sessions (
        id UUID NOT NULL,
        fund_id UUID NOT NULL,
        region TEXT NOT NULL,
        held_on DATE NOT NULL,
        place TEXT,
        status TEXT NOT NULL,
        closed_at TIMESTAMPTZ,
        closed_by_client TEXT,
        closed_by_person TEXT,
        closed_by_salt TEXT,
        minutes TEXT,
        minutes_hash TEXT,
        created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
        CONSTRAINT pk_committee_sessions PRIMARY KEY (id),
        CONSTRAINT uq_committee_sessions_id_region UNIQUE (id, region),
        CONSTRAINT fk_committee_sessions_fund_id_region
            FOREIGN KEY (fund_id, region) REFERENCES loans.funds (id, region),
        CONSTRAINT ck_committee_sessions_status_known
            CHECK (status IN ('planned', 'open', 'closed', 'cancelled')),
        CONSTRAINT ck_committee_sessions_closed_has_minutes CHECK
            ((status = 'closed') = (closed_at IS NOT NULL)
             AND (status = 'closed') = (closed_by_client IS NOT NULL)
             AND (status = 'closed') = (minutes IS NOT NULL)
             AND (status = 'closed') = (minutes_hash IS NOT NULL)),
        CONSTRAINT ck_committee_sessions_hash_is_of_minutes CHECK
            (minutes_hash = encode(sha256(convert_to(minutes, 'UTF8')), 'hex'))
    )
    """,
    "CREATE INDEX ix_committee_sessions_region_id ON loans.committee_sessions (region, id)",
    "CREATE INDEX ix_committee_sessions_fund_id_id ON loans.committee_sessions (fund_id, id)",
    """
    CREATE TABLE loans.session_members (
        id UUID NOT NULL,
        session_id UUID NOT NULL,
        region TEXT NOT NULL,
        rank SMALLINT NOT NULL,
        standing_id UUID,
        name TEXT NOT NULL,
        organisation TEXT NOT NULL,
        siren TEXT,
        tied_to TEXT[] NOT NULL,
        represents TEXT,
        salt TEXT,
        is_present BOOLEAN NOT NULL,
        arrived_for_item SMALLINT,
        CONSTRAINT pk_session_members PRIMARY KEY (id),
        CONSTRAINT uq_session_members_session_id_rank UNIQUE (session_id, rank),
        CONSTRAINT fk_session_members_session_id_region
            FOREIGN KEY (session_id, region) REFERENCES loans.committee_sessions (id, region),
        CONSTRAINT fk_session_members_standing_id
            FOREIGN KEY (standing_id) REFERENCES loans.standing_members (id),
        CONSTRAINT ck_session_members_arrived_is_present
            CHECK (arrived_for_item IS NULL OR (arrived_for_item >= 1 AND is_present))
    )
    """,
    """
    CREATE TABLE loans.session_items (
        session_id UUID NOT NULL,
        application_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        rank SMALLINT NOT NULL,
        is_live BOOLEAN NOT NULL,
        outcome TEXT,
        vote_outcome TEXT,
        votes_for SMALLINT,
        votes_against SMALLINT,
        abstentions SMALLINT,
        stood_aside UUID[] NOT NULL,
        granted_amount_cents BIGINT,
        granted_months SMALLINT,
        granted_grace_months SMALLINT,
        conditions TEXT[] NOT NULL,
        are_precedent BOOLEAN[] NOT NULL,
        reason TEXT,
        texts_salt TEXT,
        applicant TEXT,
        applicant_salt TEXT,
        CONSTRAINT pk_session_items PRIMARY KEY (session_id, application_id),
        CONSTRAINT fk_session_items_session_id_region
            FOREIGN KEY (session_id, region) REFERENCES loans.committee_sessions (id, region),
        CONSTRAINT fk_session_items_application_id_region_cae_siren
            FOREIGN KEY (application_id, region, cae_siren)
            REFERENCES loans.applications (id, region, cae_siren),
        CONSTRAINT ck_session_items_outcome_known
            CHECK (outcome IN ('approved', 'refused', 'deferred', 'withdrawn')),
        CONSTRAINT ck_session_items_vote_outcome_known CHECK (vote_outcome IN ('approved', 'refused')),
        CONSTRAINT ck_session_items_decided_is_not_live CHECK (NOT (is_live AND outcome IS NOT NULL)),
        CONSTRAINT ck_session_items_votes_counted
            CHECK (votes_for >= 0 AND votes_against >= 0 AND abstentions >= 0),
        CONSTRAINT ck_session_items_vote_is_whole CHECK
            ((vote_outcome IS NULL) = (votes_for IS NULL) AND (vote_outcome IS NULL) = (votes_against IS NULL)
             AND (vote_outcome IS NULL) = (abstentions IS NULL)),
        CONSTRAINT ck_session_items_approval_has_majority
            CHECK (vote_outcome <> 'approved' OR votes_for > votes_against),
        CONSTRAINT ck_session_items_approval_has_terms CHECK
            ((coalesce(vote_outcome, '') = 'approved') = (granted_amount_cents IS NOT NULL)
             AND (granted_amount_cents IS NULL) = (granted_months IS NULL)
             AND (granted_amount_cents IS NULL) = (granted_grace_months IS NULL)),
        CONSTRAINT ck_session_items_outcome_is_of_vote CHECK
            (outcome IS NULL OR outcome NOT IN ('approved', 'refused') OR outcome = vote_outcome)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_session_items_application_id_live
        ON loans.session_items (application_id) WHERE is_live
    """,
    "CREATE INDEX ix_session_items_application_id ON loans.session_items (application_id)",
    """
    CREATE TABLE loans.conditions (
        id UUID NOT NULL,
        application_id UUID NOT NULL,
        region TEXT NOT NULL,
        cae_siren TEXT NOT NULL,
        rank SMALLINT NOT NULL,
        text TEXT NOT NULL,
        is_precedent BOOLEAN NOT NULL,
        lifted_on DATE,
        evidence TEXT,
        lifted_by_person TEXT,
        lifted_by_client TEXT,
        lifted_at TIMESTAMPTZ,
        CONSTRAINT pk_conditions PRIMARY KEY (id),
        CONSTRAINT uq_conditions_application_id_rank UNIQUE (application_id, rank),
        CONSTRAINT fk_conditions_application_id_region_cae_siren
            FOREIGN KEY (application_id, region, cae_siren)
            REFERENCES loans.decisions (application_id, region, cae_siren),
        CONSTRAINT ck_conditions_lifting_is_whole CHECK
            ((lifted_on IS NULL) = (evidence IS NULL) AND (lifted_on IS NULL) = (lifted_by_client IS NULL)
             AND (lifted_on IS NULL) = (lifted_at IS NULL))
    )
    """,
)

# What was decided before conditions had a life of their own asked nobody to lift anything: not precedent.
CONDITIONS_OF_BEFORE = (
    "SELECT set_config('essor.role', 'system', true)",
    """
    INSERT INTO loans.conditions (id, application_id, region, cae_siren, rank, text, is_precedent)
    SELECT gen_random_uuid(), d.application_id, d.region, d.cae_siren, said.rank, said.text, false
      FROM loans.decisions d, unnest(d.conditions) WITH ORDINALITY AS said (text, rank)
    """,
    "SELECT set_config('essor.role', '', true)",
    "ALTER TABLE loans.decisions DROP COLUMN conditions",
    """
    ALTER TABLE loans.decisions
        ADD COLUMN session_id UUID,
        ADD CONSTRAINT fk_decisions_session_id_region
            FOREIGN KEY (session_id, region) REFERENCES loans.committee_sessions (id, region)
    """,
)

# A session that is over stays as it is, whoever asks: but the purge may empty what is personal in it, of
# which each trigger names the columns. Who does not see a session writes nothing in it.
OVER_STAYS = (
    """
    CREATE FUNCTION loans.purge_empties_only(before jsonb, after jsonb, personal text[])
        RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT current_setting('essor.role', true) = 'system' AND after - personal = before - personal
           AND NOT EXISTS (SELECT FROM unnest(personal) AS column_name
                            WHERE after -> column_name IS DISTINCT FROM before -> column_name
                              AND coalesce(after ->> column_name, '') NOT IN ('', '[]', 'personne effacée'))
    $$
    """,
    """
    CREATE FUNCTION loans.sessions_that_are_over_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.status IN ('planned', 'open')
               OR loans.purge_empties_only(to_jsonb(OLD), to_jsonb(NEW), TG_ARGV) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'a session that is over is never changed: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE FUNCTION loans.parts_of_sessions_that_are_over_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        of_session uuid := CASE WHEN TG_OP = 'INSERT' THEN NEW.session_id ELSE OLD.session_id END;
        standing text := (SELECT status FROM loans.committee_sessions WHERE id = of_session);
    BEGIN
        IF standing IS NULL THEN
            RAISE EXCEPTION 'session % is not seen', of_session USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF standing IN ('planned', 'open') THEN
            IF TG_OP = 'UPDATE' AND NEW.session_id <> OLD.session_id THEN
                RAISE EXCEPTION 'what is of one session never goes to another'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        IF TG_OP = 'UPDATE' THEN
            IF loans.purge_empties_only(to_jsonb(OLD), to_jsonb(NEW), TG_ARGV) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'a session that is over is never changed: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE FUNCTION loans.sessions_are_never_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'sessions are kept: TRUNCATE on % is refused', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER over_stays BEFORE UPDATE OR DELETE ON loans.committee_sessions FOR EACH ROW
        EXECUTE FUNCTION loans.sessions_that_are_over_stay('closed_by_person', 'closed_by_salt')
    """,
    """
    CREATE TRIGGER over_stays BEFORE INSERT OR UPDATE OR DELETE ON loans.session_members FOR EACH ROW
        EXECUTE FUNCTION loans.parts_of_sessions_that_are_over_stay(
            'name', 'organisation', 'siren', 'tied_to', 'represents', 'salt')
    """,
    """
    CREATE TRIGGER over_stays BEFORE INSERT OR UPDATE OR DELETE ON loans.session_items FOR EACH ROW
        EXECUTE FUNCTION loans.parts_of_sessions_that_are_over_stay(
            'conditions', 'reason', 'texts_salt', 'applicant', 'applicant_salt')
    """,
    *(
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON loans.{table} FOR EACH STATEMENT"
        " EXECUTE FUNCTION loans.sessions_are_never_emptied()"
        for table in ("committee_sessions", "session_members", "session_items")
    ),
)

OPERATOR_OF_REGION = f"{IS_OPERATOR} AND {OF_REGION}"
# A CAE reads what was decided of its dossier, on the dossier; of the session nothing, not even its own item.
READS = {
    "standing_members": (OF_REGION,),
    "committee_sessions": (OF_REGION,),
    "session_members": (OF_REGION,),
    "session_items": (OF_REGION,),
    "conditions": (OF_REGION, OF_CAE),
}


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for statement in CONDITIONS_OF_BEFORE:
        op.execute(statement)
    for statement in OVER_STAYS:
        op.execute(statement)
    for table, reads in READS.items():
        for statement in tenancy.policies("loans", table, reads=reads, writes=(OPERATOR_OF_REGION,)):
            op.execute(statement)
    _name_committees_to_operators_only()


def _name_committees_to_operators_only() -> None:
    """Who sat, and for whom, is no longer a CAE's to read."""
    for statement in tenancy.without_policies("loans", "committee_members"):
        op.execute(statement)
    for statement in tenancy.policies(
        "loans", "committee_members", reads=(OF_REGION,), writes=(OPERATOR_OF_REGION,)
    ):
        op.execute(statement)


def downgrade() -> None:
    """What was lifted, and voted in sessions, is lost; the texts of conditions go back to decisions."""
    for statement in tenancy.without_policies("loans", "committee_members"):
        op.execute(statement)
    for statement in tenancy.policies(
        "loans", "committee_members", reads=(OF_REGION, OF_CAE), writes=(OPERATOR_OF_REGION,)
    ):
        op.execute(statement)
    op.execute("ALTER TABLE loans.decisions DROP COLUMN session_id")
    op.execute("ALTER TABLE loans.decisions ADD COLUMN conditions TEXT[] DEFAULT '{}' NOT NULL")
    op.execute("SELECT set_config('essor.role', 'system', true)")
    op.execute(
        """
        UPDATE loans.decisions d SET conditions = said.texts
          FROM (SELECT application_id, array_agg(text ORDER BY rank) AS texts
                  FROM loans.conditions GROUP BY application_id) said
         WHERE said.application_id = d.application_id
        """
    )
    op.execute("SELECT set_config('essor.role', '', true)")
    op.execute("ALTER TABLE loans.decisions ALTER COLUMN conditions DROP DEFAULT")
    for table in ("conditions", "session_items", "session_members", "committee_sessions", "standing_members"):
        op.execute(f"DROP TABLE loans.{table}")
    op.execute("DROP FUNCTION loans.sessions_that_are_over_stay, loans.parts_of_sessions_that_are_over_stay")
    op.execute("DROP FUNCTION loans.sessions_are_never_emptied, loans.purge_empties_only")
