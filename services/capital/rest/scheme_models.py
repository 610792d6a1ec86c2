"""Bodies and answers about schemes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from services.capital.domain.presets import PRESETS
from services.capital.domain.schemes import Authority, Scheme, version_shown
from services.capital.domain.totals import SchemeTotals
from services.capital.rest.version_models import (
    VERSION_EXAMPLE,
    RulesAnswer,
    TermsBody,
    VersionAnswer,
    rules_fields,
)
from services.capital.rest.words import SCHEME_ID, FunderPartAnswer
from services.kernel.identifiers import Siret
from services.runtime.fields import Answer, Body, Described, RegionField, ShortText, SiretField


class AuthorityBody(Body):
    name: ShortText = Field(description="The authority's name", examples=["Région Nouvelle-Aquitaine"])
    siret: SiretField | None = Field(None, description="Its SIRET", examples=["20005375900011"])


class AuthorityAnswer(Answer):
    name: str = Field(description="The authority's name", examples=["Région Nouvelle-Aquitaine"])
    siret: Siret | None = Field(description="Its SIRET", examples=["20005375900011"])


def _known_preset(code: str) -> str:
    if code not in PRESETS:
        raise PydanticCustomError("unknown-preset", "not the code of a preset")
    return code


PresetCode = Annotated[
    str, StringConstraints(max_length=60), AfterValidator(_known_preset), Described(enum=sorted(PRESETS))
]


class OrWhatDiffers:
    """In the description: beside a preset, a version tells its dates, its funders and what differs."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, describe: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        whole = describe(core)
        rules = {
            name: told for name, told in describe.resolve_ref_schema(whole).items() if name != "examples"
        }
        return {
            "anyOf": [
                whole,
                {**rules, "title": "DifferencesFromPreset", "required": ["valid_from", "funders"]},
            ]
        }


class SchemeBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            # Without a preset the version is whole.
            "anyOf": [
                {"required": ["preset"], "properties": {"preset": {"type": "string"}}},
                {"properties": {"version": {"$ref": "#/components/schemas/TermsBody"}}},
            ],
            "examples": [
                {
                    "region": "75",
                    "name": "Abondement au capital des CAE",
                    "authority": {"name": "Région Nouvelle-Aquitaine", "siret": "20005375900011"},
                    "version": VERSION_EXAMPLE,
                }
            ],
        }
    )

    region: RegionField = Field(description="INSEE code of the region", examples=["75"])
    name: ShortText = Field(description="The scheme's name", examples=["Abondement au capital des CAE"])
    authority: AuthorityBody | None = Field(
        None, description="The public body that votes the scheme and signs its awards"
    )
    preset: PresetCode | None = Field(
        None,
        description="Rules to start from (`GET /v1/scheme-presets`): `version` then tells its first day, its "
        "funders and what differs",
        examples=["nouvelle-aquitaine-cae"],
    )
    version: Annotated[TermsBody, OrWhatDiffers()] = Field(description="The rules it starts with")

    @model_validator(mode="before")
    @classmethod
    def _start_from_preset(cls, given: Any) -> Any:
        """What the version does not tell is the preset's; an unknown preset is refused at its field."""
        if not isinstance(given, dict) or not isinstance(given.get("version"), dict):
            return given
        code = given.get("preset")
        preset = PRESETS.get(code) if isinstance(code, str) else None
        if preset is None:
            return given
        rules = RulesAnswer(**rules_fields(preset.rules)).model_dump(mode="json")
        return {**given, "version": {**rules, **given["version"]}}

    def named_authority(self) -> Authority | None:
        return Authority(name=self.authority.name, siret=self.authority.siret) if self.authority else None


class SchemeAnswer(Answer):
    id: UUID = Field(description="The scheme's id", examples=[SCHEME_ID])
    region: str = Field(description="INSEE code of the region", examples=["75"])
    name: str = Field(description="The scheme's name", examples=["Abondement au capital des CAE"])
    authority: AuthorityAnswer | None = Field(description="The public body that votes it")
    version: VersionAnswer = Field(
        description="The rules in force today; else the first ones to come, or the last ones"
    )
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
    clawed_back_cents: int = Field(description="Paid, and given back by CAEs", examples=[100_000])
    by_funder: Sequence[FunderPartAnswer] = Field(
        description="What each co-funder paid; a funder sees its own"
    )

    @classmethod
    def of(cls, totals: SchemeTotals) -> "SchemeTotalsAnswer":
        return cls(
            awarded_cents=totals.awarded_cents,
            to_pay_cents=totals.to_pay_cents,
            paid_cents=totals.paid_cents,
            clawed_back_cents=totals.clawed_back_cents,
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
    in_force = version_shown(scheme.versions, today)
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
