"""Bodies and answers about funds, contributions and positions."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.kernel.identifiers import Siren
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.loans.domain.fund import Figures, Fund, FunderFigures, Position
from services.loans.domain.fund_access import DEFAULT_ACCESS
from services.loans.domain.funders import FunderKind
from services.loans.domain.indicators import percent
from services.loans.domain.target_shares import TargetGap
from services.loans.domain.terms import DEFAULT_SETTINGS
from services.loans.rest.fund_access_models import FundAccessAnswer, FundAccessBody
from services.loans.rest.fund_settings_models import (
    DatedSettingsAnswer,
    FundSettingsAnswer,
    FundSettingsBody,
    TargetShareAnswer,
)
from services.loans.rest.words import FUND_ID
from services.loans.usecases.change_fund import ChangeFund
from services.loans.usecases.create_fund import CreateFund
from services.loans.usecases.declare_funders import DeclaredFunders, DeclareFunders
from services.runtime.fields import (
    Answer,
    Body,
    BusinessDate,
    RegionField,
    ShortText,
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


class FundChangesBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"settings": {"max_amount_cents": 1_000_000}, "valid_from": "2027-01-01"},
                {"access": {"second_person_for": ["disbursement", "write_off"]}},
            ]
        }
    )

    access: FundAccessBody | None = Field(
        None, description="What it asks of persons; what is absent or null stays as it is"
    )
    settings: FundSettingsBody | None = Field(
        None,
        description="The limits that change, as a new version; what is absent stays as it is, null: no limit",
    )
    valid_from: BusinessDate | None = Field(
        None,
        description="From which day the new settings hold, after the last version's, or that of a version"
        " still to come, which they replace; today if absent",
        examples=["2027-01-01"],
    )

    def order(self, fund_id: UUID) -> ChangeFund:
        if self.access is None and self.settings is None:
            reason = Text("dites ce qui change : settings ou access", "say what changes: settings or access")
            raise InvalidInput("", reason)
        access = FundAccessBody() if self.access is None else self.access
        return ChangeFund(
            fund_id,
            access.partners_see_names,
            access.acts(),
            None if self.settings is None else self.settings.changes(),
            self.valid_from,
        )


class FundAnswer(Answer):
    id: UUID = Field(description="The fund's id", examples=[FUND_ID])
    status: str = Field(description="`open`", examples=["open"])
    region: str = Field(description="INSEE code of the region", examples=["84"])
    name: str = Field(
        description="The fund's name", examples=["Fonds de prêts d'honneur Auvergne-Rhône-Alpes"]
    )
    opened_on: date = Field(description="The day the fund opened", examples=["2002-01-01"])
    settings: FundSettingsAnswer = Field(description="The fund's limits, in force today")
    settings_version: int = Field(description="Which version of them it is", examples=[1])
    settings_valid_from: date = Field(description="Since when it holds", examples=["2002-01-01"])
    settings_to_come: list[DatedSettingsAnswer] = Field(
        description="Versions recorded that do not hold yet, the next one first"
    )
    access: FundAccessAnswer = Field(description="What it asks of persons, and shows of them")
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])

    @classmethod
    def of(cls, fund: Fund, today: date) -> "FundAnswer":
        held = fund.settings_on(today)
        return cls(
            id=fund.id,
            status="open",
            region=fund.region,
            name=fund.name,
            opened_on=fund.opened_on,
            settings=FundSettingsAnswer.of(held.settings),
            settings_version=held.version,
            settings_valid_from=held.valid_from,
            settings_to_come=[
                DatedSettingsAnswer.of(dated) for dated in fund.versions if dated.version > held.version
            ],
            access=FundAccessAnswer.of(fund.access),
            created_at=fund.created_at,
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

    pledged_cents: int = Field(description="Pledged under conventions", examples=[12_000_000])
    to_come_cents: int = Field(description="Pledged and not yet paid in", examples=[2_000_000])
    paid_in_cents: int = Field(description="Contributions paid in", examples=[10_000_000])
    withdrawn_cents: int = Field(description="Taken back by funders", examples=[0])
    committed_cents: int = Field(
        description="Approved and not yet disbursed; by funder, as it would be split", examples=[600_000]
    )
    disbursed_cents: int = Field(description="Lent in all", examples=[800_000])
    repaid_cents: int = Field(description="Paid back, net of what bounced", examples=[222_230])
    recovered_cents: int = Field(description="Received after a loss", examples=[0])
    written_off_cents: int = Field(description="Lost, before what was recovered", examples=[0])
    available_cents: int = Field(
        description="paid in - withdrawn + repaid + recovered - disbursed - committed",
        examples=[8_822_230],
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


class TargetGapAnswer(TargetShareAnswer):
    actual_percent: str | None = Field(
        description="Paid in less taken back, of the fund's; two decimals, null if the fund has nothing",
        examples=["12.50"],
    )
    gap_cents: int | None = Field(
        description="What would have to be paid in, others' money unchanged, to reach the share; null: no sum"
        " would do",
        examples=[750_000],
    )

    @classmethod
    def of(cls, gap: TargetGap) -> "TargetGapAnswer":  # type: ignore[override]
        target = gap.target
        return cls(
            kind=target.kind,
            siren=target.siren,
            percent=target.percent,
            actual_percent=percent(gap.held_cents, gap.whole_cents),
            gap_cents=gap.gap_cents,
        )


class PositionAnswer(FiguresAnswer):
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    as_of: date = Field(description="The date of the position", examples=["2025-12-31"])
    by_funder: list[FunderFiguresAnswer] = Field(
        description="The same by funder, in convention order, adding up to the whole. A funder sees its own"
    )

    targets: list[TargetGapAnswer] = Field(
        description="The shares that funders are wanted to bear, by the settings of then; a funder is told"
        " of its own"
    )

    @classmethod
    def of(cls, position: Position) -> "PositionAnswer":
        return cls(
            fund_id=position.fund.id,
            as_of=position.as_of,
            by_funder=[FunderFiguresAnswer.of(part) for part in position.by_funder],
            targets=[TargetGapAnswer.of(gap) for gap in position.targets],
            **_figures(position.whole),
        )


def _figures(figures: Figures) -> dict[str, int]:
    return {name: getattr(figures, name) for name in FiguresAnswer.model_fields}
