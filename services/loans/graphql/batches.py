"""What the subgraph reads, for many keys at once: rights first, then one query within the caller's sight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.application import Application
from services.loans.domain.borrower import Contact
from services.loans.domain.draft import Draft
from services.loans.domain.fund import Fund, Position
from services.loans.domain.indicators import Indicators
from services.loans.domain.life.borrower_events import BorrowerEvent
from services.loans.domain.life.facts import Tranche
from services.loans.domain.life.standing import allocations_of
from services.loans.domain.life.stays import CaeStay
from services.loans.domain.loan import Loan
from services.loans.domain.loan_list import LoanPlace, LoanSort
from services.loans.domain.refusals import LoansElement
from services.loans.domain.repayment import Repayment
from services.loans.domain.repayment_curve import CurvePoint
from services.loans.domain.repayment_declaration import RepaymentDeclaration
from services.loans.domain.schedule import Allocation
from services.loans.domain.statements import Period, Statements
from services.loans.domain.terms import FundSettings
from services.loans.persistence import cae_stays, caes, funds, loan_facts, loan_files, whole_loans
from services.loans.persistence import funds_of_funders as fed
from services.loans.persistence.indicators import Group
from services.loans.persistence.loan_lists import LoanFilter
from services.loans.usecases import (
    read_applications,
    read_borrowers,
    read_funds,
    read_indicators,
    read_loans,
    read_repayment_curve,
    read_repayment_declarations,
    read_statements,
)
from services.loans.usecases.read_loan_life import PaidVersion, paid_versions, read_loan_as_of
from services.runtime.graphql.context import Context

if TYPE_CHECKING:
    from services.loans.graphql.funds import LoanFund


async def funds_by_id(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, "LoanFund"]:
    """As the graph shows them: a page of loans is often of one fund, which is made once."""
    from services.loans.graphql.funds import LoanFund  # noqa: PLC0415 - its own fields are read from here

    require(context.caller, Act.READ_FUND)
    found = await funds.by_ids(session, ids, context.caller.scope)
    return {fund_id: LoanFund.of(fund, context.today) for fund_id, fund in found.items()}


async def fund_of(context: Context, fund_id: UUID) -> "LoanFund":
    found = await context.load(funds_by_id, fund_id)
    if found is None:
        raise NotFound(what=LoansElement.FUND, id=fund_id)
    return found


async def funds_of_regions(
    session: AsyncSession, context: Context, codes: Sequence[str], /
) -> Mapping[str, list[Fund]]:
    require(context.caller, Act.READ_FUND)
    return await funds.by_regions(session, codes, context.caller.scope)


async def funds_of_funders(
    session: AsyncSession, context: Context, sirens: Sequence[Siren], /
) -> Mapping[Siren, list[Fund]]:
    require(context.caller, Act.READ_FUND)
    return await fed.of_funders(session, sirens, context.caller.scope)


@dataclass(frozen=True, slots=True)
class PositionsOf:
    as_of: date

    async def __call__(
        self, session: AsyncSession, context: Context, fund_ids: Sequence[UUID], /
    ) -> Mapping[UUID, Position]:
        """Of funds that the caller has read; absent where a funder bears nothing of one."""
        found = {}
        for fund_id in fund_ids:
            try:
                found[fund_id] = await read_funds.read_position(
                    session, context.caller, fund_id, as_of=self.as_of, today=context.today
                )
            except NotFound:
                continue
        return found


@dataclass(frozen=True, slots=True)
class StatementsOf:
    period: Period

    async def __call__(
        self, session: AsyncSession, context: Context, fund_ids: Sequence[UUID], /
    ) -> Mapping[UUID, Statements]:
        """Of funds that the caller has read."""
        found = {}
        for fund_id in fund_ids:
            try:
                found[fund_id] = await read_statements.read_statements(
                    session, context.caller, fund_id, self.period, today=context.today
                )
            except NotFound:
                continue
        return found


async def loans_by_id(session: AsyncSession, context: Context, ids: Sequence[UUID], /) -> Mapping[UUID, Loan]:
    require(context.caller, Act.READ_LOAN)
    return await whole_loans.by_ids(session, ids, context.caller.scope)


async def tranches_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, tuple[Tranche, ...]]:
    require(context.caller, Act.READ_LOAN)
    return await loan_facts.tranches_of(session, ids)


async def stays_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, tuple[CaeStay, ...]]:
    require(context.caller, Act.READ_LOAN)
    return await cae_stays.of_loans(session, ids)


async def events_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, tuple[BorrowerEvent, ...]]:
    require(context.caller, Act.READ_LOAN)
    return await loan_files.events_of(session, ids)


async def schedules_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, list[PaidVersion]]:
    require(context.caller, Act.READ_LOAN)
    return {file.loan.id: paid_versions(file) for file in await loan_files.of_loans(session, ids)}


@dataclass(frozen=True, slots=True)
class LoansAsOf:
    as_of: date

    async def __call__(
        self, session: AsyncSession, context: Context, ids: Sequence[UUID], /
    ) -> Mapping[UUID, Loan]:
        """Absent where the caller sees none of that id; one that was not there yet is refused."""
        found = {}
        for loan_id in ids:
            try:
                whole = await read_loan_as_of(
                    session, context.caller, loan_id, self.as_of, today=context.today
                )
            except NotFound:
                continue
            found[loan_id] = whole.loan
        return found


async def loans_of_entrepreneurs(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, list[Loan]]:
    return await read_loans.loans_of_entrepreneurs(session, context.caller, ids)


@dataclass(frozen=True, slots=True)
class LoansOfCaes:
    """One more than `first`, so that a connection knows of a next page."""

    first: int
    after: UUID | None

    async def __call__(
        self, session: AsyncSession, context: Context, sirens: Sequence[str], /
    ) -> Mapping[str, list[Loan]]:
        return await read_loans.loan_pages_of_caes(
            session,
            context.caller,
            sirens,
            LoanFilter(),
            after=self.after,
            limit=self.first,
            today=context.today,
        )


async def counts_of_caes(
    session: AsyncSession, context: Context, sirens: Sequence[Siren], /
) -> Mapping[Siren, int]:
    require(context.caller, Act.READ_LOAN)
    return await caes.count_loans(session, sirens, context.caller.scope)


async def names_of_caes(
    session: AsyncSession, context: Context, sirens: Sequence[Siren], /
) -> Mapping[Siren, str]:
    require(context.caller, Act.READ_LOAN)
    return await caes.names(session, sirens, context.caller.scope)


@dataclass(frozen=True, slots=True)
class PagesOfLoans:
    """One more than `first`, so that a connection knows of a next page."""

    sort: LoanSort
    first: int
    after: LoanPlace | None

    async def __call__(
        self, session: AsyncSession, context: Context, filters: Sequence[LoanFilter], /
    ) -> Mapping[LoanFilter, list[Loan]]:
        return {
            wanted: await read_loans.list_loans(
                session,
                context.caller,
                wanted,
                self.sort,
                after=self.after,
                limit=self.first,
                today=context.today,
            )
            for wanted in filters
        }


async def counts_of_loans(
    session: AsyncSession, context: Context, lists: Sequence[tuple[LoanFilter, LoanSort]], /
) -> Mapping[tuple[LoanFilter, LoanSort], int]:
    return {
        (wanted, sort): await read_loans.count_loans(
            session, context.caller, wanted, sort, today=context.today
        )
        for wanted, sort in lists
    }


async def repayments_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, tuple[Repayment, ...]]:
    """Of loans that the caller has read."""
    require(context.caller, Act.READ_LOAN)
    return await loan_files.repayments_of(session, ids)


async def allocations_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, Mapping[UUID, list[Allocation]]]:
    """By repayment, of loans that the caller has read."""
    require(context.caller, Act.READ_LOAN)
    return {
        file.loan.id: {one.id: allocations_of(file, one) for one in file.repayments}
        for file in await loan_files.of_loans(session, ids)
    }


async def naming_funds(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, bool]:
    """Whether the caller reads persons in a fund's dossiers."""
    return dict.fromkeys(await read_borrowers.funds_that_name(session, context.caller, ids), True)


