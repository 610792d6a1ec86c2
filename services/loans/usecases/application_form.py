"""What an application is made of, as it is given at the door: whole when it is submitted, in parts before."""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import siren_of
from services.kernel.refusals import Refusal
from services.loans.domain.borrower import BankAccount, Cae, check_contract_dates
from services.loans.domain.draft import Content
from services.loans.domain.terms import FundSettings, Terms, check_contract, check_terms
from services.loans.usecases.submit_application import Person, SubmitApplication
from services.runtime.fields import (
    BicField,
    Body,
    BusinessDate,
    IbanField,
    LongText,
    PositiveCents,
    Reference,
    ShortText,
    SiretField,
)
from services.runtime.invalid_content import InvalidContent
from services.runtime.partial_bodies import every_field_optional

EXAMPLE_SIRET = "97859284800342"
EXAMPLE_FUND_ID = "01932b00-4c11-7d3e-8a52-6f0e1d2c3b4a"
LONGEST_MONTHS = 600


class CaeBody(Body):
    siret: SiretField = Field(
        description="The establishment that hosts the person; limits are per SIREN", examples=[EXAMPLE_SIRET]
    )
    name: ShortText = Field(description="The CAE's name", examples=["Graines d'Activité"])

    def cae(self) -> Cae:
        return Cae(self.siret, self.name)


class ContractBody(Body):
    kind: ContractKind = Field(description="`CAPE` or `CESA`", examples=["CESA"])
    started_on: BusinessDate = Field(
        description="First day of the contract in force", examples=["2019-05-15"]
    )
    cape_started_on: BusinessDate | None = Field(
        None, description="First day of the CAPE before the CESA", examples=["2018-05-15"]
    )
    cape_ended_on: BusinessDate | None = Field(
        None, description="Last day of that CAPE", examples=["2019-05-14"]
    )

    def contract(self) -> Contract:
        return Contract(self.kind, self.started_on, self.cape_started_on, self.cape_ended_on)


class EntrepreneurBody(Body):
    reference: Reference = Field(description="The CAE's own reference for the person", examples=["E0042"])
    given_name: ShortText = Field(description="Given name", examples=["Inès"])
    family_name: ShortText = Field(description="Family name", examples=["Maître"])
    email: ShortText | None = Field(None, description="E-mail address", examples=["ines@example.org"])
    phone: ShortText | None = Field(None, description="Telephone number", examples=["04 77 00 00 00"])
    birth_date: BusinessDate | None = Field(None, description="Date of birth", examples=["1988-05-14"])
    address: LongText | None = Field(
        None, description="Postal address", examples=["3 rue du Four, 42000 Saint-Étienne"]
    )
    contract: ContractBody = Field(description="What binds the person to the CAE")
    member_since: BusinessDate | None = Field(
        None, description="Since when the person is a member of the CAE", examples=["2021-06-30"]
    )

    def person(self) -> Person:
        return Person(
            reference=self.reference,
            given_name=self.given_name,
            family_name=self.family_name,
            contract=self.contract.contract(),
            member_since=self.member_since,
            email=self.email,
            phone=self.phone,
            birth_date=self.birth_date,
            address=self.address,
        )


class BankBody(Body):
    iban: IbanField = Field(
        description="IBAN, checked; shown masked from then on", examples=["FR76 3000 6000 0112 3456 7890 189"]
    )
    bic: BicField | None = Field(None, description="BIC of the bank", examples=["AGRIFRPP"])
    holder: ShortText = Field(description="Whose account it is", examples=["Inès Maître"])

    def account(self) -> BankAccount:
        return BankAccount(self.iban, self.holder, self.bic)


class ApplicationForm(Body):
    """What a submission must have. `missing` of a draft is what this says of its content."""

    fund_id: UUID = Field(description="The fund that is asked", examples=[EXAMPLE_FUND_ID])
    number: Reference | None = Field(
        None,
        description="The operator's own number of the dossier, which its loan keeps; unique in the fund",
        examples=["PH-84-0241"],
    )
    cae: CaeBody = Field(description="The CAE that hosts the person")
    entrepreneur: EntrepreneurBody = Field(description="The person who borrows")
    bank: BankBody | None = Field(None, description="Where the loan is paid")
    amount_cents: PositiveCents = Field(description="What is asked, in cents", examples=[800_000])
    months: int = Field(ge=1, le=LONGEST_MONTHS, description="Over how many months", examples=[36])
    grace_months: int = Field(
        0, ge=0, le=LONGEST_MONTHS, description="Months before the first instalment's month", examples=[0]
    )
    purpose: LongText = Field(description="What the loan is for", examples=["Un four de boulanger"])
    submitted_on: BusinessDate | None = Field(
        None,
        description="The date of the paper; later dates are then checked against it",
        examples=["2024-02-20"],
    )

    def order(self) -> SubmitApplication:
        return SubmitApplication(
            fund_id=self.fund_id,
            cae=self.cae.cae(),
            person=self.entrepreneur.person(),
            asked=Terms(self.amount_cents, self.months, self.grace_months),
            purpose=self.purpose,
            number=self.number,
            bank=None if self.bank is None else self.bank.account(),
            submitted_on=self.submitted_on,
        )


