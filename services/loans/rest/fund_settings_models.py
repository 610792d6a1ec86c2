"""A fund's dated settings, as bodies and answers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field, StrictBool

from services.kernel.identifiers import Siren
from services.loans.domain.fund_settings import DatedSettings
from services.loans.domain.funders import FunderKind
from services.loans.domain.target_shares import TargetShare
from services.loans.domain.terms import DEFAULT_SETTINGS, EligibleContract, FundSettings
from services.loans.rest.words import FUND_ID, DeclaredKind
from services.runtime.fields import Answer, Body, PositiveCents, SirenField

LONGEST_MONTHS = 600


class TargetShareBody(Body):
    """Of one funder (`siren`) or of all those of a kind (`kind`): one or the other."""

    kind: DeclaredKind | None = Field(None, description="Of all the funders of a kind", examples=["state"])
    siren: SirenField | None = Field(None, description="Of one funder, by its SIREN", examples=["110044013"])
    percent: int = Field(ge=1, le=100, description="The share, in whole percents", examples=[20])

    def target(self) -> TargetShare:
        return TargetShare(self.percent, self.kind, self.siren)


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
    grace_included: StrictBool | None = Field(
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
    lend_in_arrears: StrictBool | None = Field(
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

    target_shares: list[TargetShareBody] | None = Field(
        None,
        max_length=20,
        description="The shares of the fund that funders are wanted to bear; none if absent",
        examples=[[{"kind": "state", "percent": 20}]],
    )

    def settings(self) -> FundSettings:
        return FundSettings(**{name: self._value(name) for name in FundSettingsBody.model_fields})

    def changes(self) -> dict[str, Any]:
        """What a change says; the rest stays as it is."""
        return {name: self._value(name) for name in self.model_fields_set}

    def _value(self, name: str) -> Any:
        given = getattr(self, name)
        match name:
            case "eligible_contracts":
                return None if given is None else frozenset(given)
            case "target_shares":
                return tuple(share.target() for share in given or ())
            case "grace_included" | "lend_in_arrears" | "quorum":
                return getattr(DEFAULT_SETTINGS, name) if given is None else given
        return given


class TargetShareAnswer(Answer):
    kind: FunderKind | None = Field(description="Of all the funders of a kind", examples=["state"])
    siren: Siren | None = Field(description="Of one funder, by its SIREN", examples=["110044013"])
    percent: int = Field(description="The share, in whole percents", examples=[20])

    @classmethod
    def of(cls, target: TargetShare) -> "TargetShareAnswer":
        return cls(kind=target.kind, siren=target.siren, percent=target.percent)


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

    target_shares: list[TargetShareAnswer] = Field(
        description="The shares of the fund that funders are wanted to bear"
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
            target_shares=[TargetShareAnswer.of(target) for target in settings.target_shares],
        )


class DatedSettingsAnswer(Answer):
    version: int = Field(description="Counted from 1 in the fund; dossiers name it", examples=[2])
    valid_from: date = Field(
        description="Since when it holds, until the next one does", examples=["2025-01-01"]
    )
    recorded_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])
    settings: FundSettingsAnswer = Field(description="The limits")

    @classmethod
    def of(cls, dated: DatedSettings) -> "DatedSettingsAnswer":
        return cls(
            version=dated.version,
            valid_from=dated.valid_from,
            recorded_at=dated.recorded_at,
            settings=FundSettingsAnswer.of(dated.settings),
        )


class SettingsVersionsAnswer(Answer):
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    versions: list[DatedSettingsAnswer] = Field(description="From the first to the last, those to come too")
