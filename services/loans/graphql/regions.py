"""A region, by its INSEE code."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Self

import strawberry

from services.kernel.regions import REGIONS
from services.loans.graphql import batches
from services.loans.graphql.funds import LoanFund
from services.loans.graphql.indicators import LoanIndicators, indicators_of
from services.loans.graphql.repayment_curve import RepaymentCurve, Since, Until, curve
from services.loans.graphql.words import FundType
from services.loans.persistence.indicators import Group
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved

CODE_LENGTH = 2


@strawberry.federation.type(keys=["code"], description="A French region.")
class Region:
    key_field: ClassVar[str] = "code"

    code: strawberry.ID = strawberry.field(description="Its INSEE code, two characters: 84, 01...")

    @resolved("Its name; null only where the service that was asked for it is down.", shareable=True)
    def name(self) -> str | None:
        # Nullable, so that one service that is down never takes the region away with its name.
        return REGIONS[self.code]

    @resolved("Its loan funds, by name.")
    async def loan_funds(self, info: Info) -> list[FundType] | None:
        found = await info.context.load(batches.funds_of_regions, str(self.code))
        return [LoanFund.of(fund, info.context.today) for fund in found or []]

    @resolved("How its loans go, today or on another day; of one year of disbursement, or of all.")
    async def indicators(
        self, info: Info, as_of: date | None = None, cohort: int | None = None
    ) -> LoanIndicators | None:
        return await indicators_of(info, Group.REGION, str(self.code), as_of=as_of, cohort=cohort)

    @resolved("What was expected and what came, by month; the last twelve unless days are given.")
    async def repayment_curve(
        self, info: Info, since: Since = None, until: Until = None, cohort: int | None = None
    ) -> RepaymentCurve | None:
        return await curve(info, Group.REGION, str(self.code), since=since, until=until, cohort=cohort)

    @classmethod
    def of(cls, code: str) -> Self | None:
        return cls(code=strawberry.ID(code)) if code in REGIONS else None

    @classmethod
    def parse_key(cls, value: object) -> str:
        if not isinstance(value, str) or len(value) != CODE_LENGTH:
            raise ValueError(f"not a region's code: {value!r}")
        return value

    @classmethod
    async def resolve_references(cls, _context: Context, keys: Sequence[str]) -> list[Self | None]:
        return [cls.of(code) for code in keys]
