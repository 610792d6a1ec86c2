"""Grants: the only place where room is taken.

`take` is one statement that takes room in the budget, in the cap and under the ceiling of de minimis
aid, by UPDATEs whose WHERE is the limit itself, then grants and writes the journal. Each step runs only if
the one before changed its row, so locks are taken in the order of `counters`, that of the company last, and
nothing happens beyond the limit that an award does not fit in. `record` writes what was decided under locks
held already, for as many grants as given.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.granting import Grant
from services.capital.domain.refusals import AlreadyAwarded
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import counters, de_minimis
from services.capital.persistence.counters import Addition, Additions, Counted
from services.capital.persistence.top_ups import top_up_of
from services.kernel.access import Scope
from services.kernel.identifiers import new_id

# The scheme first: adding a version holds it alone. All dossiers of a person: a grant to one of them bears on
# the others where a scheme gives one award per person.
_LOCK_WITH_THE_PERSONS_OTHERS = text("""
    SELECT top_up.*
      FROM capital.schemes AS scheme
      JOIN capital.top_ups AS top_up ON top_up.scheme_id = scheme.id
     WHERE (top_up.entrepreneur_id, top_up.scheme_id) IN (
               SELECT entrepreneur_id, scheme_id FROM capital.top_ups
                WHERE id = ANY(:ids) AND (CAST(:regions AS text[]) IS NULL OR region = ANY(:regions)))
     ORDER BY top_up.id
       FOR KEY SHARE OF scheme FOR UPDATE OF top_up
""")

_BUDGET = """{name} AS (
    UPDATE capital.scheme_budgets
       SET used_cents = used_cents + :award_cents,
           budget_cents = coalesce(:{name}_limit, greatest(budget_cents, used_cents + :award_cents))
     WHERE scheme_id = :scheme_id AND period = :{name}
       AND (CAST(:{name}_limit AS bigint) IS NULL OR used_cents + :award_cents <= :{name}_limit){after}
    RETURNING 1)"""
_CAP = """{name} AS (
    UPDATE capital.cae_caps
       SET used_cents = used_cents + :award_cents,
           cap_cents = coalesce(:{name}_limit, greatest(cap_cents, used_cents + :award_cents))
     WHERE scheme_id = :scheme_id AND cae_siren = :cae_siren AND period = :{name}
       AND (CAST(:{name}_limit AS bigint) IS NULL OR used_cents + :award_cents <= :{name}_limit){after}
    RETURNING 1)"""
# All that the company was ever granted is no less than what counts in any window: below the lowest ceiling in
# force since the decision, the award fits whatever the days. Where it does not, the days are looked at.
_CEILING = """ceiling AS MATERIALIZED (
    SELECT min(ceiling_cents) AS cents FROM capital.de_minimis_rules
     WHERE valid_from >= (SELECT max(valid_from) FROM capital.de_minimis_rules
                           WHERE valid_from <= :decided_on))"""
_DE_MINIMIS = """de_minimis AS (
    UPDATE capital.de_minimis_counters
       SET counted_cents = counted_cents + :award_cents,
           allowed_cents = greatest(allowed_cents, (SELECT cents FROM ceiling))
     WHERE cae_siren = :cae_siren
       AND counted_cents + :award_cents <= (SELECT cents FROM ceiling){after}
    RETURNING 1)"""
_GRANT = """granted AS (
    UPDATE capital.top_ups
       SET status = 'granted', version_id = :version_id, entitlement_cents = :entitlement_cents,
           award_cents = :award_cents, is_sole_award = :is_sole_award, decided_on = :decided_on,
           decision_reference = :reference, revision = revision + 1
     WHERE id = :id AND status = 'requested'{after}
    RETURNING id, scheme_id, region, cae_siren),
entry AS (
    INSERT INTO capital.journal_entries (id, kind, entry_on, scheme_id, region, cae_siren, top_up_id)
    SELECT CAST(:entry_id AS uuid), 'grant', :decided_on, scheme_id, region, cae_siren, id FROM granted
    RETURNING id, region, cae_siren),
posted AS (
    INSERT INTO capital.postings (entry_id, rank, account, amount_cents, region, cae_siren)
    SELECT entry.id, side.rank, side.account, side.sign * :award_cents, entry.region, entry.cae_siren
      FROM entry, (VALUES (1, 'awards', 1), (2, 'payable', -1)) AS side (rank, account, sign)
    RETURNING 1)
"""

_RECORD = text("""
    WITH decided AS (
        SELECT * FROM unnest(
            CAST(:id_list AS uuid[]), CAST(:version_id_list AS uuid[]),
            CAST(:entitlement_cents_list AS bigint[]), CAST(:award_cents_list AS bigint[]),
            CAST(:is_sole_award_list AS boolean[]),
            CAST(:decided_on_list AS date[]), CAST(:reference_list AS text[]), CAST(:entry_id_list AS uuid[]))
        AS decided (id, version_id, entitlement_cents, award_cents, is_sole_award, decided_on, reference,
                    entry_id)),
    granted AS (
        UPDATE capital.top_ups AS top_up
           SET status = 'granted', version_id = decided.version_id,
               entitlement_cents = decided.entitlement_cents, award_cents = decided.award_cents,
               is_sole_award = decided.is_sole_award, decided_on = decided.decided_on,
               decision_reference = decided.reference, reserved_cents = NULL, reserved_on = NULL,
               revision = revision + 1
          FROM decided
         WHERE top_up.id = decided.id AND top_up.status = 'requested'
        RETURNING top_up.id, top_up.scheme_id, top_up.region, top_up.cae_siren, decided.entry_id,
                  top_up.decided_on, top_up.award_cents),
    entries AS (
        INSERT INTO capital.journal_entries (id, kind, entry_on, scheme_id, region, cae_siren, top_up_id)
        SELECT entry_id, 'grant', decided_on, scheme_id, region, cae_siren, id FROM granted
        RETURNING id)
    INSERT INTO capital.postings (entry_id, rank, account, amount_cents, region, cae_siren)
    SELECT granted.entry_id, side.rank, side.account, side.sign * granted.award_cents,
           granted.region, granted.cae_siren
      FROM granted, (VALUES (1, 'awards', 1), (2, 'payable', -1)) AS side (rank, account, sign)
