"""The rules of a fund, and since when each version of them holds."""

from datetime import date
from typing import Self

import strawberry

from services.kernel.identifiers import Siren
from services.loans.domain.fund_settings import DatedSettings
from services.loans.domain.funders import FunderKind
from services.loans.domain.indicators import percent
from services.loans.domain.target_shares import TargetGap, TargetShare
from services.loans.domain.terms import EligibleContract, FundSettings
from services.runtime.graphql.scalars import Cents, Instant, cents_or_none


@strawberry.type(description="The share of a fund that a funder, or all those of a kind, are wanted to bear.")
class LoanFundTargetShare:
    kind: FunderKind | None = strawberry.field(description="Of all the funders of a kind.")
    siren: Siren | None = strawberry.field(description="Of one funder.")
    percent: int = strawberry.field(description="In whole percents.")

    @classmethod
    def of(cls, target: TargetShare) -> Self:
        return cls(kind=target.kind, siren=target.siren, percent=target.percent)


@strawberry.type(description="A share that is wanted of a funder, what it bears, and what it is short of.")
class LoanFundTargetGap:
    kind: FunderKind | None = strawberry.field(description="Of all the funders of a kind.")
    siren: Siren | None = strawberry.field(description="Of one funder.")
    percent: int = strawberry.field(description="The share wanted, in whole percents.")
    actual_percent: str | None = strawberry.field(
        description="Paid in less taken back, of the fund's; null if the fund has nothing."
    )
    gap_cents: Cents | None = strawberry.field(
        description="What would have to be paid in to reach the share; null if no sum would do."
    )

    @classmethod
    def of(cls, gap: TargetGap) -> Self:
        target = gap.target
        return cls(
            kind=target.kind,
            siren=target.siren,
            percent=target.percent,
            actual_percent=percent(gap.held_cents, gap.whole_cents),
            gap_cents=cents_or_none(gap.gap_cents),
        )


@strawberry.type(description="The rules of a fund; null is no limit.")
class LoanFundSettings:
    min_amount_cents: Cents | None = strawberry.field(description="Smallest loan.")
    max_amount_cents: Cents | None = strawberry.field(description="Largest loan.")
    min_months: int | None = strawberry.field(description="Shortest duration.")
    max_months: int | None = strawberry.field(description="Longest duration.")
    max_grace_months: int | None = strawberry.field(description="Longest grace.")
    grace_included: bool = strawberry.field(description="Whether the duration includes the grace.")
    eligible_contracts: list[EligibleContract] | None = strawberry.field(description="Who may borrow.")
    max_outstanding_per_person_cents: Cents | None = strawberry.field(description="Most owed by one person.")
    max_outstanding_per_cae_cents: Cents | None = strawberry.field(description="Most owed through one CAE.")
    lend_in_arrears: bool = strawberry.field(description="Whether a person in arrears may borrow again.")
    quorum: int = strawberry.field(description="Fewest voters of a committee.")
    offer_days: int | None = strawberry.field(description="Days that an offer stays open after the session.")
    target_shares: list[LoanFundTargetShare] = strawberry.field(
        description="The shares of the fund that funders are wanted to bear."
    )

    @classmethod
    def of(cls, settings: FundSettings) -> Self:
        eligible = settings.eligible_contracts
        return cls(
            min_amount_cents=cents_or_none(settings.min_amount_cents),
            max_amount_cents=cents_or_none(settings.max_amount_cents),
            min_months=settings.min_months,
            max_months=settings.max_months,
            max_grace_months=settings.max_grace_months,
            grace_included=settings.grace_included,
            eligible_contracts=None if eligible is None else sorted(eligible),
            max_outstanding_per_person_cents=cents_or_none(settings.max_outstanding_per_person_cents),
            max_outstanding_per_cae_cents=cents_or_none(settings.max_outstanding_per_cae_cents),
            lend_in_arrears=settings.lend_in_arrears,
            quorum=settings.quorum,
            offer_days=settings.offer_days,
            target_shares=[LoanFundTargetShare.of(target) for target in settings.target_shares],
        )


@strawberry.type(description="A version of a fund's rules.")
class LoanFundSettingsVersion:
    version: int = strawberry.field(description="Counted from 1 in the fund.")
    valid_from: date = strawberry.field(description="Since when it holds, until the next one does.")
    recorded_at: Instant = strawberry.field(description="When it was recorded.")
    settings: LoanFundSettings = strawberry.field(description="The rules.")

    @classmethod
    def of(cls, dated: DatedSettings) -> Self:
        return cls(
            version=dated.version,
            valid_from=dated.valid_from,
            recorded_at=Instant(dated.recorded_at),
            settings=LoanFundSettings.of(dated.settings),
        )
