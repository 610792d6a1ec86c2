"""Bodies and answers about the rules of a version: what a region's form asks for."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from services.capital.domain.scheme_checks import KEBAB_CASE
from services.capital.domain.schemes import (
    FOLLOW_UP_MONTHS,
    BelowFloor,
    ClawbackRule,
    ContributionBasis,
    FunderShare,
    Period,
    PriorityGroup,
    ReservesAt,
    Rules,
    Terms,
    Version,
)
from services.capital.rest.words import SCHEME_ID, FunderShareModel, Share
from services.runtime.fields import Answer, Body, BusinessDate, Cents, Described, ShortText

LONGEST_MONTHS = 600
LONGEST_DAYS = 3_650
MOST_GROUPS = 20
MOST_FOLLOW_UPS = 12
CRITERION = rf"^{KEBAB_CASE.pattern}$"


def _criterion(code: str) -> str:
    if KEBAB_CASE.fullmatch(code) is None:
        raise PydanticCustomError("criterion", "not words in lower case joined by hyphens")
    return code


Criterion = Annotated[
    str, StringConstraints(max_length=60), AfterValidator(_criterion), Described(pattern=CRITERION)
]
Months = Annotated[int, Field(strict=True, ge=1, le=LONGEST_MONTHS)]
MonthsOrNone = Annotated[int, Field(strict=True, ge=0, le=LONGEST_MONTHS)]
Days = Annotated[int, Field(strict=True, ge=1, le=LONGEST_DAYS)]

VERSION_EXAMPLE: dict[str, Any] = {
    "valid_from": "2020-01-01",
    "floor_cents": 100_000,
    "ceiling_cents": 200_000,
    "match_ratio": 1,
    "contribution_basis": "paid_up",
    "priority_groups": [{"criterion": "rsa", "label": "Bénéficiaire du RSA", "ceiling_cents": 300_000}],
    "cae_cap_cents": 2_000_000,
    "cap_period": "scheme",
    "partial_awards": False,
    "once_per_person": True,
    "budget_cents": 30_000_000,
    "budget_period": "calendar_year",
    "request_window_months": 12,
    "follow_up_months": [12, 24, 36],
    "clawback_rule": "pro_rata",
    "funders": [
        {"siren": "200053759", "name": "Région Nouvelle-Aquitaine", "share_percent": 80},
        {"siren": "320252489", "name": "Bpifrance", "share_percent": 20},
    ],
}


class PriorityGroupModel(Body):
    """People whom the region helps more."""

    criterion: Criterion = Field(
        description="What a request names to be of this group, in lower case joined by hyphens",
        examples=["rsa"],
    )
    label: ShortText = Field(description="What officers read", examples=["Bénéficiaire du RSA"])
    ceiling_cents: Cents = Field(
        description="Largest top-up for one person of the group, not below that of everybody",
        examples=[300_000],
    )
    match_ratio: Share | None = Field(
        None, description="Euros given for each euro of theirs; that of everybody if absent", examples=[2]
    )

    def group(self) -> PriorityGroup:
        return PriorityGroup(self.criterion, self.label, self.ceiling_cents, self.match_ratio)

    @classmethod
    def of(cls, group: PriorityGroup) -> Self:
        return cls(
            criterion=group.criterion,
            label=group.label,
            ceiling_cents=group.ceiling_cents,
            match_ratio=group.match_ratio,
        )


class TermsBody(Body):
    """A region's rules from a date on. A limit absent or null is no limit."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERSION_EXAMPLE]})

    valid_from: BusinessDate = Field(
        description="Applies to contributions paid up from this day on", examples=["2020-01-01"]
    )
    valid_until: BusinessDate | None = Field(
        None,
        description="Last day it applies to; until the next version starts if absent",
        examples=["2027-12-31"],
    )
    floor_cents: Cents = Field(description="Smallest top-up, in cents", examples=[100_000])
    ceiling_cents: Cents = Field(description="Largest top-up for one person, in cents", examples=[200_000])
    match_ratio: Share = Field(description="Euros given for each euro contributed", examples=[1])
    below_floor: BelowFloor = Field(
        BelowFloor.NOTHING,
        description="What a contribution too small for the floor gives",
        examples=["nothing"],
    )
    contribution_basis: ContributionBasis = Field(
        ContributionBasis.PAID_UP,
        description="What counts as contribution: shares paid up, or all shares subscribed",
        examples=["paid_up"],
    )
    priority_groups: list[PriorityGroupModel] = Field(
        default_factory=list,
        description="Who is helped more, on a criterion that the request declares and proves",
        max_length=MOST_GROUPS,
    )
    cae_cap_cents: Cents | None = Field(
        None, description="Most that one CAE (SIREN) is awarded in the period", examples=[2_000_000]
    )
    cap_period: Period = Field(
        description="What the cap is counted over; a year is that of the decision", examples=["scheme"]
    )
    partial_awards: StrictBool = Field(
        description="Whether what is left of the cap or budget may be given in part, from the floor on",
        examples=[False],
    )
    once_per_person: StrictBool = Field(
        description="Whether a person gets one award of the scheme only", examples=[True]
    )
    budget_cents: Cents | None = Field(
        None, description="Most that the whole scheme awards in its period", examples=[30_000_000]
    )
    budget_period: Period = Field(
        Period.SCHEME, description="What the budget is counted over", examples=["calendar_year"]
    )
    reserves_at: ReservesAt | None = Field(
        None,
        description="When an award takes its room in the cap and the budget: when granted, or when asked "
        "for. If absent, when granted, but with a waiting list",
        examples=["request"],
    )
    waiting_list: StrictBool = Field(
        False,
        description="Whether requests wait in order where room is short; room is then taken when asked for",
        examples=[True],
    )
    request_window_months: Months | None = Field(
        None, description="Until how many months after the payment one may ask", examples=[12]
    )
    request_valid_days: Days | None = Field(
        None, description="After how many days a request not decided expires", examples=[180]
    )
    min_membership_months: MonthsOrNone | None = Field(
        None,
        description="For how many months the person must be a member when it is decided; 0: be a member; "
        "absent: nobody has to be",
        examples=[6],
    )
    follow_up_months: list[Months] | None = Field(
        None,
        description="When it is checked that the capital stayed, in months after the payment; "
        "12, 24 and 36 if absent",
        examples=[[12, 24, 36]],
        max_length=MOST_FOLLOW_UPS,
    )
    clawback_rule: ClawbackRule = Field(
        ClawbackRule.WHOLE,
        description="What is taken back of who leaves early: the whole, or pro rata of the time not stayed",
        examples=["pro_rata"],
    )
    waiver_by_another: StrictBool = Field(
        False,
        description="Whether a clawback is waived by another person than the one who proposed it",
        examples=[False],
    )
    funders: list[FunderShareModel] = Field(
        description="Who pays, in convention order", min_length=1, max_length=20
    )

    def terms(self) -> Terms:
        return Terms(
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            floor_cents=self.floor_cents,
            ceiling_cents=self.ceiling_cents,
            match_ratio=self.match_ratio,
            below_floor=self.below_floor,
            contribution_basis=self.contribution_basis,
            priority_groups=tuple(group.group() for group in self.priority_groups),
            cae_cap_cents=self.cae_cap_cents,
            cap_period=self.cap_period,
            partial_awards=self.partial_awards,
            once_per_person=self.once_per_person,
            budget_cents=self.budget_cents,
            budget_period=self.budget_period,
            reserves_at=self.reserves_at or _reserving(has_waiting_list=self.waiting_list),
            waiting_list=self.waiting_list,
            request_window_months=self.request_window_months,
            request_valid_days=self.request_valid_days,
            min_membership_months=self.min_membership_months,
            follow_up_months=_months(self.follow_up_months),
            clawback_rule=self.clawback_rule,
            waiver_by_another=self.waiver_by_another,
            funders=tuple(
                FunderShare(funder.siren, funder.name, funder.share_percent, funder.siret)
                for funder in self.funders
            ),
        )