async def borrowers_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, Contact]:
    return await read_borrowers.borrowers_of_loans(session, context.caller, ids)


async def borrowers_of_applications(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, Contact]:
    return await read_borrowers.borrowers_of_applications(session, context.caller, ids)


async def declarations_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, list[RepaymentDeclaration]]:
    return await read_repayment_declarations.declarations_of_loans(session, context.caller, ids)


async def applications_of_entrepreneurs(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, list[Application]]:
    return await read_applications.applications_of_entrepreneurs(session, context.caller, ids)


async def drafts_of_entrepreneurs(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, list[tuple[Draft, FundSettings]]]:
    """Each with what its fund asks of it today."""
    found = await read_applications.drafts_of_entrepreneurs(session, context.caller, ids)
    fund_ids = {draft.fund_id for theirs in found.values() for draft in theirs}
    asked = await read_funds.read_each_fund(session, context.caller, fund_ids)
    settings = {fund.id: fund.settings_on(context.today).settings for fund in asked}
    return {
        person: [(draft, settings[draft.fund_id]) for draft in theirs] for person, theirs in found.items()
    }


@dataclass(frozen=True, slots=True)
class IndicatorsOf:
    """Of regions, funds, CAEs or funders, as `whose` says. A day to come has no figures yet."""

    whose: Group
    as_of: date
    cohort: int | None = None

    async def __call__(
        self, session: AsyncSession, context: Context, keys: Sequence[Any], /
    ) -> Mapping[Any, Indicators]:
        return await read_indicators.indicators_by(
            session,
            context.caller,
            self.whose,
            keys,
            as_of=self.as_of,
            today=context.today,
            cohort=self.cohort,
        )


@dataclass(frozen=True, slots=True)
class CurveOf:
    whose: Group
    since: date | None
    until: date | None
    cohort: int | None = None

    async def __call__(
        self, session: AsyncSession, context: Context, keys: Sequence[Any], /
    ) -> Mapping[Any, list[CurvePoint]]:
        """Absent where the caller sees no such region, fund, CAE or funder."""
        found = {}
        for key in keys:
            try:
                found[key] = await read_repayment_curve.read_repayment_curve(
                    session,
                    context.caller,
                    read_indicators.scope_of(self.whose, key, self.cohort),
                    first=self.since,
                    last=self.until,
                    today=context.today,
                )
            except NotFound:
                continue
        return found
