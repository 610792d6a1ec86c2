"""A CAE as the loans service knows it: by its SIREN, and by its dossiers."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Self

import strawberry

from services.kernel.identifiers import Siren, parse_siren
from services.loans.domain.indicators import Indicators
from services.loans.graphql import batches
from services.loans.graphql.batches import IndicatorsOf
from services.loans.graphql.indicators import Indicator, LoanIndicators, indicators_of
from services.loans.graphql.lists import Loans, loans_of_cae
from services.loans.graphql.repayment_curve import RepaymentCurve, Since, Until, curve
from services.loans.persistence.indicators import Group
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents


@strawberry.federation.type(
    keys=["siren"],
    description="A coopérative d'activité et d'emploi, by its SIREN. Its lists tell whether it has dossiers.",
)
class Cae:
    key_field: ClassVar[str] = "siren"

    siren: Siren = strawberry.field(description="Its SIREN, nine digits.")

    @resolved(
        "Its name in the latest dossier of the service that answers; null where the caller sees none there.",
        shareable=True,
    )
    async def name(self, info: Info) -> str | None:
        return await info.context.load(batches.names_of_caes, self.siren)

    @resolved("Its entrepreneurs' loans, newest first.")
    async def loans(self, info: Info, first: int | None = 25, after: str | None = None) -> Loans | None:
        return await loans_of_cae(info.context, self.siren, first=first, after=after)

    @resolved("What its entrepreneurs still owe today.")
    async def exposure_cents(self, info: Info) -> Cents | None:
        found = await self._indicators(info, info.context.today)
        return Cents(found.outstanding.numerator_cents) if found else None

    @resolved("What its entrepreneurs repaid of what fell due.")
    async def repayment_rate(self, info: Info, as_of: date | None = None) -> Indicator | None:
        found = await self._indicators(info, as_of or info.context.today)
        return Indicator.of(found.repayment_rate, info.context.language) if found else None

    @resolved("How the loans go of those it hosts on the day; of one year of disbursement, or of all.")
    async def indicators(
        self, info: Info, as_of: date | None = None, cohort: int | None = None
    ) -> LoanIndicators | None:
        return await indicators_of(info, Group.CAE, self.siren, as_of=as_of, cohort=cohort)

    @resolved("What was expected and what came, by month; the last twelve unless days are given.")
    async def repayment_curve(
        self, info: Info, since: Since = None, until: Until = None, cohort: int | None = None
    ) -> RepaymentCurve | None:
        return await curve(info, Group.CAE, self.siren, since=since, until=until, cohort=cohort)

    async def _indicators(self, info: Info, as_of: date) -> Indicators | None:
        return await info.context.load(IndicatorsOf(Group.CAE, as_of), self.siren)

    @classmethod
    def parse_key(cls, value: object) -> Siren:
        return parse_siren(str(value))

    @classmethod
    async def resolve_references(cls, _context: Context, keys: Sequence[Siren]) -> list[Self | None]:
        return [cls(siren=siren) for siren in keys]
