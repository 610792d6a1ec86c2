"""Bodies and answers about funds, contributions and positions."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.kernel.identifiers import Siren
from services.loans.domain.fund import Contribution, Figures, Fund, FunderFigures, FunderKind, Position
from services.loans.domain.fund_access import DEFAULT_ACCESS
from services.loans.domain.terms import DEFAULT_SETTINGS, EligibleContract, FundSettings
from services.loans.rest.fund_access_models import FundAccessAnswer, FundAccessBody
from services.loans.rest.words import FUND_ID, FunderAnswer, FunderBody
from services.loans.usecases.create_fund import CreateFund
from services.loans.usecases.declare_funders import DeclaredFunders, DeclareFunders
from services.loans.usecases.record_contribution import RecordContribution
from services.runtime.fields import (
    Answer,
    Body,
    BusinessDate,
    PositiveCents,
    Reference,
    RegionField,
    ShortText,
)

LONGEST_MONTHS = 600


class FundSettingsBody(Body):
    """A limit that is absent or null is no limit."""

    min_amount_cents: PositiveCents | None = Field(
        None, description="Smallest loan, in cents", examples=[100_000]
    )
    max_amount_cents: PositiveCents | None = Field(
        None, description="Largest loan, in cents", examples=[800_000]
    )
    min_months: int | None = Field(
        None, ge=1, le=LONGEST_MONTHS, description="Shortest duration, in months", examples=[12]
    )
    max_months: int | None = Field(
        None, ge=1, le=LONGEST_MONTHS, description="Longest duration, in months", examples=[60]
    )
    max_grace_months: int | None = Field(
        None, ge=0, le=LONGEST_MONTHS, description="Longest grace, in months", examples=[18]
    )
    grace_included: bool | None = Field(
        None, description="Whether the duration counts the grace; true if absent", examples=[True]
    )
    eligible_contracts: list[EligibleContract] | None = Field(
        None,
        min_length=1,
        max_length=len(EligibleContract),
        description="Who may borrow: `CAPE`, `CESA` (which admits members), `MEMBER`; absent: anyone",
        examples=[["CAPE", "CESA"]],
    )
    max_outstanding_per_person_cents: PositiveCents | None = Field(
        None, description="The most one person may owe the fund, in cents", examples=[1_000_000]
    )
    max_outstanding_per_cae_cents: PositiveCents | None = Field(
        None, description="The most one CAE's entrepreneurs may owe the fund, in cents", examples=[20_000_000]
    )
    lend_in_arrears: bool | None = Field(
        None,
        description="Whether a person in arrears may borrow again; true if absent",
        examples=[False],
    )
    quorum: int | None = Field(
        None, ge=1, le=100, description="Fewest voters of a committee; 3 if absent", examples=[3]
    )
    offer_days: int | None = Field(
        DEFAULT_SETTINGS.offer_days,
        ge=0,
        le=3_650,
        description="Days after the session in which an offer may be signed; 90 if absent, null: no limit",
        examples=[90],
    )

    def settings(self) -> FundSettings:
        kinds = self.eligible_contracts
        return FundSettings(
            min_amount_cents=self.min_amount_cents,
            max_amount_cents=self.max_amount_cents,
            min_months=self.min_months,
            max_months=self.max_months,
            max_grace_months=self.max_grace_months,
            eligible_contracts=None if kinds is None else frozenset(kinds),
            max_outstanding_per_person_cents=self.max_outstanding_per_person_cents,
            max_outstanding_per_cae_cents=self.max_outstanding_per_cae_cents,
            grace_included=self.grace_included is not False,
            lend_in_arrears=self.lend_in_arrears is not False,
            quorum=DEFAULT_SETTINGS.quorum if self.quorum is None else self.quorum,
            offer_days=self.offer_days,
        )


class FundBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "region": "84",
                    "name": "Fonds de prêts d'honneur Auvergne-Rhône-Alpes",
                    "opened_on": "2002-01-01",
                    "settings": {
                        "min_amount_cents": 100_000,
                        "max_amount_cents": 800_000,
                        "min_months": 12,
                        "max_months": 60,
                        "max_grace_months": 18,
                        "eligible_contracts": ["CAPE", "CESA"],
                        "quorum": 3,
                    },
                }
            ]
        }
    )

    region: RegionField = Field(description="INSEE code of the region", examples=["84"])
    name: ShortText = Field(
        description="The fund's name, its own in the region",
        examples=["Fonds de prêts d'honneur Auvergne-Rhône-Alpes"],
    )
    opened_on: BusinessDate = Field(description="The day the fund opened", examples=["2002-01-01"])
    settings: FundSettingsBody | None = Field(
        None,
        description="The fund's limits. Absent: the usual ones (1 000 to 8 000 EUR, 12 to 60 months,"
        " grace of 18 months at most inside the duration, quorum 3, offers open 90 days)",
    )
    access: FundAccessBody | None = Field(
        None, description="What partners read of persons, and which acts ask for a second person"
    )

    def order(self) -> CreateFund:
        settings = DEFAULT_SETTINGS if self.settings is None else self.settings.settings()
        access = DEFAULT_ACCESS if self.access is None else self.access.access()
        return CreateFund(self.region, self.name, self.opened_on, settings, access)


class FundSettingsAnswer(Answer):
    min_amount_cents: int | None = Field(description="Smallest loan; null: no limit", examples=[100_000])
    max_amount_cents: int | None = Field(description="Largest loan; null: no limit", examples=[800_000])
    min_months: int | None = Field(description="Shortest duration; null: no limit", examples=[12])
    max_months: int | None = Field(description="Longest duration; null: no limit", examples=[60])
    max_grace_months: int | None = Field(description="Longest grace; null: no limit", examples=[18])
    grace_included: bool = Field(description="Whether the duration counts the grace", examples=[True])
    eligible_contracts: list[EligibleContract] | None = Field(
        description="Who may borrow; null: anyone", examples=[["CAPE", "CESA"]]
    )
    max_outstanding_per_person_cents: int | None = Field(
        description="The most one person may owe the fund; null: no limit", examples=[1_000_000]
    )
    max_outstanding_per_cae_cents: int | None = Field(
        description="The most one CAE's entrepreneurs may owe the fund; null: no limit", examples=[20_000_000]
    )
    lend_in_arrears: bool = Field(
        description="Whether a person in arrears may borrow again", examples=[False]
    )
    quorum: int = Field(description="Fewest voters of a committee", examples=[3])
    offer_days: int | None = Field(
        description="Days in which an offer may be signed; null: no limit", examples=[90]
    )

    @classmethod
    def of(cls, settings: FundSettings) -> "FundSettingsAnswer":
        kinds = settings.eligible_contracts
        return cls(
            min_amount_cents=settings.min_amount_cents,
            max_amount_cents=settings.max_amount_cents,
            min_months=settings.min_months,
            max_months=settings.max_months,
            max_grace_months=settings.max_grace_months,
            grace_included=settings.grace_included,
            eligible_contracts=None if kinds is None else sorted(kinds),
            max_outstanding_per_person_cents=settings.max_outstanding_per_person_cents,
            max_outstanding_per_cae_cents=settings.max_outstanding_per_cae_cents,
            lend_in_arrears=settings.lend_in_arrears,
            quorum=settings.quorum,
            offer_days=settings.offer_days,
        )


class FundAnswer(Answer):
    id: UUID = Field(description="The fund's id", examples=[FUND_ID])
    status: str = Field(description="`open`", examples=["open"])
    region: str = Field(description="INSEE code of the region", examples=["84"])
    name: str = Field(
        description="The fund's name", examples=["Fonds de prêts d'honneur Auvergne-Rhône-Alpes"]
    )
    opened_on: date = Field(description="The day the fund opened", examples=["2002-01-01"])
    settings: FundSettingsAnswer = Field(description="The fund's limits")
    access: FundAccessAnswer = Field(description="What it asks of persons, and shows of them")
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, fund: Fund) -> "FundAnswer":
        return cls(
            id=fund.id,
            status="open",
            region=fund.region,
            name=fund.name,
            opened_on=fund.opened_on,
            settings=FundSettingsAnswer.of(fund.settings),
            access=FundAccessAnswer.of(fund.access),
            created_at=fund.created_at,
        )


class ContributionBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "funder": {"siren": "200053767", "name": "Région Auvergne-Rhône-Alpes", "kind": "region"},
                    "convention": "2024-ARA-117",
                    "amount_cents": 8_000_000,
                    "paid_on": "2024-01-05",
                }
            ]
        }
    )

    funder: FunderBody = Field(description="Who pays in; known by its SIREN from its first contribution")
    convention: Reference = Field(
        description="The dated convention it is paid under", examples=["2024-ARA-117"]
    )
    amount_cents: PositiveCents = Field(description="What was paid in, in cents", examples=[8_000_000])
    paid_on: BusinessDate = Field(description="The day the money reached the fund", examples=["2024-01-05"])

    def order(self, fund_id: UUID) -> RecordContribution:
        return RecordContribution(
            fund_id, self.funder.identity(), self.convention, self.amount_cents, self.paid_on
        )


class ContributionAnswer(Answer):
    id: UUID = Field(description="The contribution's id", examples=["01932b00-8e31-7f85-b0a7-be536c718a9f"])
    status: str = Field(description="`paid`", examples=["paid"])
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    funder: FunderAnswer = Field(description="Who paid in")
    convention: str = Field(description="The convention it is paid under", examples=["2024-ARA-117"])
    amount_cents: int = Field(description="What was paid in, in cents", examples=[8_000_000])
    paid_on: date = Field(description="The day the money reached the fund", examples=["2024-01-05"])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, contribution: Contribution) -> "ContributionAnswer":
        return cls(
            id=contribution.id,
            status="paid",
            fund_id=contribution.fund_id,
            funder=FunderAnswer.of(contribution.funder),
            convention=contribution.convention,
            amount_cents=contribution.amount_cents,
            paid_on=contribution.paid_on,
            created_at=contribution.created_at,
        )


class DeclarationBody(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"declared_on": "2026-01-15"}]})

    declared_on: BusinessDate = Field(
        description="The day from which the funders bear the imported loans", examples=["2026-01-15"]
    )

    def order(self, fund_id: UUID) -> DeclareFunders:
        return DeclareFunders(fund_id, self.declared_on)


class DeclarationAnswer(Answer):
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    declared_on: date = Field(
        description="From which day the funders bear the loans", examples=["2026-01-15"]
    )
    loans: int = Field(description="How many loans they took over", examples=[240])
    principal_cents: int = Field(description="What those loans lent, in cents", examples=[124_699_964])

    @classmethod
    def of(cls, declared: DeclaredFunders) -> "DeclarationAnswer":
        return cls(
            fund_id=declared.fund_id,
            declared_on=declared.declared_on,
            loans=declared.loans,
            principal_cents=declared.principal_cents,
        )


class FiguresAnswer(Answer):
    """What became of money. `available` may be negative after an import or a bounced repayment."""

    paid_in_cents: int = Field(description="Contributions paid in", examples=[10_000_000])
    committed_cents: int = Field(
        description="Approved and not yet disbursed; by funder, as it would be split", examples=[600_000]
    )
    disbursed_cents: int = Field(description="Lent in all", examples=[800_000])
    repaid_cents: int = Field(description="Paid back, net of what bounced", examples=[222_230])
    recovered_cents: int = Field(description="Received after a loss", examples=[0])
    written_off_cents: int = Field(description="Lost, before what was recovered", examples=[0])
    available_cents: int = Field(
        description="paid in + repaid + recovered - disbursed - committed", examples=[8_822_230]
    )
    outstanding_cents: int = Field(
        description="disbursed - repaid - written off: what is still owed", examples=[577_770]
    )


class FunderFiguresAnswer(FiguresAnswer):
    siren: Siren | None = Field(
        description="The funder's SIREN; null for the placeholder « à déclarer »", examples=["200053767"]
    )
    name: str = Field(description="The funder's name", examples=["Région Auvergne-Rhône-Alpes"])
    kind: FunderKind = Field(description="What kind of funder it is", examples=["region"])

    @classmethod
    def of(cls, part: FunderFigures) -> "FunderFiguresAnswer":
        return cls(
            siren=part.funder.siren,
            name=part.funder.name,
            kind=part.funder.kind,
            **_figures(part.figures),
        )


class PositionAnswer(FiguresAnswer):
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    as_of: date = Field(description="The date of the position", examples=["2025-12-31"])
    by_funder: list[FunderFiguresAnswer] = Field(
        description="The same by funder, in convention order, adding up to the whole. A funder sees its own"
    )

    @classmethod
    def of(cls, position: Position) -> "PositionAnswer":
        return cls(
            fund_id=position.fund.id,
            as_of=position.as_of,
            by_funder=[FunderFiguresAnswer.of(part) for part in position.by_funder],
            **_figures(position.whole),
        )


def _figures(figures: Figures) -> dict[str, int]:
    return {name: getattr(figures, name) for name in FiguresAnswer.model_fields}
