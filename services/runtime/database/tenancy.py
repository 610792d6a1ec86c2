"""Row-level security: which rows a transaction sees, by who calls.

Who calls is told to PostgreSQL with BEGIN, in the same round trip (`TenantConnection`), as settings that end
with the transaction: `essor.role`, `essor.regions`, `essor.cae`, `essor.funder`, `essor.client`. Without them
every policy is false: a transaction that nobody answers for sees nothing.
"""

from collections.abc import Sequence

from services.kernel.access import Caller, Role

SYSTEM = "system"  # the worker and the command line; no token ever carries it

ROLE = "(SELECT current_setting('essor.role', true))"
CLIENT = "(SELECT current_setting('essor.client', true))"
CAE = "(SELECT nullif(current_setting('essor.cae', true), ''))"
FUNDER = "(SELECT nullif(current_setting('essor.funder', true), ''))"
# Sub-selects, so that each is worked out once for a statement and not once for a row.
REGIONS = "((SELECT string_to_array(nullif(current_setting('essor.regions', true), ''), ','))::text[])"

READS_EVERYTHING = f"{ROLE} IN ('{Role.ADMIN}', '{SYSTEM}')"
WRITES_EVERYWHERE = f"{ROLE} = '{SYSTEM}'"
IS_OPERATOR = f"{ROLE} = '{Role.OPERATOR}'"
IS_CAE = f"{ROLE} = '{Role.CAE}'"
OF_REGION = f"region = ANY ({REGIONS})"
OF_CAE = f"cae_siren = {CAE}"


def begin_of(caller: Caller) -> str:
    """What follows BEGIN. Each narrowing is set for the roles that it narrows, and empty for the others."""
    scope = caller.scope
    return _settings(
        role=caller.role.value,
        regions=",".join(sorted(scope.regions or ())),
        cae=scope.cae_siren or "",
        funder=scope.funder_siren or "",
        client=caller.client,
    )


def begin_of_system() -> str:
    return _settings(role=SYSTEM, regions="", cae="", funder="", client="")


def _settings(**values: str) -> str:
    told = ", ".join(f"set_config('essor.{name}', {_literal(value)}, true)" for name, value in values.items())
    return f"SELECT {told}"


def _literal(value: str) -> str:
    """Whole under `standard_conforming_strings`, which every connection of ours sets."""
    if "\x00" in value:
        raise ValueError("no name has a NUL")
    return "'" + value.replace("'", "''") + "'"


def policies(
    schema: str, table: str, *, reads: Sequence[str], writes: Sequence[str], holds: Sequence[str] = ()
) -> list[str]:
    """Statements for a migration: row-level security, forced, with what may read and write a row of `table`.

    A row is seen where any of `reads` holds, and written where it is seen and any of `writes` holds. Beside
    them, who reads everything does so, and only the system writes everywhere. Where any of `holds` is true a
    row may be locked (`FOR UPDATE`, `FOR KEY SHARE`), which PostgreSQL counts among updates, but not changed.
    """
    # Those of whom there are many come first: what holds of a row ends the search.
    seen = _any(*reads, READS_EVERYTHING)
    written = _any(*writes, WRITES_EVERYWHERE)
    held = _any(*writes, *holds, WRITES_EVERYWHERE)
    name = f"{schema}.{table}"
    return [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY reads ON {name} FOR SELECT USING ({seen})",
        f"CREATE POLICY inserts ON {name} FOR INSERT WITH CHECK ({written})",
        f"CREATE POLICY updates ON {name} FOR UPDATE USING ({held}) WITH CHECK ({written})",
        f"CREATE POLICY deletes ON {name} FOR DELETE USING ({written})",
    ]


def _any(*conditions: str) -> str:
    return " OR ".join(f"({condition})" for condition in conditions)


def policies_of_idempotency_keys(schema: str) -> list[str]:
    """A stored answer is its client's alone."""
    own = f"client = {CLIENT}"
    return policies(schema, "idempotency_keys", reads=(own,), writes=(own,))


def without_policies(schema: str, table: str) -> list[str]:
    """The way back, for a migration's downgrade."""
    name = f"{schema}.{table}"
    return [
        *(f"DROP POLICY {policy} ON {name}" for policy in ("reads", "inserts", "updates", "deletes")),
        f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY",
    ]
