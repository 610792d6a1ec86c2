"""Bodies and answers about schemes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from services.capital.domain.schemes import (
    Authority,
    BelowFloor,
    FunderShare,
    Period,
    Scheme,
    Terms,
    Version,
    version_applying,
)
from services.capital.domain.totals import SchemeTotals
from services.capital.rest.words import SCHEME_ID, FunderPartAnswer, FunderShareModel, Share
from services.kernel.identifiers import Siret
from services.runtime.fields import Answer, Body, BusinessDate, Cents, RegionField, ShortText, SiretField

VERSION_EXAMPLE: dict[str, Any] = {
    "valid_from": "2020-01-01",
    "floor_cents": 100_000,
    "ceiling_cents": 200_000,
    "match_ratio": 1,
    "cae_cap_cents": 2_000_000,
    "cap_period": "scheme",
    "partial_awards": False,
    "once_per_person": True,
    "budget_cents": 30_000_000,
    "budget_period": "calendar_year",
    "funders": [
        {"siren": "200053759", "name": "Région Nouvelle-Aquitaine", "share_percent": 80},
        {"siren": "320252489", "name": "Bpifrance", "share_percent": 20},
    ],
}


class TermsBody(Body):
    """A region's rules from a date on. A limit absent or null is no limit."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERSION_EXAMPLE]})

    valid_from: BusinessDate = Field(
        description="Applies to contributions paid up from this day on", examples=["2020-01-01"]
    )
    floor_cents: Cents = Field(description="Smallest top-up, in cents", examples=[100_000])
    ceiling_cents: Cents = Field(description="Largest top-up for one person, in cents", examples=[200_000])
    match_ratio: Share = Field(description="Euros given for each euro paid up", examples=[1])
    below_floor: BelowFloor = Field(
        BelowFloor.NOTHING,
        description="What a contribution too small for the floor gives",
        examples=["nothing"],
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
    funders: list[FunderShareModel] = Field(
        description="Who pays, in convention order", min_length=1, max_length=20
    )

    def terms(self) -> Terms:
        return Terms(
            valid_from=self.valid_from,
            floor_cents=self.floor_cents,
            ceiling_cents=self.ceiling_cents,
            match_ratio=self.match_ratio,
            below_floor=self.below_floor,
            cae_cap_cents=self.cae_cap_cents,
            cap_period=self.cap_period,
            partial_awards=self.partial_awards,
            once_per_person=self.once_per_person,
            budget_cents=self.budget_cents,
            budget_period=self.budget_period,
            funders=tuple(
                FunderShare(funder.siren, funder.name, funder.share_percent) for funder in self.funders
            ),
        )


class VersionAnswer(Answer):
    id: UUID = Field(description="The version's id", examples=["01932c05-2f10-7c55-9d0e-6e1f2a3b4c5e"])
    scheme_id: UUID = Field(description="The scheme it belongs to", examples=[SCHEME_ID])
    valid_from: date = Field(description="First day it applies to", examples=["2020-01-01"])
    floor_cents: int = Field(description="Smallest top-up", examples=[100_000])
    ceiling_cents: int = Field(description="Largest top-up for one person", examples=[200_000])
    match_ratio: Share = Field(description="Euros given for each euro paid up", examples=[1])
    below_floor: BelowFloor = Field(
        description="What a contribution too small for the floor gives", examples=["nothing"]
    )
    cae_cap_cents: int | None = Field(description="Most that one CAE is awarded", examples=[2_000_000])
    cap_period: Period = Field(description="What the cap is counted over", examples=["scheme"])
    partial_awards: bool = Field(description="Whether a part may be given", examples=[False])
    once_per_person: bool = Field(description="Whether a person gets one award only", examples=[True])
    budget_cents: int | None = Field(description="Most that the scheme awards", examples=[30_000_000])
    budget_period: Period = Field(description="What the budget is counted over", examples=["calendar_year"])
    funders: list[FunderShareModel] = Field(description="Who pays, in convention order")
    created_at: datetime = Field(description="When it was recorded", examples=["2026-01-05T09:30:00Z"])

    @classmethod
    def of(cls, scheme_id: UUID, version: Version) -> "VersionAnswer":
        return cls(
            id=version.id,
            scheme_id=scheme_id,
            valid_from=version.valid_from,
            floor_cents=version.floor_cents,
            ceiling_cents=version.ceiling_cents,
            match_ratio=version.match_ratio,
            below_floor=version.below_floor,
            cae_cap_cents=version.cae_cap_cents,
            cap_period=version.cap_period,
            partial_awards=version.partial_awards,
            once_per_person=version.once_per_person,
            budget_cents=version.budget_cents,
            budget_period=version.budget_period,
            funders=[
                FunderShareModel(siren=funder.siren, name=funder.name, share_percent=funder.percent)
                for funder in version.funders
            ],
            created_at=version.created_at,
        )


class AuthorityBody(Body):
    name: ShortText = Field(description="The authority's name", examples=["Région Nouvelle-Aquitaine"])
    siret: SiretField | None = Field(None, description="Its SIRET", examples=["20005375900011"])


class AuthorityAnswer(Answer):
    name: str = Field(description="The authority's name", examples=["Région Nouvelle-Aquitaine"])
    siret: Siret | None = Field(description="Its SIRET", examples=["20005375900011"])


class SchemeBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "region": "75",
                    "name": "Abondement au capital des CAE",
                    "authority": {"name": "Région Nouvelle-Aquitaine", "siret": "20005375900011"},
                    "version": VERSION_EXAMPLE,
                }
            ]
        }
    )

    region: RegionField = Field(description="INSEE code of the region", examples=["75"])
    name: ShortText = Field(description="The scheme's name", examples=["Abondement au capital des CAE"])
    authority: AuthorityBody | None = Field(
        None, description="The public body that votes the scheme and signs its awards"
    )
    version: TermsBody = Field(description="The rules it starts with")

    def named_authority(self) -> Authority | None:
        return Authority(name=self.authority.name, siret=self.authority.siret) if self.authority else None


