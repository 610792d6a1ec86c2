"""Double entry, enforced by the database: what is common to every schema that keeps a journal.

A journal is two tables: `journal_entries(id, ...)` and `postings(entry_id, ..., amount_cents)`. Debits are
positive, credits negative. All postings of an entry are written by one statement, and add up to zero.
"""

APPEND_ONLY = ("journal_entries", "postings")


def triggers(schema: str) -> list[str]:
    """Statements that make the journal of `schema` append-only and balanced; for a migration to execute."""
    # `schema` is a name of ours in a migration, never an input.
    balanced = f"""
        CREATE FUNCTION {schema}.postings_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE unbalanced uuid;
        BEGIN
            SELECT entry_id INTO unbalanced FROM written
             GROUP BY entry_id HAVING sum(amount_cents) <> 0 LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'the postings of journal entry % do not add up to zero', unbalanced
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$"""  # noqa: S608
    append_only = f"""
        CREATE FUNCTION {schema}.journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the journal is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END $$"""
    statements = [
        balanced,
        append_only,
        f"""CREATE TRIGGER postings_add_up AFTER INSERT ON {schema}.postings
            REFERENCING NEW TABLE AS written
            FOR EACH STATEMENT EXECUTE FUNCTION {schema}.postings_add_up()""",
    ]
    statements += [
        f"""CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION {schema}.journal_is_append_only()"""
        for table in APPEND_ONLY
    ]
    return statements
