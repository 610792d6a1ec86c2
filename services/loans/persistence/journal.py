"""The journal: entries are only ever added, each whole."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.ledger import Account, Entry, EntryKind, Posting, credited_parts
from services.loans.domain.life.movements import Credited
from services.loans.persistence.tables import JournalEntryRow, PostingRow
from services.loans.persistence.wide_statements import in_array, insert_rows, table_of

ENTRIES = table_of(JournalEntryRow)
POSTINGS = table_of(PostingRow)


def entry_values(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "fund_id": entry.fund_id,
        "region": entry.region,
        "cae_siren": entry.cae_siren,
        "loan_id": entry.loan_id,
        "kind": entry.kind.value,
        "on_date": entry.on,
        "repayment_id": entry.repayment_id,
        "reverses": entry.reverses,
        "restates": entry.restates and entry.restates.value,
    }


def posting_values(entry: Entry) -> list[dict[str, object]]:
    return [
        {
            "entry_id": entry.id,
            "rank": rank,
            "account": posting.account.value,
            "funder_id": posting.funder_id,
            "amount_cents": posting.amount_cents,
            "region": entry.region,
            "cae_siren": entry.cae_siren,
        }
        for rank, posting in enumerate(entry.postings, start=1)
    ]


async def add(session: AsyncSession, entries: Sequence[Entry]) -> None:
    await insert_rows(session, JournalEntryRow, map(entry_values, entries))
    await insert_rows(
        session, PostingRow, (posting for entry in entries for posting in posting_values(entry))
    )


async def of_loans(session: AsyncSession, loan_ids: Collection[UUID]) -> dict[UUID, list[Entry]]:
    """Each loan's entries by date, then as they were recorded."""
    entries = (
        await session.execute(
            select(ENTRIES)
            .where(in_array(ENTRIES.c.loan_id, loan_ids))
            .order_by(ENTRIES.c.on_date, ENTRIES.c.recorded_at, ENTRIES.c.id)
        )
    ).all()
    postings: dict[UUID, list[Posting]] = {row.id: [] for row in entries}
    found = await session.execute(
        select(POSTINGS)
        .join(ENTRIES, ENTRIES.c.id == POSTINGS.c.entry_id)
        .where(in_array(ENTRIES.c.loan_id, loan_ids))
        .order_by(POSTINGS.c.entry_id, POSTINGS.c.rank)
    )
    for row in found:
        postings[row.entry_id].append(Posting(Account(row.account), row.funder_id, row.amount_cents))
    journal: dict[UUID, list[Entry]] = {loan_id: [] for loan_id in loan_ids}
    for row in entries:
        journal[row.loan_id].append(
            Entry(
                id=row.id,
                fund_id=row.fund_id,
                region=row.region,
                kind=EntryKind(row.kind),
                on=row.on_date,
                postings=tuple(postings[row.id]),
                loan_id=row.loan_id,
                cae_siren=row.cae_siren,
                repayment_id=row.repayment_id,
                reverses=row.reverses,
                restates=None if row.restates is None else EntryKind(row.restates),
            )
        )
    return journal


async def credit_of(session: AsyncSession, loan_id: UUID, repayment_id: UUID) -> Credited:
    """The entry that recorded a repayment, and what it credited to each funder."""
    found = await session.execute(
        select(POSTINGS.c.entry_id, POSTINGS.c.account, POSTINGS.c.funder_id, POSTINGS.c.amount_cents)
        .join(ENTRIES, ENTRIES.c.id == POSTINGS.c.entry_id)
        .where(
            ENTRIES.c.loan_id == loan_id,
            ENTRIES.c.repayment_id == repayment_id,
            ENTRIES.c.kind == EntryKind.REPAYMENT.value,
        )
    )
    rows = found.all()
    postings = [Posting(Account(row.account), row.funder_id, row.amount_cents) for row in rows]
    return Credited(rows[0].entry_id, credited_parts(postings))