class SchemeAnswer(Answer):
    id: UUID = Field(description="The scheme's id", examples=[SCHEME_ID])
    region: str = Field(description="INSEE code of the region", examples=["75"])
    name: str = Field(description="The scheme's name", examples=["Abondement au capital des CAE"])
    authority: AuthorityAnswer | None = Field(description="The public body that votes it")
    version: VersionAnswer = Field(description="The rules in force today; the first ones before they start")
    versions: list[VersionAnswer] = Field(description="All of them, in the order of their dates")
    created_at: datetime = Field(description="When it was recorded", examples=["2026-01-05T09:30:00Z"])

    @classmethod
    def of(cls, scheme: Scheme, today: date) -> "SchemeAnswer":
        return cls(**_scheme_fields(scheme, today))


class SchemeTotalsAnswer(Answer):
    """A co-funder reads its own part of each."""

    awarded_cents: int = Field(
        description="Granted and not cancelled: paid, or still to pay", examples=[1_850_000]
    )
    to_pay_cents: int = Field(description="Granted and not yet paid", examples=[350_000])
    paid_cents: int = Field(description="Paid to CAEs", examples=[1_500_000])
    by_funder: Sequence[FunderPartAnswer] = Field(
        description="What each co-funder paid; a funder sees its own"
    )

    @classmethod
    def of(cls, totals: SchemeTotals) -> "SchemeTotalsAnswer":
        return cls(
            awarded_cents=totals.awarded_cents,
            to_pay_cents=totals.to_pay_cents,
            paid_cents=totals.paid_cents,
            by_funder=[FunderPartAnswer.of(part) for part in totals.by_funder],
        )


class SchemeWithTotals(SchemeAnswer):
    totals: SchemeTotalsAnswer | None = Field(
        description="What became of the scheme's euros, from its journal; a co-funder reads its own part, "
        "and a CAE, which may ask from any scheme, null"
    )

    @classmethod
    def read(cls, scheme: Scheme, totals: SchemeTotals | None, today: date) -> "SchemeWithTotals":
        return cls(
            **_scheme_fields(scheme, today),
            totals=SchemeTotalsAnswer.of(totals) if totals else None,
        )


def _scheme_fields(scheme: Scheme, today: date) -> dict[str, Any]:
    in_force = version_applying(scheme.versions, today) or scheme.versions[0]
    authority = scheme.authority
    return {
        "id": scheme.id,
        "region": scheme.region,
        "name": scheme.name,
        "authority": AuthorityAnswer(name=authority.name, siret=authority.siret) if authority else None,
        "version": VersionAnswer.of(scheme.id, in_force),
        "versions": [VersionAnswer.of(scheme.id, version) for version in scheme.versions],
        "created_at": scheme.created_at,
    }
