"""Loans as compiled documents show them: rows of the columns that are asked (see `compiled.columns`)."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from uuid import UUID

import strawberry

from services.loans.domain.arrears import Bucket, bucket_of
from services.loans.domain.loan import arrears_cents_since, days_late_since
from services.loans.domain.loan_list import LoanSort
from services.loans.graphql import row_batches
from services.loans.graphql.caes import Cae
from services.loans.graphql.entrepreneurs import Entrepreneur
from services.loans.graphql.fund_columns import FundColumns, fund_of_loan, fund_of_query, funds
from services.loans.graphql.funds import LoanFund
from services.loans.graphql.lists import Loans, loans_of_cae, loans_page, wanted_loans
from services.loans.graphql.loan_life import KeptInstalment
from services.loans.graphql.loans import Loan
from services.loans.persistence.loan_columns import SCHEDULE
from services.runtime.database.written_once import Rows
from services.runtime.graphql.compiled.columns import ByColumns, Form, Reader
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.scalars import parse_id

OUTSTANDING = ("principal_cents", "repaid_cents", "written_off_cents")
LATE = ("next_due_on", "today")


class LoanColumns(Form):
    """What is not here, a loan of the domain tells: all that needs its whole history does."""

    __slots__ = ()
    shows = Loan
    needs: ClassVar = {
        **{
            name: (name,)
            for name in (
                *("id", "number", "status", "granted_cents", "principal_cents", "repaid_cents"),
                *("written_off_cents", "recovered_cents", "next_due_on", "months", "grace_months"),
                *("settings_version", "disbursed_on", "written_off_on", "contract_kind", "cae_name"),
                *("written_off_cause", "schedule_version", "entrepreneur_reference", "created_at"),
            )
        },
        "outstanding_cents": OUTSTANDING,
        "arrears_cents": (*LATE, "due_cents", "repaid_cents"),
        "days_late": LATE,
        "bucket": LATE,
        "as_of": (),
        "schedule": (*SCHEDULE, "repaid_cents"),
        "cae": ("cae_siren",),
        "entrepreneur": ("entrepreneur_id",),
        "region": ("region",),
        "fund": ("fund_id",),
        **dict.fromkeys(
            (
                *("borrower", "repayments", "tranches", "stays", "borrower_events", "schedules"),
                *("repayment_declarations", "contacts", "promises"),
            ),
            ("id",),
        ),
    }
    as_of: ClassVar = None

    @property
    def outstanding_cents(self: Any) -> int:
        return int(self.principal_cents - self.repaid_cents - self.written_off_cents)

    @property
    def arrears_cents(self: Any) -> int:
        return arrears_cents_since(self.next_due_on, self.due_cents, self.repaid_cents, self.today)

    @property
    def days_late(self: Any) -> int:
        return days_late_since(self.next_due_on, self.today)

    @property
    def bucket(self) -> Bucket | None:
        return bucket_of(self.days_late)

    @property
    def instalments(self: Any) -> Iterable[KeptInstalment]:
        return zip(
            *(self.ranks or (), self.due_dates or (), self.amounts_cents or (), self.cumulated_cents or ()),
            strict=True,
        )

    @property
    def region_code(self: Any) -> strawberry.ID:
        return strawberry.ID(self.region)


async def entities(context: Context, ids: Sequence[UUID], *, rows: Rows) -> list[Any]:
    return await context.load_many(row_batches.RowsOfLoans(rows), ids)


async def of_query(
    _query: None,
    info: Info,
    *,
    rows: Rows,
    sort: LoanSort,
    first: int | None = 25,
    after: str | None = None,
    **asked: Any,
) -> Loans:
    return await loans_page(info.context, wanted_loans(**asked), sort, first=first, after=after, rows=rows)


async def of_id(
    _query: None,
    info: Info,
    *,
    rows: Rows,
    id: strawberry.ID,  # noqa: A002 - the name at the door
    as_of: None = None,  # noqa: ARG001 - a document that says one is read as ever
) -> Any:
    return await info.context.load(row_batches.RowsOfLoans(rows), parse_id(id))


async def of_cae(
    cae: Cae, info: Info, *, rows: Rows, first: int | None = 25, after: str | None = None
) -> Loans:
    return await loans_of_cae(info.context, cae.siren, first=first, after=after, rows=rows)


async def of_entrepreneur(entrepreneur: Entrepreneur, info: Info, *, rows: Rows) -> list[Any]:
    return await info.context.load(row_batches.RowsOfEntrepreneurs(rows), entrepreneur.id) or []


BY_COLUMNS = ByColumns(
    fields={
        ("Query", "loans"): Reader(LoanColumns, of_query, always=("id", "next_due_on", *OUTSTANDING)),
        ("Query", "loan"): Reader(LoanColumns, of_id, always=("id",), unless=frozenset({"asOf"})),
        ("Query", "loan_fund"): Reader(FundColumns, fund_of_query, always=("id",)),
        ("Loan", "fund"): Reader(FundColumns, fund_of_loan, always=("id",)),
        ("Cae", "loans"): Reader(LoanColumns, of_cae, always=("id", "cae_siren")),
        ("Entrepreneur", "loans"): Reader(LoanColumns, of_entrepreneur, always=("id", "entrepreneur_id")),
    },
    entities={
        Loan: Reader(LoanColumns, entities, always=("id",)),
        LoanFund: Reader(FundColumns, funds, always=("id",)),
    },
)
