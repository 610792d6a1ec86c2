"""What is written of a loan: its entries, its schedules and its repayments, page by page."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.life.facts import LoanFile
from services.loans.domain.repayment import Repayment
from services.loans.persistence.journal import JournalPlace, PlacedEntry
from services.loans.rest.journal_models import EntryAnswer, JournalAnswer
from services.loans.rest.life_models import SchedulesAnswer, ScheduleVersionAnswer
from services.loans.rest.repayment_models import RepaymentAnswer, RepaymentsAnswer
from services.loans.usecases.read_borrowers import funds_that_name
from services.loans.usecases.read_loan_life import (
    count_entries,
    list_entries,
    read_entry,
    read_file_of_repayment,
    read_schedules,
)
from services.loans.usecases.read_loans import read_file
from services.loans.usecases.read_repayment_declarations import declarations_confirmed_by
from services.runtime.call import Call, get_call, read
from services.runtime.pagination import PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/loans", tags=["loans"])
repayments = APIRouter(prefix="/repayments", tags=["repayments"])
CallHere = Annotated[Call, Depends(get_call)]
PageHere = Annotated[PageQuery, Depends(page_query)]


@router.get("/{loan_id}/entries", summary="Read a loan's journal, by date, with links to what it records")
async def get_entries(loan_id: UUID, call: CallHere, page: PageHere) -> JournalAnswer:
    after = None
    if page.after is not None:
        after = JournalPlace(*decode_cursor(page.after, date.fromisoformat, datetime.fromisoformat, UUID))

    async def query(session: AsyncSession) -> JournalAnswer:
        loan, found = await list_entries(session, call.caller, loan_id, after=after, limit=page.limit)
        entries, following = cut_page(found, page.limit, _cursor_of)
        total = await count_entries(session, call.caller, loan_id) if page.count else None
        return JournalAnswer(
            loan_id=loan_id,
            entries=[EntryAnswer.of(entry, loan) for entry in entries],
            next=following,
            total=total,
        )

    return await read(call, query)


@router.get("/{loan_id}/entries/{entry_id}", summary="Read one entry of a loan's journal")
async def get_entry(loan_id: UUID, entry_id: UUID, call: CallHere) -> EntryAnswer:
    async def query(session: AsyncSession) -> EntryAnswer:
        loan, entry = await read_entry(session, call.caller, loan_id, entry_id)
        return EntryAnswer.of(entry, loan)

    return await read(call, query)


@router.get(
    "/{loan_id}/schedules", summary="List every schedule that a loan has had, with what was paid of each"
)
async def get_schedules(loan_id: UUID, call: CallHere, page: PageHere) -> SchedulesAnswer:
    after = 0 if page.after is None else int(decode_cursor(page.after, int)[0])

    async def query(session: AsyncSession) -> SchedulesAnswer:
        loan, versions = await read_schedules(session, call.caller, loan_id)
        naming = await funds_that_name(session, call.caller, {loan.fund_id})
        following = [paid for paid in versions if paid.version.version > after]
        shown, further = cut_page(following, page.limit, lambda paid: encode_cursor(paid.version.version))
        return SchedulesAnswer(
            loan_id=loan_id,
            schedules=[ScheduleVersionAnswer.of(paid, shows_names=loan.fund_id in naming) for paid in shown],
            next=further,
            total=len(versions) if page.count else None,
        )

    return await read(call, query)


@router.get("/{loan_id}/repayments", summary="List a loan's repayments, with those that bounced")
async def get_repayments(loan_id: UUID, call: CallHere, page: PageHere) -> RepaymentsAnswer:
    after = 0 if page.after is None else int(decode_cursor(page.after, int)[0])

    async def query(session: AsyncSession) -> RepaymentsAnswer:
        file = await read_file(session, call.caller, loan_id)
        following = [one for one in file.repayments if one.recorded_rank > after]
        shown, further = cut_page(following, page.limit, lambda one: encode_cursor(one.recorded_rank))
        return RepaymentsAnswer(
            loan_id=loan_id,
            repayments=await _answers(session, call, file, shown),
            next=further,
            total=len(file.repayments) if page.count else None,
        )

    return await read(call, query)


# Only where it is an id: beside it stands a batch, which has no GET.
@repayments.get("/{repayment_id:uuid}", summary="Read a repayment")
async def get_repayment(repayment_id: UUID, call: CallHere) -> RepaymentAnswer:
    async def query(session: AsyncSession) -> RepaymentAnswer:
        file = await read_file_of_repayment(session, call.caller, repayment_id)
        asked = [one for one in file.repayments if one.id == repayment_id]
        return (await _answers(session, call, file, asked))[0]

    return await read(call, query)


async def _answers(
    session: AsyncSession, call: Call, file: LoanFile, shown: list[Repayment]
) -> list[RepaymentAnswer]:
    declared = await declarations_confirmed_by(session, call.caller, [one.id for one in shown])
    naming = await funds_that_name(session, call.caller, {file.loan.fund_id})
    return [
        RepaymentAnswer.among(
            one, file, declaration_id=declared.get(one.id), shows_names=file.loan.fund_id in naming
        )
        for one in shown
    ]


def _cursor_of(placed: PlacedEntry) -> str:
    place = placed.place
    return encode_cursor(place.on.isoformat(), place.recorded_at.isoformat(), str(place.entry_id))
