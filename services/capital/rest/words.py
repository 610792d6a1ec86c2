"""Parts of bodies and answers that several calls share: the CAE, the person, the contract, the funder."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, PlainSerializer

from services.capital.domain.payments import FunderPart
from services.capital.domain.top_ups import Cae, Entrepreneur
from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import Siren, Siret
from services.runtime.fields import (
    Answer,
    Body,
    BusinessDate,
    Described,
    LongText,
    Reference,
    ShortText,
    SirenField,
    SiretField,
)

SIREN = "552100554"
SIRET = "55210055400013"
TOP_UP_ID = "01932c07-9c1e-7a3b-8f21-0b5e3a6d9c42"
SCHEME_ID = "01932c05-2f10-7c55-9d0e-6e1f2a3b4c5d"


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


# A ratio or a percentage is no amount: JSON shows it as a plain number, 50 or 33.3333.
Share = Annotated[
    Decimal,
    Field(gt=0, le=100, max_digits=7, decimal_places=4),
    PlainSerializer(_number, return_type=float, when_used="json"),
    Described(
        anyOf=[
            {"type": "number", "exclusiveMinimum": 0, "maximum": 100, "multipleOf": 0.0001},
            {"type": "string", "pattern": r"^[1-9][0-9]?(\.[0-9]{1,4})?$"},
        ]
    ),
]


class CaeBody(Body):
    siret: SiretField = Field(
        description="The establishment that asks; limits are per SIREN", examples=[SIRET]
    )
    name: ShortText = Field(description="The CAE's name", examples=["Coopérative Tournesol"])


class CaeAnswer(Answer):
    siret: Siret = Field(description="The establishment that asked", examples=[SIRET])
    siren: Siren = Field(description="The company: what caps count by", examples=[SIREN])
    name: str = Field(description="The CAE's name", examples=["Coopérative Tournesol"])

    @classmethod
    def of(cls, cae: Cae) -> "CaeAnswer":
        return cls(siret=cae.siret, siren=cae.siren, name=cae.name)


class ContractBody(Body):
    kind: ContractKind = Field(description="`CAPE` or `CESA`", examples=["CESA"])
    started_on: BusinessDate = Field(
        description="First day of the contract in force", examples=["2026-03-01"]
    )
    cape_started_on: BusinessDate | None = Field(
        None, description="First day of the CAPE before the CESA, in the same CAE", examples=["2025-03-01"]
    )
    cape_ended_on: BusinessDate | None = Field(
        None, description="Last day of that CAPE, 36 months later at most", examples=["2026-02-28"]
    )

    def contract(self) -> Contract:
        return Contract(self.kind, self.started_on, self.cape_started_on, self.cape_ended_on)


class ContractAnswer(Answer):
    kind: ContractKind = Field(description="`CAPE` or `CESA`", examples=["CESA"])
    started_on: date = Field(description="First day of the contract in force", examples=["2026-03-01"])
    cape_started_on: date | None = Field(
        description="First day of the CAPE before the CESA", examples=["2025-03-01"]
    )
    cape_ended_on: date | None = Field(description="Last day of that CAPE", examples=["2026-02-28"])

    @classmethod
    def of(cls, contract: Contract) -> "ContractAnswer":
        return cls(
            kind=contract.kind,
            started_on=contract.started_on,
            cape_started_on=contract.cape_started_on,
            cape_ended_on=contract.cape_ended_on,
        )


class EntrepreneurBody(Body):
    reference: Reference = Field(description="The CAE's own reference for the person", examples=["T-0417"])
    given_name: ShortText = Field(description="Given name", examples=["Awa"])
    family_name: ShortText = Field(description="Family name", examples=["Le Goff"])
    email: ShortText | None = Field(None, description="E-mail address", examples=["awa@example.org"])
    phone: ShortText | None = Field(None, description="Telephone number", examples=["05 55 00 00 00"])
    birth_date: BusinessDate | None = Field(None, description="Date of birth", examples=["1988-05-14"])
    address: LongText | None = Field(
        None, description="Postal address", examples=["3 rue du Port, 87000 Limoges"]
    )
    contract: ContractBody = Field(description="What binds the person to the CAE")
    member_since: BusinessDate | None = Field(
        None, description="Since when the person is a member of the CAE", examples=["2026-10-01"]
    )


class EntrepreneurAnswer(Answer):
    """Whoever may not read names gets null in their place."""

    id: UUID = Field(
        description="The same in loans and in capital, derived from SIREN and reference by a keyed hash",
        examples=["8a1f4c1e-52b0-8e77-9c3d-5f0a1b2c3d4e"],
    )
    reference: str = Field(description="The CAE's own reference for the person", examples=["T-0417"])
    given_name: str | None = Field(description="Given name", examples=["Awa"])
    family_name: str | None = Field(description="Family name", examples=["Le Goff"])
    email: str | None = Field(description="E-mail address", examples=["awa@example.org"])
    phone: str | None = Field(description="Telephone number", examples=["05 55 00 00 00"])
    birth_date: date | None = Field(description="Date of birth", examples=["1988-05-14"])
    address: str | None = Field(description="Postal address", examples=["3 rue du Port, 87000 Limoges"])
    contract: ContractAnswer = Field(description="What binds the person to the CAE")
    member_since: date | None = Field(
        description="Since when the person is a member of the CAE", examples=["2026-10-01"]
    )

    @classmethod
    def of(cls, person: Entrepreneur) -> "EntrepreneurAnswer":
        return cls(
            id=person.id,
            reference=person.reference,
            given_name=person.given_name,
            family_name=person.family_name,
            email=person.email,
            phone=person.phone,
            birth_date=person.birth_date,
            address=person.address,
            contract=ContractAnswer.of(person.contract),
            member_since=person.member_since,
        )


class FunderShareModel(Body):
    siren: SirenField = Field(description="The co-funder's SIREN", examples=["200053759"])
    siret: SiretField | None = Field(
        None,
        description="Its establishment that grants, of the same SIREN, for the published data",
        examples=["20005375900011"],
    )
    name: ShortText = Field(description="The co-funder's name", examples=["Région Nouvelle-Aquitaine"])
    share_percent: Share = Field(
        description="Its share of every payment; shares add up to exactly 100", examples=[80]
    )


class FunderPartAnswer(Answer):
    siren: Siren = Field(description="The co-funder's SIREN", examples=["200053759"])
    name: str = Field(description="The co-funder's name", examples=["Région Nouvelle-Aquitaine"])
    amount_cents: int = Field(description="Its part, in cents", examples=[240000])

    @classmethod
    def of(cls, part: FunderPart) -> "FunderPartAnswer":
        return cls(siren=part.siren, name=part.name, amount_cents=part.amount_cents)
