"""A region's fund, its settings, and what became of its money."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, ClassVar, Self
from uuid import UUID

import strawberry

from services.kernel.identifiers import Siren
from services.loans.domain.fund import Figures, Fund, FunderFigures, Position
from services.loans.domain.fund_access import FundAccess, SecondPersonAct
from services.loans.domain.fund_settings import DatedSettings
from services.loans.domain.funders import FunderKind
from services.loans.domain.statements import Period
from services.loans.graphql import batches
from services.loans.graphql.batches import PositionsOf, StatementsOf
from services.loans.graphql.committee_batches import SessionsOfFunds, counts_of_funds
from services.loans.graphql.committees import CommitteeSession, Sessions, cursor_of_session
from services.loans.graphql.fund_settings import (
    LoanFundSettings,
    LoanFundSettingsVersion,
    LoanFundTargetGap,
)
from services.loans.graphql.indicators import LoanIndicators, indicators_of
from services.loans.graphql.lists import first_and_after
from services.loans.graphql.repayment_curve import RepaymentCurve, Since, Until, curve
from services.loans.graphql.statements import LoanFundStatements
from services.loans.graphql.words import FunderType, RegionType
from services.loans.persistence.indicators import Group
from services.runtime.graphql.connections import make_connection
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant


@strawberry.type(description="What a fund asks of who acts on its money, and shows of persons.")
class LoanFundAccess:
    partners_see_names: bool = strawberry.field(description="Whether partners read who borrows.")
    second_person_for: list[SecondPersonAct] = strawberry.field(
        description="Acts asked of another person than the one who recorded the committee's decision."
    )

    @classmethod
    def of(cls, access: FundAccess) -> Self:
        return cls(
            partners_see_names=access.partners_see_names, second_person_for=sorted(access.second_person_for)
        )


@strawberry.type
class FundFigures:
    """What became of money: the same fields for a whole fund and for one funder."""

    pledged_cents: Cents = strawberry.field(description="Pledged by funders.")
    to_come_cents: Cents = strawberry.field(description="Pledged and not yet paid in.")
    paid_in_cents: Cents = strawberry.field(description="Contributions paid in.")
    withdrawn_cents: Cents = strawberry.field(description="Taken back by funders.")
    committed_cents: Cents = strawberry.field(description="Approved and not yet disbursed.")
    disbursed_cents: Cents = strawberry.field(description="Lent.")
    repaid_cents: Cents = strawberry.field(description="Come back, reversals taken off.")
    recovered_cents: Cents = strawberry.field(description="Come after a loss.")
    written_off_cents: Cents = strawberry.field(description="Lost.")
    available_cents: Cents = strawberry.field(description="What may be promised; may be negative.")
    outstanding_cents: Cents = strawberry.field(description="Still owed by borrowers.")


def amounts(figures: Figures) -> dict[str, Cents]:
    return {
        field: Cents(getattr(figures, field))
        for field in (
            "pledged_cents",
            "to_come_cents",
            "paid_in_cents",
            "withdrawn_cents",
            "committed_cents",
            "disbursed_cents",
            "repaid_cents",
            "recovered_cents",
            "written_off_cents",
            "available_cents",
            "outstanding_cents",
        )
    }


@strawberry.type(description="What became of one funder's money in a fund.")
class FunderPosition(FundFigures):
    siren: Siren | None = strawberry.field(
        description="Its SIREN; null for imported loans whose funders are not declared yet."
    )
    name: str = strawberry.field(description="The funder's name in the convention.")
    kind: FunderKind = strawberry.field(description="What kind of body it is.")

    @resolved("The funder; null where it has no SIREN.")
    def funder(self) -> FunderType | None:
        from services.loans.graphql.funders import Funder  # noqa: PLC0415 - the types point at each other

        return Funder(siren=self.siren) if self.siren is not None else None

    @classmethod
    def of(cls, part: FunderFigures) -> Self:
        funder = part.funder
        return cls(siren=funder.siren, name=funder.name, kind=funder.kind, **amounts(part.figures))


@strawberry.type(
    description="What became of a fund's money on a day, by funder; of it a funder sees its own part."
)
class LoanFundPosition(FundFigures):
    as_of: date = strawberry.field(description="The day that it is true of.")
    by_funder: list[FunderPosition] = strawberry.field(description="Each funder's part, to the cent.")
    targets: list[LoanFundTargetGap] = strawberry.field(
        description="The shares that funders are wanted to bear, and what each is short of."
    )

    @classmethod
    def of(cls, position: Position) -> Self:
        return cls(
            as_of=position.as_of,
            by_funder=[FunderPosition.of(part) for part in position.by_funder],
            targets=[LoanFundTargetGap.of(gap) for gap in position.targets],
            **amounts(position.whole),
        )


@strawberry.federation.type(keys=["id"], description="A region's fund of zero-interest loans.")
class LoanFund:
    key_field: ClassVar[str] = "id"

    id: UUID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Its name, unique in its region.")
    opened_on: date = strawberry.field(description="When it opened.")
    settings_version: int = strawberry.field(description="Which version of them it is.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    fund: strawberry.Private[Fund]
    held: strawberry.Private[DatedSettings]

    @property
    def region_code(self) -> strawberry.ID:
        return strawberry.ID(self.fund.region)

    @resolved("Its rules, in force today.")
    def settings(self) -> LoanFundSettings:
        return LoanFundSettings.of(self.held.settings)

    @resolved("Every version, from the first; those to come too.")
    def settings_versions(self) -> list[LoanFundSettingsVersion]:
        return [LoanFundSettingsVersion.of(dated) for dated in self.fund.versions]

    @resolved("What it asks of persons, and shows of them.")
    def access(self) -> LoanFundAccess:
        return LoanFundAccess.of(self.fund.access)

    @resolved("Its region.")
    def region(self) -> RegionType:
        from services.loans.graphql.regions import Region  # noqa: PLC0415 - the types point at each other

        return Region(code=self.region_code)

    @resolved("What became of its money, today or on another day; not for CAEs.")
    async def position(self, info: Info, as_of: date | None = None) -> LoanFundPosition | None:
        found = await info.context.load(PositionsOf(as_of or info.context.today), self.id)
        return LoanFundPosition.of(found) if found else None

    @resolved("Its funders' statements over a period; for its operator and its funders.")
    async def statements(
        self,
        info: Info,
        first: Annotated[date | None, strawberry.argument(name="from")] = None,
        last: Annotated[date | None, strawberry.argument(name="to")] = None,
    ) -> LoanFundStatements | None:
        until = last or info.context.today
        period = Period(first or date(until.year, 1, 1), until)
        found = await info.context.load(StatementsOf(period), self.id)
        return LoanFundStatements.of(found) if found else None

    @resolved("The sessions of its committee, newest first; not for CAEs, nor for funders.")
    async def committee_sessions(
        self, info: Info, first: int | None = 25, after: str | None = None
    ) -> Sessions | None:
        most, start = first_and_after(first, after)
        found = await info.context.load(SessionsOfFunds(most, start), self.id)

        async def count() -> int:
            return await info.context.load(counts_of_funds, self.id) or 0

        return make_connection(
            found or [],
            first=most,
            after=after,
            cursor_of=cursor_of_session,
            node_of=CommitteeSession.of,
            count=count,
        )

    @resolved("How its loans go, today or on another day; of one year of disbursement, or of all.")
    async def indicators(
        self, info: Info, as_of: date | None = None, cohort: int | None = None
    ) -> LoanIndicators | None:
        return await indicators_of(info, Group.FUND, self.id, as_of=as_of, cohort=cohort)

    @resolved("What was expected and what came, by month; the last twelve unless days are given.")
    async def repayment_curve(
        self, info: Info, since: Since = None, until: Until = None, cohort: int | None = None
    ) -> RepaymentCurve | None:
        return await curve(info, Group.FUND, self.id, since=since, until=until, cohort=cohort)

    @classmethod
    def of(cls, fund: Fund, today: date) -> Self:
        held = fund.settings_on(today)
        return cls(
            id=fund.id,
            name=fund.name,
            opened_on=fund.opened_on,
            settings_version=held.version,
            created_at=Instant(fund.created_at),
            fund=fund,
            held=held,
        )

    @classmethod
    def parse_key(cls, value: object) -> UUID:
        return UUID(str(value))

    @classmethod
    async def resolve_references(cls, context: Context, keys: Sequence[UUID]) -> "list[LoanFund | None]":
        return await context.load_many(batches.funds_by_id, keys)
