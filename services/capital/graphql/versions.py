"""The rules of a scheme from a date on, and who bears them."""

from datetime import date
from typing import Self
from uuid import UUID

import strawberry

from services.capital.domain.schemes import (
    BelowFloor,
    ClawbackRule,
    ContributionBasis,
    FunderShare,
    Period,
    PriorityGroup,
    ReservesAt,
    Version,
)
from services.capital.graphql.words import FunderType
from services.kernel.identifiers import Siren, Siret
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents, Instant, cents_or_none


@strawberry.type(description="A co-funder's part of each award of a version.")
class FunderShareOfScheme:
    name: str = strawberry.field(description="The funder's name in the convention.")
    share_percent: float = strawberry.field(description="A percentage, up to four decimals.")
    siren: Siren = strawberry.field(description="The funder's SIREN.")
    siret: Siret | None = strawberry.field(description="Its establishment that grants, where it is said.")

    @resolved("The funder.")
    def funder(self) -> FunderType:
        from services.capital.graphql.funders import Funder  # noqa: PLC0415 - the types point at each other

        return Funder(siren=self.siren)

    @classmethod
    def of(cls, share: FunderShare) -> Self:
        return cls(name=share.name, share_percent=float(share.percent), siren=share.siren, siret=share.siret)


@strawberry.type(description="People whom a region helps more.")
class TopUpPriorityGroup:
    criterion: str = strawberry.field(description="What a request names to be of this group.")
    label: str = strawberry.field(description="What officers read.")
    ceiling_cents: Cents = strawberry.field(description="The largest award of one person of the group.")
    match_ratio: float | None = strawberry.field(
        description="Euros given for each euro of theirs; null: as for everybody."
    )

    @classmethod
    def of(cls, group: PriorityGroup) -> Self:
        return cls(
            criterion=group.criterion,
            label=group.label,
            ceiling_cents=Cents(group.ceiling_cents),
            match_ratio=None if group.match_ratio is None else float(group.match_ratio),
        )


@strawberry.type(description="The rules of a scheme from a date on. In use, never changed, only succeeded.")
class TopUpSchemeVersion:
    id: UUID = strawberry.field(description="Its id.")
    valid_from: date = strawberry.field(description="Applies to contributions paid up from this day on.")
    valid_until: date | None = strawberry.field(
        description="The last day it applies to; null: until the next one starts."
    )
    floor_cents: Cents = strawberry.field(description="The smallest award.")
    ceiling_cents: Cents = strawberry.field(description="The largest award of one person.")
    match_ratio: float = strawberry.field(description="Euros given for each euro contributed.")
    below_floor: BelowFloor = strawberry.field(description="What a contribution below the floor gives.")
    contribution_basis: ContributionBasis = strawberry.field(description="What counts as a contribution.")
    priority_groups: list[TopUpPriorityGroup] = strawberry.field(description="Who is helped more.")
    cae_cap_cents: Cents | None = strawberry.field(
        description="Most for one CAE in a period; null: no limit."
    )
    cap_period: Period = strawberry.field(description="What the cap is counted over.")
    partial_awards: bool = strawberry.field(
        description="Whether what does not fit whole may be given in part."
    )
    once_per_person: bool = strawberry.field(description="Whether a person may have one award only.")
    budget_cents: Cents | None = strawberry.field(
        description="Most for the scheme in a period; null: no limit."
    )
    budget_period: Period = strawberry.field(description="What the budget is counted over.")
    reserves_at: ReservesAt = strawberry.field(description="When an award takes its room.")
    waiting_list: bool = strawberry.field(description="Whether requests wait where room is short.")
    request_window_months: int | None = strawberry.field(
        description="Until how many months after the payment one may ask; null: no limit."
    )
    request_valid_days: int | None = strawberry.field(
        description="After how many days a request not decided expires; null: never."
    )
    min_membership_months: int | None = strawberry.field(
        description="For how many months the person must be a member when it is decided; null: need not be."
    )
    follow_up_months: list[int] = strawberry.field(description="When it is checked that the capital stayed.")
    clawback_rule: ClawbackRule = strawberry.field(description="What is taken back of who leaves early.")
    waiver_by_another: bool = strawberry.field(
        description="Whether a clawback is waived by another person than the one who proposed it."
    )
    funders: list[FunderShareOfScheme] = strawberry.field(description="Who bears it; adds up to 100 %.")
    created_at: Instant = strawberry.field(description="When it was recorded.")

    @classmethod
    def of(cls, version: Version) -> Self:
        return cls(
            id=version.id,
            valid_from=version.valid_from,
            valid_until=version.valid_until,
            floor_cents=Cents(version.floor_cents),
            ceiling_cents=Cents(version.ceiling_cents),
            match_ratio=float(version.match_ratio),
            below_floor=version.below_floor,
            contribution_basis=version.contribution_basis,
            priority_groups=[TopUpPriorityGroup.of(group) for group in version.priority_groups],
            cae_cap_cents=cents_or_none(version.cae_cap_cents),
            cap_period=version.cap_period,
            partial_awards=version.partial_awards,
            once_per_person=version.once_per_person,
            budget_cents=cents_or_none(version.budget_cents),
            budget_period=version.budget_period,
            reserves_at=version.reserves_at,
            waiting_list=version.waiting_list,
            request_window_months=version.request_window_months,
            request_valid_days=version.request_valid_days,
            min_membership_months=version.min_membership_months,
            follow_up_months=list(version.follow_up_months),
            clawback_rule=version.clawback_rule,
            waiver_by_another=version.waiver_by_another,
            funders=[FunderShareOfScheme.of(share) for share in version.funders],
            created_at=Instant(version.created_at),
        )
