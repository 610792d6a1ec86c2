"""The roots of the loans subgraph.

`cae`, `entrepreneur` and `region` stand in both subgraphs and mean the same in both: they answer for any
well-formed key, and the lists below them tell what there is. So it never matters which subgraph is asked.
"""

from datetime import date

import strawberry

from services.kernel.identifiers import EntrepreneurId, parse_siren
from services.loans.domain.arrears import Bucket
from services.loans.domain.loan import LoanStatus
from services.loans.domain.loan_list import LoanSort
from services.loans.graphql import batches, committee_batches
from services.loans.graphql.caes import Cae
from services.loans.graphql.committees import CommitteeSession
from services.loans.graphql.entrepreneurs import Entrepreneur
from services.loans.graphql.funds import LoanFund
from services.loans.graphql.lists import Loans, loans_page, wanted_loans
from services.loans.graphql.loans import Loan
from services.loans.graphql.regions import Region
from services.loans.usecases.follow_events import FOLLOWERS
from services.runtime.graphql.context import Info
from services.runtime.graphql.events import END, feed_cursor
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, parse_id, parse_with


@strawberry.type
class Query:
    @resolved("A CAE by its SIREN; its lists tell whether it has dossiers.", shareable=True)
    def cae(self, siren: strawberry.ID) -> Cae | None:
        return Cae(siren=parse_with(parse_siren, siren, "siren"))

    @resolved("A person by their id; the lists tell whether they have dossiers.", shareable=True)
    def entrepreneur(self, id: strawberry.ID) -> Entrepreneur | None:  # noqa: A002 - the name at the door
        return Entrepreneur(id=EntrepreneurId(parse_id(id)))

    @resolved("A region by its INSEE code; null for a code that is none.", shareable=True)
    def region(self, code: strawberry.ID) -> Region | None:
        return Region.of(code)

    @resolved("A loan fund by its id; null if there is none that the caller may see.")
    async def loan_fund(self, info: Info, id: strawberry.ID) -> LoanFund | None:  # noqa: A002
        return await info.context.load(batches.funds_by_id, parse_id(id))

    @resolved("A committee's session by its id; null if there is none that the caller may see.")
    async def committee_session(self, info: Info, id: strawberry.ID) -> CommitteeSession | None:  # noqa: A002
        found = await info.context.load(committee_batches.sessions_by_id, parse_id(id))
        return CommitteeSession.of(found) if found else None

    @resolved("A loan by its id, today or on a past day; null if there is none that the caller may see.")
    async def loan(self, info: Info, id: strawberry.ID, as_of: date | None = None) -> Loan | None:  # noqa: A002
        loader = batches.loans_by_id if as_of is None else batches.LoansAsOf(as_of)
        found = await info.context.load(loader, parse_id(id))
        return Loan.of(found, info.context, as_of=as_of) if found else None

    @resolved("Loans that the caller may see, newest first or sorted as asked.")
    async def loans(
        self,
        info: Info,
        first: int | None = 25,
        after: str | None = None,
        fund_id: strawberry.ID | None = None,
        cae: strawberry.ID | None = None,
        status: LoanStatus | None = None,
        late: bool | None = None,
        bucket: Bucket | None = None,
        due_from: date | None = None,
        due_to: date | None = None,
        min_amount_cents: Cents | None = None,
        max_amount_cents: Cents | None = None,
        min_outstanding_cents: Cents | None = None,
        sort: LoanSort = LoanSort.NEWEST,
    ) -> Loans:
        wanted = wanted_loans(
            fund_id=fund_id,
            cae=cae,
            status=status,
            late=late,
            bucket=bucket,
            due_from=due_from,
            due_to=due_to,
            min_amount_cents=min_amount_cents,
            max_amount_cents=max_amount_cents,
            min_outstanding_cents=min_outstanding_cents,
        )
        return await loans_page(info.context, wanted, sort, first=first, after=after)

    @resolved(END)
    async def loan_events_cursor(self, info: Info, from_start: bool = False) -> str:
        return await feed_cursor(info.context, FOLLOWERS, from_start=from_start)