class ApplicationBody(ApplicationForm):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "fund_id": EXAMPLE_FUND_ID,
                    "cae": {"siret": EXAMPLE_SIRET, "name": "Graines d'Activité"},
                    "entrepreneur": {
                        "reference": "E0042",
                        "given_name": "Inès",
                        "family_name": "Maître",
                        "contract": {"kind": "CESA", "started_on": "2019-05-15"},
                    },
                    "bank": {"iban": "FR7630006000011234567890189", "holder": "Inès Maître"},
                    "amount_cents": 800_000,
                    "months": 36,
                    "grace_months": 0,
                    "purpose": "Un four de boulanger",
                    "submitted_on": "2024-02-20",
                }
            ]
        }
    )

    draft: Literal[False] | None = Field(None, description="True makes a draft instead", examples=[False])


PartialEntrepreneur: Any = every_field_optional(EntrepreneurBody)


class DraftEntrepreneurBody(PartialEntrepreneur):  # type: ignore[misc] # only known when it is made
    """Of the person who borrows, what is known so far."""


PartialForm: Any = every_field_optional(ApplicationForm, {EntrepreneurBody: DraftEntrepreneurBody})


class DraftChangesBody(PartialForm):  # type: ignore[misc] # made from the form: one source for both
    """A JSON merge patch of a draft: what is absent stays, null empties."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"amount_cents": 800_000, "months": 36, "purpose": None}]}
    )

    def patch(self) -> dict[str, Any]:
        """Checked and normalised, each value as a submission would have it."""
        given: dict[str, Any] = self.model_dump(mode="json", exclude_unset=True)
        return given


class NewDraftCaeBody(Body):
    siret: SiretField = Field(
        description="The establishment that hosts the person; the draft is its CAE's",
        examples=[EXAMPLE_SIRET],
    )
    name: ShortText | None = Field(None, description="The CAE's name", examples=["Graines d'Activité"])


class DraftBody(DraftChangesBody):
    """Only the fund and the CAE are asked for: the rest may come over several calls."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"draft": True, "fund_id": EXAMPLE_FUND_ID, "cae": {"siret": EXAMPLE_SIRET}}]
        }
    )

    draft: Literal[True] = Field(description="Not submitted yet", examples=[True])
    fund_id: UUID = Field(description="The fund that is asked", examples=[EXAMPLE_FUND_ID])
    cae: NewDraftCaeBody = Field(description="The CAE that hosts the person")

    def patch(self) -> dict[str, Any]:
        given: dict[str, Any] = self.model_dump(mode="json", exclude_unset=True, exclude={"draft"})
        return given


def read_form(content: Content) -> SubmitApplication:
    """`InvalidContent` for what a submission of it would be refused for at the door."""
    try:
        return ApplicationForm.model_validate(content).order()
    except ValidationError as error:
        raise InvalidContent(error.errors(include_url=False)) from error


def missing_of(content: Content) -> list[Mapping[str, Any]]:
    """What the same reading says of it, as the library tells it."""
    try:
        read_form(content)
    except InvalidContent as refusal:
        return list(refusal.found)
    return []


def obstacles_of(content: Content, settings: FundSettings) -> list[Refusal]:
    """What the fund would refuse today of what is known so far: of the contract, and of the terms."""
    found: list[Refusal] = []
    person = content.get("entrepreneur") or {}
    contract = _known(ContractBody, person.get("contract"))
    if contract is not None:
        is_member = person.get("member_since") is not None
        found += _refused(lambda: check_contract_dates(contract.contract()))
        found += _refused(lambda: check_contract(settings, contract.contract(), is_member=is_member))
    amount_cents, months = content.get("amount_cents"), content.get("months")
    if amount_cents is not None and months is not None:
        asked = Terms(amount_cents, months, content.get("grace_months", 0))
        found += _refused(lambda: check_terms(settings, asked))
    return found


def siren_in(patch: Content) -> str | None:
    cae = patch.get("cae")
    siret = cae.get("siret") if isinstance(cae, Mapping) else None
    return None if siret is None else siren_of(siret)


B = TypeVar("B", bound=Body)


def _known(model: type[B], given: object) -> B | None:
    try:
        return TypeAdapter(model).validate_python(given)
    except ValidationError:
        return None


def _refused(check: Any) -> list[Refusal]:
    try:
        check()
    except Refusal as refusal:
        return [refusal]
    return []