def _reserving(*, has_waiting_list: bool) -> ReservesAt:
    return ReservesAt.REQUEST if has_waiting_list else ReservesAt.GRANT


def _months(given: list[int] | None) -> tuple[int, ...]:
    return FOLLOW_UP_MONTHS if given is None else tuple(given)


class RulesAnswer(Answer):
    """What a region decides, whoever pays and from whenever on."""

    floor_cents: int = Field(description="Smallest top-up", examples=[100_000])
    ceiling_cents: int = Field(description="Largest top-up for one person", examples=[200_000])
    match_ratio: Share = Field(description="Euros given for each euro contributed", examples=[1])
    below_floor: BelowFloor = Field(
        description="What a contribution too small for the floor gives", examples=["nothing"]
    )
    contribution_basis: ContributionBasis = Field(
        description="What counts as contribution", examples=["paid_up"]
    )
    priority_groups: list[PriorityGroupModel] = Field(description="Who is helped more")
    cae_cap_cents: int | None = Field(description="Most that one CAE is awarded", examples=[2_000_000])
    cap_period: Period = Field(description="What the cap is counted over", examples=["scheme"])
    partial_awards: bool = Field(description="Whether a part may be given", examples=[False])
    once_per_person: bool = Field(description="Whether a person gets one award only", examples=[True])
    budget_cents: int | None = Field(description="Most that the scheme awards", examples=[30_000_000])
    budget_period: Period = Field(description="What the budget is counted over", examples=["calendar_year"])
    reserves_at: ReservesAt = Field(description="When an award takes its room", examples=["grant"])
    waiting_list: bool = Field(description="Whether requests wait where room is short", examples=[False])
    request_window_months: int | None = Field(
        description="Until how many months after the payment one may ask", examples=[12]
    )
    request_valid_days: int | None = Field(
        description="After how many days a request not decided expires", examples=[180]
    )
    min_membership_months: int | None = Field(
        description="For how many months the person must be a member when it is decided", examples=[6]
    )
    follow_up_months: list[int] = Field(
        description="When it is checked that the capital stayed", examples=[[12, 24, 36]]
    )
    clawback_rule: ClawbackRule = Field(
        description="What is taken back of who leaves early", examples=["pro_rata"]
    )
    waiver_by_another: bool = Field(
        description="Whether a clawback is waived by another person than the one who proposed it",
        examples=[False],
    )


