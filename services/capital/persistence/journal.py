"""The append-only journal. A trigger refuses an entry whose postings do not add up to zero."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.journal import Account, EntryKind, Posting
from services.kernel.identifiers import Siren, new_id

# The entry and all of its postings by one statement: the trigger adds up what a statement wrote.
_WRITE = text("""
    WITH entry AS (
        INSERT INTO capital.journal_entries
               (id, kind, entry_on, scheme_id, region, cae_siren, top_up_id, payment_id,
                clawback_receipt_id)
        VALUES (:id, :kind, :entry_on, :scheme_id, :region, :cae_siren, :top_up_id, :payment_id,
                :clawback_receipt_id)
        RETURNING id, region, cae_siren)
    INSERT INTO capital.postings (entry_id, rank, account, funder_siren, amount_cents, region, cae_siren)
    SELECT entry.id, posting.rank, posting.account, posting.funder_siren, posting.amount_cents,
           entry.region, entry.cae_siren
      FROM entry, unnest(CAST(:accounts AS text[]), CAST(:funders AS text[]), CAST(:amounts AS bigint[]))
                  WITH ORDINALITY AS posting (account, funder_siren, amount_cents, rank)
""")

_BALANCES = text("""
    SELECT entry.scheme_id, posting.account, posting.funder_siren,
           entry.clawback_receipt_id IS NOT NULL AS is_back,
           CAST(sum(posting.amount_cents) AS bigint) AS cents
      FROM capital.journal_entries AS entry
      JOIN capital.postings AS posting ON posting.entry_id = entry.id
     WHERE entry.scheme_id = ANY(:scheme_ids)
     GROUP BY entry.scheme_id, posting.account, posting.funder_siren, is_back
""")


async def write(
    session: AsyncSession,
    kind: EntryKind,
    postings: Sequence[Posting],
    *,
    entry_on: date,
    scheme_id: UUID,
    region: str,
    cae_siren: str,
    top_up_id: UUID | None = None,
    payment_id: UUID | None = None,
    clawback_receipt_id: UUID | None = None,
) -> None:
    values = {
        "id": new_id(),
        "kind": kind.value,
        "entry_on": entry_on,
        "scheme_id": scheme_id,
        "region": region,
        "cae_siren": cae_siren,
        "top_up_id": top_up_id,
        "payment_id": payment_id,
        "clawback_receipt_id": clawback_receipt_id,
        "accounts": [posting.account.value for posting in postings],
        "funders": [posting.funder_siren for posting in postings],
        "amounts": [posting.signed_cents for posting in postings],
    }
    await session.execute(_WRITE, values)


@dataclass(frozen=True, slots=True)
class Balances:
    """Of one scheme, from its postings: what was awarded, what is still owed, what each co-funder paid.

    `clawed_back_cents` is what returned to each co-funder.
    """

    awarded_cents: int = 0
    to_pay_cents: int = 0
    paid_cents: dict[Siren, int] = field(default_factory=dict)
    clawed_back_cents: dict[Siren, int] = field(default_factory=dict)


async def balances(session: AsyncSession, scheme_ids: Collection[UUID]) -> dict[UUID, Balances]:
    rows = await session.execute(_BALANCES, {"scheme_ids": list(scheme_ids)})
    found: dict[UUID, Balances] = {scheme_id: Balances() for scheme_id in scheme_ids}
    for row in rows:
        so_far = found[row.scheme_id]
        match Account(row.account):
            case Account.AWARDS:
                found[row.scheme_id] = replace(so_far, awarded_cents=row.cents)
            case Account.PAYABLE:
                found[row.scheme_id] = replace(so_far, to_pay_cents=-row.cents)
            case Account.CASH if row.is_back:
                so_far.clawed_back_cents[Siren(row.funder_siren)] = row.cents
            case Account.CASH:
                so_far.paid_cents[Siren(row.funder_siren)] = -row.cents
            case Account.RECEIVABLE | Account.CLAWBACKS:
                pass  # the other side of what was received, or is still to come
    return found
