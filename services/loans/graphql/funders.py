"""Who pays into loan funds, by its SIREN."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Self

import strawberry

from services.kernel.identifiers import Siren, parse_siren
from services.loans.graphql import batches
from services.loans.graphql.funds import LoanFund
from services.loans.graphql.indicators import LoanIndicators, indicators_of
from services.loans.graphql.repayment_curve import RepaymentCurve, Since, Until, curve
from services.loans.graphql.words import FundType
from services.loans.persistence.indicators import Group
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved


@strawberry.federation.type(keys=["siren"], description="Who pays: a Région, the State, Bpifrance, CDC...")
class Funder:
    key_field: ClassVar[str] = "siren"

    siren: Siren = strawberry.field(description="Its SIREN, nine digits.")

    @resolved("The loan funds that it feeds, by name.")
    async def loan_funds(self, info: Info) -> list[FundType] | None:
        found = await info.context.load(batches.funds_of_funders, self.siren)
        return [LoanFund.of(fund, info.context.today) for fund in found or []]

    @resolved("How its part of loans goes, today or on another day; null where the caller may not see it.")
    async def indicators(
        self, info: Info, as_of: date | None = None, cohort: int | None = None
    ) -> LoanIndicators | None:
        return await indicators_of(info, Group.FUNDER, self.siren, as_of=as_of, cohort=cohort)

    @resolved("What was expected and what came of its part, by month; the last twelve unless days are given.")
    async def repayment_curve(
        self, info: Info, since: Since = None, until: Until = None, cohort: int | None = None
    ) -> RepaymentCurve | None:
        return await curve(info, Group.FUNDER, self.siren, since=since, until=until, cohort=cohort)

    @classmethod
    def parse_key(cls, value: object) -> Siren:
        return parse_siren(str(value))

    @classmethod
    async def resolve_references(cls, _context: Context, keys: Sequence[Siren]) -> list[Self | None]:
        return [cls(siren=siren) for siren in keys]