""")

_SOLE_AWARD = "uq_top_ups_sole_award"


async def lock(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, TopUp]:
    """The top-ups, with the same persons' other dossiers in their schemes, in the order of their ids."""
    regions = None if scope.regions is None else list(scope.regions)
    rows = await session.execute(_LOCK_WITH_THE_PERSONS_OTHERS, {"ids": list(ids), "regions": regions})
    return {row.id: top_up_of(row) for row in rows}


async def take(session: AsyncSession, grant: Grant, counted: Counted) -> bool:
    """Grants the award if it fits whole. If not, or if a counter is not there yet, nothing is changed."""
    top_up, version = grant.candidate.top_up, grant.candidate.version
    decided_on = grant.candidate.decision.decided_on
    budgets = _limited(
        counted.budget_keys(decided_on), version.budget_period.key(decided_on), version.budget_cents
    )
    caps = _limited(counted.cap_keys(decided_on), version.cap_period.key(decided_on), version.cae_cap_cents)
    values = {
        **_values(grant),
        "cae_siren": top_up.cae.siren,
        "scheme_id": top_up.scheme_id,
        "entry_id": new_id(),
        **_named("budget", budgets),
        **_named("cap", caps),
    }
    with _one_award_per_person(grant):
        changed = (await session.execute(_statement(len(budgets), len(caps)), values)).one()
    if changed.granted:
        return True
    await _give_back(session, grant, budgets[: changed.budgets], caps[: changed.caps])
    if changed.de_minimis:
        await de_minimis.add(session, {top_up.cae.siren: -grant.award_cents})
    return False


async def record(session: AsyncSession, grants: Sequence[Grant]) -> None:
    """Many grants by one statement, with their entries in the journal; room is counted by the caller."""
    columns = [_values(grant) for grant in grants]
    values = {f"{name}_list": [column[name] for column in columns] for name in columns[0]}
    with _one_award_per_person(grants[0]):
        await session.execute(_RECORD, {**values, "entry_id_list": [new_id() for _ in grants]})


@contextmanager
def _one_award_per_person(grant: Grant) -> Iterator[None]:
    """The index is the last line, should two dossiers of a person escape each other's lock."""
    try:
        yield
    except IntegrityError as error:
        if _SOLE_AWARD not in str(error.orig):
            raise
        raise AlreadyAwarded(entitlement_cents=grant.award_cents, room_cents=None) from error


def _limited(keys: Sequence[str], limiting: str, limit_cents: int | None) -> list[tuple[str, int | None]]:
    return [(key, limit_cents if key == limiting else None) for key in keys]


def _named(prefix: str, limited: Sequence[tuple[str, int | None]]) -> dict[str, object]:
    named: dict[str, object] = {}
    for rank, (key, limit_cents) in enumerate(limited):
        named |= {f"{prefix}_{rank}": key, f"{prefix}_{rank}_limit": limit_cents}
    return named


async def _give_back(
    session: AsyncSession,
    grant: Grant,
    budgets: Sequence[tuple[str, int | None]],
    caps: Sequence[tuple[str, int | None]],
) -> None:
    """The statement stops at the first limit it meets: what it took before is put back."""
    top_up, back = grant.candidate.top_up, Addition(cents=-grant.award_cents)
    additions = Additions(
        budgets=dict.fromkeys((key for key, _ in budgets), back),
        caps=dict.fromkeys(((top_up.cae.siren, key) for key, _ in caps), back),
    )
    await counters.add(session, top_up.scheme_id, additions)


def _values(grant: Grant) -> dict[str, object]:
    candidate = grant.candidate
    return {
        "id": candidate.top_up.id,
        "version_id": candidate.version.id,
        "entitlement_cents": candidate.entitlement.amount_cents,
        "award_cents": grant.award_cents,
        "is_sole_award": candidate.version.once_per_person,
        "decided_on": candidate.decision.decided_on,
        "reference": candidate.decision.reference,
    }


@lru_cache
def _statement(budgets: int, caps: int) -> TextClause:
    """A scheme counts in one kind of period or two: few statements, each prepared once."""
    names = {f"budget_{rank}": _BUDGET for rank in range(budgets)}
    names |= {f"cap_{rank}": _CAP for rank in range(caps)}
    names["de_minimis"] = _DE_MINIMIS
    steps, after = [_CEILING], ""
    for name, template in names.items():
        steps.append(template.format(name=name, after=after))
        after = f" AND EXISTS (SELECT FROM {name})"
    steps.append(_GRANT.format(after=after))
    tallies = [_tally("budget", budgets), _tally("cap", caps)]
    tallies += [f"(SELECT count(*) FROM {name}) AS {name}" for name in ("de_minimis", "granted")]  # noqa: S608
    return text(f"WITH {', '.join(steps)} SELECT {', '.join(tallies)}")


def _tally(kind: str, number: int) -> str:
    """How many of these steps took room; they stop at the first that did not."""
    counts = [f"(SELECT count(*) FROM {kind}_{rank})" for rank in range(number)]  # noqa: S608 - our own names
    return f"{' + '.join(counts) or '0'} AS {kind}s"
