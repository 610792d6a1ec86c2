"""The journal: entries are only ever added, each whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.ledger import Account, Entry, EntryKind, Posting, credited_parts
from services.loans.domain.life.movements import Credited
from services.loans.persistence.tables import JournalEntryRow, PostingRow, TrancheRow
from services.loans.persistence.wide_statements import (
    PreparedRows,
    in_array,
    insert_prepared,
    prepare_rows,
    table_of,
)

ENTRIES = table_of(JournalEntryRow)
POSTINGS = table_of(PostingRow)
TRANCHES = table_of(TrancheRow)


def entry_values(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "fund_id": entry.fund_id,
        "region": entry.region,
        "cae_siren": entry.cae_siren,
        "loan_id": entry.loan_id,
        "kind": entry.kind,
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
            "account": posting.account,
            "funder_id": posting.funder_id,
            "amount_cents": posting.amount_cents,
            "region": entry.region,
            "cae_siren": entry.cae_siren,
        }
        for rank, posting in enumerate(entry.postings, start=1)
    ]


def prepared(entries: Sequence[Entry]) -> tuple[PreparedRows, PreparedRows]:
    """Entries come before the postings that name them."""
    return (
        prepare_rows(JournalEntryRow, map(entry_values, entries)),
        prepare_rows(PostingRow, (posting for entry in entries for posting in posting_values(entry))),
    )


async def add(session: AsyncSession, entries: Sequence[Entry]) -> None:
    for rows in prepared(entries):
        await insert_prepared(session, rows)


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """Where a page of a journal ends: entries stand by date, then as they were recorded."""

    on: date
    recorded_at: datetime
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """`tranche_id` is what a disbursement paid: entries and tranches are recorded together, one for one."""

    entry: Entry
    place: JournalPlace
    tranche_id: UUID | None


async def page(
    session: AsyncSession, loan_id: UUID, *, after: JournalPlace | None, limit: int
) -> list[PlacedEntry]:
    """One more than `limit` where there is a next page."""
    place = (ENTRIES.c.on_date, ENTRIES.c.recorded_at, ENTRIES.c.id)
    query = select(ENTRIES).where(ENTRIES.c.loan_id == loan_id)
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(after.on, after.recorded_at, after.entry_id))
    return await _placed(session, loan_id, query.order_by(*place).limit(limit + 1))


async def find(session: AsyncSession, loan_id: UUID, entry_id: UUID) -> PlacedEntry | None:
    query = select(ENTRIES).where(ENTRIES.c.loan_id == loan_id, ENTRIES.c.id == entry_id)
    return next(iter(await _placed(session, loan_id, query)), None)


async def count(session: AsyncSession, loan_id: UUID) -> int:
    query = select(func.count()).select_from(ENTRIES).where(ENTRIES.c.loan_id == loan_id)
    return int((await session.execute(query)).scalar_one())


async def _placed(session: AsyncSession, loan_id: UUID, query: Select[Any]) -> list[PlacedEntry]:
    rows = (await session.execute(query)).all()
    postings: dict[UUID, list[Posting]] = {row.id: [] for row in rows}
    found = await session.execute(
        select(POSTINGS)
        .where(in_array(POSTINGS.c.entry_id, postings))
        .order_by(POSTINGS.c.entry_id, POSTINGS.c.rank)
    )
    for row in found:
        postings[row.entry_id].append(Posting(Account(row.account), row.funder_id, row.amount_cents))
    has_disbursement = any(row.kind == EntryKind.DISBURSEMENT.value for row in rows)
    tranches = await _tranches_of_entries(session, loan_id) if has_disbursement else {}
    return [
        PlacedEntry(
            _to_entry(row, tuple(postings[row.id])),
            JournalPlace(row.on_date, row.recorded_at, row.id),
            tranches.get(row.id),
        )
        for row in rows
    ]


async def _tranches_of_entries(session: AsyncSession, loan_id: UUID) -> dict[UUID, UUID]:
    entries = await session.scalars(
        select(ENTRIES.c.id)
        .where(ENTRIES.c.loan_id == loan_id, ENTRIES.c.kind == EntryKind.DISBURSEMENT.value)
        .order_by(ENTRIES.c.recorded_at, ENTRIES.c.id)
    )
    tranches = await session.scalars(
        select(TRANCHES.c.id).where(TRANCHES.c.loan_id == loan_id).order_by(TRANCHES.c.recorded_rank)
    )
    return dict(zip(entries, tranches, strict=True))


def _to_entry(row: Any, postings: tuple[Posting, ...]) -> Entry:
    return Entry(
        id=row.id,
        fund_id=row.fund_id,
        region=row.region,
        kind=EntryKind(row.kind),
        on=row.on_date,
        postings=postings,
        loan_id=row.loan_id,
        cae_siren=row.cae_siren,
        repayment_id=row.repayment_id,
        reverses=row.reverses,
        restates=None if row.restates is None else EntryKind(row.restates),
    )


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