def rules_fields(rules: Rules) -> dict[str, Any]:
    return {
        "floor_cents": rules.floor_cents,
        "ceiling_cents": rules.ceiling_cents,
        "match_ratio": Decimal(rules.match_ratio),
        "below_floor": rules.below_floor,
        "contribution_basis": rules.contribution_basis,
        "priority_groups": [PriorityGroupModel.of(group) for group in rules.priority_groups],
        "cae_cap_cents": rules.cae_cap_cents,
        "cap_period": rules.cap_period,
        "partial_awards": rules.partial_awards,
        "once_per_person": rules.once_per_person,
        "budget_cents": rules.budget_cents,
        "budget_period": rules.budget_period,
        "reserves_at": rules.reserves_at,
        "waiting_list": rules.waiting_list,
        "request_window_months": rules.request_window_months,
        "request_valid_days": rules.request_valid_days,
        "min_membership_months": rules.min_membership_months,
        "follow_up_months": list(rules.follow_up_months),
        "clawback_rule": rules.clawback_rule,
        "waiver_by_another": rules.waiver_by_another,
    }


class VersionAnswer(RulesAnswer):
    id: UUID = Field(description="The version's id", examples=["01932c05-2f10-7c55-9d0e-6e1f2a3b4c5e"])
    scheme_id: UUID = Field(description="The scheme it belongs to", examples=[SCHEME_ID])
    valid_from: date = Field(description="First day it applies to", examples=["2020-01-01"])
    valid_until: date | None = Field(
        description="Last day it applies to; null where it lasts until the next one starts",
        examples=["2027-12-31"],
    )
    funders: list[FunderShareModel] = Field(description="Who pays, in convention order")
    created_at: datetime = Field(description="When it was recorded", examples=["2026-01-05T09:30:00Z"])

    @classmethod
    def of(cls, scheme_id: UUID, version: Version) -> Self:
        return cls(
            **rules_fields(version),
            id=version.id,
            scheme_id=scheme_id,
            valid_from=version.valid_from,
            valid_until=version.valid_until,
            funders=[
                FunderShareModel(
                    siren=funder.siren, siret=funder.siret, name=funder.name, share_percent=funder.percent
                )
                for funder in version.funders
            ],
            created_at=version.created_at,
        )
