"""Parts of bodies and answers that several calls share: CAE, person, contract, bank account, funder."""

from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import Siren, Siret, mask_iban
from services.loans.domain.borrower import BankAccount, Borrower, Cae
from services.loans.domain.funders import Funder, FunderKind
from services.loans.usecases.application_form import EXAMPLE_FUND_ID, EXAMPLE_SIRET
from services.loans.usecases.record_contribution import FunderIdentity
from services.runtime.fields import (
    Answer,
    Body,
    ShortText,
    SirenField,
)

SIREN = "978592848"
SIRET = EXAMPLE_SIRET
FUND_ID = EXAMPLE_FUND_ID
APPLICATION_ID = "01932b01-9f20-7b41-9c63-7a1f2e3d4c5b"
LOAN_ID = "01932b02-1a30-7c52-8d74-8b203f4e5d6c"
REPAYMENT_ID = "01932b03-5b40-7d63-9e85-9c314a5f6e7d"
DECLARATION_ID = "01932b03-2b40-7d63-9e85-9c314a5f6e80"
FUNDER_ID = "01932b00-7d21-7e74-af96-ad425b607f8e"


# What a funder may be declared as: the placeholder of imported loans is nobody's kind.
DeclaredKind = Literal[
    FunderKind.REGION,
    FunderKind.STATE,
    FunderKind.BPIFRANCE,
    FunderKind.CDC,
    FunderKind.FRANCE_ACTIVE,
    FunderKind.LOCAL,
    FunderKind.OTHER,
]


def recorded_at(own_id: UUID) -> datetime:
    """When something was recorded: our ids are UUIDv7 and begin with that instant."""
    return datetime.fromtimestamp((own_id.int >> 80) / 1000, UTC)


class CaeAnswer(Answer):
    siret: Siret = Field(description="The establishment that hosts the person", examples=[SIRET])
    siren: Siren = Field(description="The company: what limits count by", examples=[SIREN])
    name: str = Field(description="The CAE's name", examples=["Graines d'Activité"])

    @classmethod
    def of(cls, cae: Cae) -> "CaeAnswer":
        return cls(siret=cae.siret, siren=cae.siren, name=cae.name)


class ContractAnswer(Answer):
    kind: ContractKind = Field(description="`CAPE` or `CESA`", examples=["CESA"])
    started_on: date = Field(description="First day of the contract in force", examples=["2019-05-15"])
    cape_started_on: date | None = Field(
        description="First day of the CAPE before the CESA", examples=["2018-05-15"]
    )
    cape_ended_on: date | None = Field(description="Last day of that CAPE", examples=["2019-05-14"])

    @classmethod
    def of(cls, contract: Contract) -> "ContractAnswer":
        return cls(
            kind=contract.kind,
            started_on=contract.started_on,
            cape_started_on=contract.cape_started_on,
            cape_ended_on=contract.cape_ended_on,
        )


class EntrepreneurAnswer(Answer):
    """Whoever may not read names gets null for them and for the contacts: the person stays a reference."""

    id: UUID = Field(
        description="The same in loans and in capital, derived from SIREN and reference by a keyed hash",
        examples=["8a1f4c1e-52b0-8e77-9c3d-5f0a1b2c3d4e"],
    )
    reference: str = Field(description="The CAE's own reference for the person", examples=["E0042"])
    given_name: str | None = Field(description="Given name", examples=["Inès"])
    family_name: str | None = Field(description="Family name", examples=["Maître"])
    email: str | None = Field(description="E-mail address", examples=["ines@example.org"])
    phone: str | None = Field(description="Telephone number", examples=["04 77 00 00 00"])
    birth_date: date | None = Field(description="Date of birth", examples=["1988-05-14"])
    address: str | None = Field(description="Postal address", examples=["3 rue du Four, 42000 Saint-Étienne"])
    contract: ContractAnswer = Field(description="What binds the person to the CAE")
    member_since: date | None = Field(
        description="Since when the person is a member of the CAE", examples=["2021-06-30"]
    )

    @classmethod
    def of(cls, borrower: Borrower, *, shows_names: bool) -> "EntrepreneurAnswer":
        return cls(
            id=borrower.entrepreneur_id,
            reference=borrower.reference,
            given_name=borrower.given_name if shows_names else None,
            family_name=borrower.family_name if shows_names else None,
            email=borrower.email if shows_names else None,
            phone=borrower.phone if shows_names else None,
            birth_date=borrower.birth_date if shows_names else None,
            address=borrower.address if shows_names else None,
            contract=ContractAnswer.of(borrower.contract),
            member_since=borrower.member_since,
        )


class BankAnswer(Answer):
    iban: str = Field(
        description="IBAN, masked: the country, the check digits and the last four",
        examples=["FR76 •••• 0189"],
    )
    bic: str | None = Field(description="BIC of the bank", examples=["AGRIFRPP"])
    holder: str = Field(description="Whose account it is", examples=["Inès Maître"])

    @classmethod
    def of(cls, bank: BankAccount) -> "BankAnswer":
        return cls(iban=mask_iban(bank.iban), bic=bank.bic, holder=bank.holder)


class FunderBody(Body):
    siren: SirenField = Field(description="The funder's SIREN", examples=["200053767"])
    name: ShortText = Field(description="The funder's name", examples=["Région Auvergne-Rhône-Alpes"])
    kind: DeclaredKind = Field(
        description="`region`, `state`, `bpifrance`, `cdc`, `france_active`, `local` or `other`",
        examples=["region"],
    )

    def identity(self) -> FunderIdentity:
        return FunderIdentity(self.siren, self.name, self.kind)


class FunderAnswer(Answer):
    id: UUID = Field(description="The funder in this fund, as postings name it", examples=[FUNDER_ID])
    siren: Siren | None = Field(
        description="The funder's SIREN; null for the placeholder « à déclarer »", examples=["200053767"]
    )
    name: str = Field(description="The funder's name", examples=["Région Auvergne-Rhône-Alpes"])
    kind: FunderKind = Field(description="What kind of funder it is", examples=["region"])

    @classmethod
    def of(cls, funder: Funder) -> "FunderAnswer":
        return cls(id=funder.id, siren=funder.siren, name=funder.name, kind=funder.kind)
